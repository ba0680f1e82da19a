"""How it ends: signals, with and without work."""

import signal
import threading
import time
from contextlib import ExitStack

import pytest

from service import ATTACKER, PICTURE, eventually, notes
from test_fairness import long_methods
from wire import Closed, get, post

#: Beyond a deadline, for the process to end on two busy processors.
SLACK = 5


def end_in(service, seconds, *signals, every=0.5):
    """Sends the signals; gives the exit code and how long it took."""
    begin = time.monotonic()
    for number, which in enumerate(signals):
        if number:
            time.sleep(every)
        service.signal(which)
    code = service.ends_within(seconds)
    took = time.monotonic() - begin
    notes.append(f"{'+'.join(which.name for which in signals)}: ended with {code} after {took:.1f} s")
    return code, took


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT])
def test_at_rest_it_ends_at_once(start, which):
    assert end_in(start(), SLACK, which)[0] == 0


@pytest.mark.parametrize("data", [b"", get("/healthz"), get("/healthz")[:-4]],
                         ids=["silent", "answered", "half a head"])
def test_idle_connections_do_not_hold_it(start, data):
    service = start()
    with ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(service.connect(ATTACKER)).send(data)
        time.sleep(0.3)
        assert end_in(service, SLACK, signal.SIGTERM)[0] == 0


def test_what_runs_is_finished(start):
    service = start()
    with service.connect() as wire:
        wire.send(post("/api/explain?method=rise&masks=300", PICTURE, "Accept: application/json"))
        time.sleep(0.2)
        service.signal(signal.SIGTERM)
        assert wire.answer().status == 200
        assert wire.is_closed_within(SLACK)
    assert service.ends_within(SLACK) == 0


def test_long_methods_are_cancelled_at_the_deadline(start):
    service = start("--shutdown-timeout", "3")
    with long_methods(service, 2):
        code, took = end_in(service, 3 + SLACK, signal.SIGTERM)
    assert code == 0
    assert took > 2, "what ran was not given its time"
    assert "cancel" in service.log().lower()


def test_long_methods_are_cancelled_at_the_usual_deadline(start):
    service = start()
    with long_methods(service, 2):
        code, took = end_in(service, 20 + SLACK, signal.SIGTERM)
    assert code == 0 and took > 15


def test_a_second_signal_cancels_at_once(start):
    service = start()
    with long_methods(service, 2):
        code, took = end_in(service, SLACK + 1, signal.SIGTERM, signal.SIGTERM)
    assert code == 0


def test_a_second_signal_of_the_other_kind_cancels_at_once(start):
    service = start()
    with long_methods(service, 2):
        assert end_in(service, SLACK + 1, signal.SIGTERM, signal.SIGINT)[0] == 0


@pytest.mark.parametrize("kind", ["a stalled body", "an unread answer"])
def test_a_client_that_does_nothing_does_not_hold_it(start, kind):
    service = start("--shutdown-timeout", "3")
    request = (post("/api/analyses", b"\x89", "Content-Length: 1000000") if kind == "a stalled body"
               else get(service.keep_large()))
    with service.connect(ATTACKER, receive_buffer=1 << 16) as wire:
        wire.send(request)
        time.sleep(1)
        assert end_in(service, 3 + SLACK, signal.SIGTERM)[0] == 0


def test_it_is_not_ready_while_it_ends(start):
    """A load balancer is told before connections are refused, and on connections that stand."""
    service = start("--shutdown-delay", "2", "--shutdown-timeout", "10")
    assert service.ask(get("/readyz")).status == 200
    with service.connect() as standing:
        assert standing.ask(get("/readyz")).status == 200
        service.signal(signal.SIGTERM)
        assert eventually(lambda: service.ask(get("/readyz")).status == 503, 1.5)
        assert service.ask(get("/livez")).status == 200
        assert service.ask(post("/api/analyses", PICTURE)).status == 201
        assert standing.ask(get("/readyz")).status == 503
    assert service.ends_within(2 + SLACK) == 0


def test_while_it_ends_nobody_new_comes_in(start):
    service = start("--shutdown-timeout", "4")
    with long_methods(service, 2):
        service.signal(signal.SIGTERM)
        assert eventually(lambda: is_refused(service), 2)
        assert service.ends_within(4 + SLACK) == 0


def is_refused(service):
    try:
        with service.connect(timeout=1) as wire:
            return wire.ask(get("/healthz")).status == 503
    except (OSError, Closed):
        return True


def test_sighup_does_no_harm(start):
    service = start()
    with service.connect() as wire:
        wire.send(post("/api/explain?method=rise&masks=300", PICTURE, "Accept: application/json"))
        time.sleep(0.1)
        service.signal(signal.SIGHUP)
        assert wire.answer().status == 200
    assert service.is_alive
    assert service.ask(get("/healthz")).status == 200
    assert end_in(service, SLACK, signal.SIGTERM)[0] == 0


@pytest.mark.parametrize("which", [signal.SIGPIPE, signal.SIGHUP])
def test_signals_that_are_no_end(start, which):
    service = start()
    service.signal(which)
    time.sleep(0.3)
    assert service.is_alive and service.health() is not None


def test_a_signal_under_load(start):
    """Every request of which a byte is answered is answered whole."""
    service = start()
    outcomes = []

    def upload():
        try:
            with service.connect(timeout=20) as wire:
                while True:
                    outcomes.append(wire.ask(post("/api/analyses", PICTURE)).status)
        except Closed as closed:
            outcomes.append(closed.data)
        except OSError:
            pass

    threads = [threading.Thread(target=upload) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    code, _ = end_in(service, SLACK, signal.SIGTERM)
    for thread in threads:
        thread.join()
    assert code == 0
    assert set(outcomes) <= {201, 503, b""}, set(outcomes)
