"""One client's work must not keep another's from being done."""

import time
from contextlib import ExitStack, contextmanager

import pytest

from crowd import at_work
from refusals import assert_busy, assert_refused
from service import ATTACKER, LONG, PICTURE, at_once, eventually, notes
from wire import Closed, get, post

RISE = "/api/explain?method=rise&masks=10000&seed="
#: For one quick request beside long ones; alone it takes some hundredths of a second.
QUICK_SECONDS = 5


@contextmanager
def long_methods(service, count, source=ATTACKER):
    """So many analyses of a minute and more each; their clients leave with the block."""
    with ExitStack() as stack:
        for number in range(count):
            wire = stack.enter_context(service.connect(source))
            wire.send(post(RISE + str(number), PICTURE))
        assert eventually(lambda: (service.metric("gaze_compute_slots_busy") or 0) >= 1, 10)
        yield


@pytest.mark.parametrize("source", ["127.0.0.1", ATTACKER], ids=["another client's", "the same client's"])
def test_quick_uploads_beside_eight_long_methods(start, source):
    service = start()
    with service.watched("8 RISE of 10,000 masks"), long_methods(service, 8):
        times = []
        for _ in range(12 if LONG else 6):
            begin = time.monotonic()
            answer = service.ask(post("/api/analyses", PICTURE), source, seconds=25)
            times.append(time.monotonic() - begin)
            assert answer.status == 201, answer
    notes.append(f"beside 8 RISE, uploads took {', '.join(f'{t * 1e3:.0f}' for t in times)} ms")
    assert max(times) < QUICK_SECONDS


def test_quick_uploads_at_once_beside_eight_long_methods(start):
    service = start()
    with long_methods(service, 8):
        begin = time.monotonic()
        answers = at_once(service, [post("/api/analyses", PICTURE)] * 4, "127.0.0.1", seconds=25)
        took = time.monotonic() - begin
    assert [answer and answer.status for answer in answers] == [201] * 4
    assert took < 4 * QUICK_SECONDS


def test_a_kept_analysis_answers_beside_eight_long_methods(start):
    service = start()
    address = service.keep()
    with long_methods(service, 8):
        begin = time.monotonic()
        for path in (f"{address}/heatmap.png?class=3", f"{address}/receipt.json", "/api/models/vessels/classes"):
            assert service.ask(get(path), seconds=25).status == 200
        assert time.monotonic() - begin < 3 * QUICK_SECONDS


def test_long_methods_of_two_clients_go_on_side_by_side(start):
    """The second client's shorter method ends while the first one's eight go on."""
    service = start()
    with long_methods(service, 8):
        answer = service.ask(post("/api/explain?method=rise&masks=100", PICTURE), seconds=40)
        assert answer.status == 200
        assert service.metric("gaze_compute_slots_busy") >= 1


def test_cancelled_long_methods_free_the_processors(start):
    service = start()
    with long_methods(service, 8):
        pass
    assert eventually(lambda: service.metric("gaze_compute_slots_busy") == 0, 5)
    before = service.processor_seconds()
    time.sleep(1)
    assert service.processor_seconds() - before < 0.5


def test_a_client_of_one_request_a_second_beside_sixty_greedy_connections(start):
    service = start()
    count, pause = (20, 1.0) if LONG else (12, 0.4)
    with service.watched("60 greedy connections"), greedy(service, 60):
        time.sleep(1)
        answers, times = [], []
        for _ in range(count):
            begin = time.monotonic()
            answers.append(service.ask(post("/api/analyses", PICTURE)).status)
            times.append(time.monotonic() - begin)
            time.sleep(pause)
    notes.append(f"beside 60 greedy connections: {answers.count(201)} of {count} answered, at most {max(times):.2f} s")
    assert answers == [201] * count
    assert max(times) < QUICK_SECONDS


def greedy(service, count, source=ATTACKER):
    """Connections of one client that upload without a pause, whatever they are told."""

    def upload(stop):
        while not stop.is_set():
            try:
                with service.connect(source, timeout=60) as wire:
                    while not stop.is_set() and not wire.ask(post("/api/analyses", PICTURE)).closes:
                        pass
            except (OSError, Closed):
                stop.wait(0.01)

    return at_work(count, upload)


# What a request costs is known before it begins.

@pytest.mark.parametrize("query", [
    "method=rise&masks=10001", "method=rise&masks=100000", "method=occlusion&window=1&stride=1",
    "method=integrated-gradients&steps=5001&classes=1,2,3"])
def test_what_costs_too_much_is_refused_before_it_begins(service, query):
    passes = service.metric("gaze_forward_passes_total")
    before = service.processor_seconds()
    answer = service.ask(post(f"/api/explain?{query}", PICTURE), ATTACKER)
    assert_refused(answer, 400)
    # Decoding and one pass may have been.
    assert service.processor_seconds() - before < 0.5
    assert service.metric("gaze_forward_passes_total") - passes <= 1


@pytest.mark.long
def test_nobody_waits_without_an_end(start):
    """More long methods than can begin: whoever waits is answered or refused within the queue's deadline."""
    service = start()
    with ExitStack() as stack, service.watched("60 RISE of 10,000 masks"):
        wires = [stack.enter_context(service.connect(ATTACKER, timeout=60)) for _ in range(60)]
        for number, wire in enumerate(wires):
            wire.send(post(RISE + str(number), PICTURE))
        time.sleep(30)
        refused = 0
        for wire in wires:
            wire.socket.settimeout(0.01)
            try:
                wire.received = wire.socket.recv(1 << 16)
            except TimeoutError:
                continue
            assert_busy(wire.answer())
            refused += 1
        assert refused >= 30
