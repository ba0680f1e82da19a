"""More connections than there are descriptors, and connections that never get to the point."""

import threading
import time
from contextlib import ExitStack

import pytest

from refusals import assert_refused
from service import ATTACKER, LONG, MEBIBYTE, PICTURE, eventually, notes
from waiting import HEAD, IDLE
from wire import Closed, get, post

# Beginnings of connections that an attacker leaves standing.
IDLE_KINDS = {"silent": b"", "half a head": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", "answered": get("/healthz")}


class Uploaders:
    """Keep-alive clients that upload one picture after the other."""

    def __init__(self, service, count):
        self.service = service
        self.done = 0
        self.faults = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(count)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self):
        try:
            with self.service.connect() as wire:
                while not self._stop.is_set():
                    answer = wire.ask(post("/api/analyses", PICTURE))
                    if answer.status != 201:
                        self.faults.append(answer)
                        return
                    self.done += 1
        except (OSError, Closed) as fault:
            self.faults.append(fault)


def hold(stack, service, count, data, source=ATTACKER):
    """Opens connections; one that is refused or closed at once counts as well."""
    wires = []
    for _ in range(count):
        try:
            wire = stack.enter_context(service.connect(source, timeout=5))
            wires.append(wire)
            wire.send(data)
        except OSError:
            pass
    return wires


@pytest.mark.parametrize("kind", IDLE_KINDS)
def test_more_idle_connections_than_descriptors(start, kind):
    service = start(files=(1024, 1024))
    with ExitStack() as stack, service.watched(f"1,100 connections, {kind}, of 1,024 descriptors"):
        with Uploaders(service, 16 if LONG else 4) as uploaders:
            hold(stack, service, 1100, IDLE_KINDS[kind])
            time.sleep(60 if LONG else 4)
    assert uploaders.faults == []
    assert uploaders.done > 0


def test_connections_beyond_the_limit_from_one_address(start):
    """The attacker's neighbour behind the same address is served as well: who waits longest gives way."""
    service = start(files=(1024, 1024))
    with ExitStack() as stack, service.watched("1,100 silent connections from the address of the client"):
        hold(stack, service, 1100, b"", source="127.0.0.1")
        time.sleep(1)
        for _ in range(5):
            assert service.ask(post("/api/analyses", PICTURE)).status == 201


def test_connections_that_go_give_their_descriptors_back(start):
    service = start(files=(1024, 1024))
    before = service.descriptors()
    with ExitStack() as stack:
        hold(stack, service, 500, b"")
    assert eventually(lambda: service.descriptors() <= before + 8, 10), f"{before} before, {service.descriptors()} now"


def test_a_storm_of_connections_that_are_reset(start):
    service = start()
    before = service.descriptors()
    with service.watched("3,000 connections that are reset"):
        for number in range(3000):
            wire = service.connect(ATTACKER)
            if number % 2:
                wire.send(get("/healthz")[:20])
            wire.reset()
    assert eventually(lambda: service.descriptors() <= before + 8, 10), f"{before} before, {service.descriptors()} now"


def test_requests_in_one_packet_are_answered_in_their_order(service):
    paths = ["/healthz", "/api/methods", "/nowhere"] * 10
    with service.connect() as wire:
        wire.send(b"".join(get(path) for path in paths))
        assert [wire.answer().status for _ in paths] == [200, 200, 404] * 10


def test_thousands_of_requests_whose_answers_nobody_reads(start):
    """They end at some point, by waiting or by closing; what is answered until then is in order and whole."""
    service = start()
    before = service.resident()
    with service.watched("40 connections of 20,000 requests, answers unread") as watch, ExitStack() as stack:
        wires = hold(stack, service, 40, b"")
        for wire in wires:
            wire.push(get("/api/methods") * 20_000, seconds=0.1)
        with service.connect() as wire:
            assert wire.ask(post("/api/analyses", PICTURE)).status == 201
    assert watch.peak - before < 200 * MEBIBYTE, f"{before >> 20} MiB before, {watch.peak >> 20} MiB at most"


def test_the_file_limit_is_raised_to_what_is_allowed(start):
    service = start(files=(256, 2048))
    assert service.file_limit() == 2048


def test_the_log_states_the_limits(start):
    service = start(files=(1024, 1024))
    lines = [line for line in service.log().splitlines() if "1024" in line.replace(",", "")]
    assert any("connection" in line for line in lines), service.log()


def test_http_1_0_is_not_held(service):
    with service.connect() as wire:
        answer = wire.ask(get("/healthz", version="1.0"))
        assert answer.status == 200
        assert wire.is_closed_within(2)


def test_who_asks_to_close_is_not_held(service):
    with service.connect() as wire:
        assert wire.ask(get("/healthz", "Connection: close")).closes
        assert wire.is_closed_within(2)


@pytest.mark.late
@pytest.mark.parametrize("name", ["half a head", "trickled head"])
def test_a_head_that_does_not_come_is_given_up(waiting, name):
    ended = waiting[name].wait(HEAD + 5)
    assert ended is not None, f"still open after {HEAD + 5} s"
    assert ended > HEAD - 3
    assert_refused(waiting[name].answer(), 408, closes=True)


@pytest.mark.late
def test_a_silent_connection_is_closed(waiting):
    ended = waiting["silent"].wait(HEAD + 5)
    assert ended is not None, f"still open after {HEAD + 5} s"


@pytest.mark.late
def test_an_idle_connection_is_closed(waiting):
    ended = waiting["idle"].wait(IDLE + 10)
    notes.append(f"an idle connection was closed after {waiting['idle'].ended_after} s")
    assert ended is not None, f"still open after {IDLE + 10} s"
    assert ended > IDLE - 10
