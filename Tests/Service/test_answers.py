"""Answers that nobody reads, that somebody reads slowly, and clients that leave."""

import time
from contextlib import ExitStack

import pytest

from service import ATTACKER, LONG, MEBIBYTE, PICTURE, eventually, notes
from wire import get, post

LARGE_BYTES = 100_000_128


def test_twelve_unread_answers_of_100_mb(start):
    service = start()
    path = service.keep_large()
    assert len(service.ask(get(path)).body) == LARGE_BYTES
    before = service.resident()
    with ExitStack() as stack, service.watched("12 unread answers of 100 MB") as watch:
        for _ in range(12):
            stack.enter_context(service.connect(ATTACKER, receive_buffer=1 << 16)).send(get(path))
        time.sleep(60 if LONG else 5)
        # Another client's work goes on beside them, and a large map is had in the end.
        assert service.ask(post("/api/analyses", PICTURE)).status == 201
        assert eventually(lambda: service.ask(get(path)).status == 200, 60, every=1)
    notes.append(f"12 unread answers of 100 MB: {before >> 20} MiB before, {watch.peak >> 20} MiB at most")
    assert watch.peak - before < 300 * MEBIBYTE, f"{before >> 20} MiB before, {watch.peak >> 20} MiB at most"


def test_memory_comes_back_after_large_answers(start):
    service = start()
    path = service.keep_large()
    for _ in range(3):
        assert len(service.ask(get(path)).body) == LARGE_BYTES
    # Beyond the kept analysis with its picture.
    assert eventually(lambda: service.resident() < 300 * MEBIBYTE, 10), f"{service.resident() >> 20} MiB"


@pytest.mark.late
def test_an_answer_that_nobody_reads_is_cut(waiting):
    ended = waiting["unread answer"].wait(60)
    notes.append(f"an unread answer was cut after {waiting['unread answer'].ended_after} s")
    assert ended is not None, "the service still holds it after 60 s"


@pytest.mark.late
@pytest.mark.parametrize("rate", ["64 kB/s", "400 kB/s"])
def test_an_answer_that_is_read_slowly_is_not_cut(waiting, rate):
    """For half a minute slowly, then the rest at once."""
    case = waiting[f"answer at {rate}"]
    assert case.wait(75) is not None, f"{case.count} bytes after 75 s"
    assert case.is_whole, f"it ended at {case.count} bytes"


@pytest.mark.long
def test_100_mb_at_400_kb_a_second_arrive(start):
    """Used to end after two minutes at 48 MB."""
    service = start()
    with service.connect(timeout=30) as wire:
        wire.send(get(service.keep_large()))
        wire.socket.settimeout(30)
        count, begin = 0, time.monotonic()
        while count < LARGE_BYTES and (data := wire.socket.recv(40_000)):
            count += len(data)
            time.sleep(max(begin + count / 400_000 - time.monotonic(), 0))
    assert count > LARGE_BYTES, f"it ended at {count} bytes after {time.monotonic() - begin:.0f} s"


# Clients that leave

def test_a_half_closed_client_gets_its_answer(service):
    for request, status in ((post("/api/analyses", PICTURE), 201),
                            (post("/api/explain?method=rise&masks=300", PICTURE, "Accept: application/json"), 200),
                            (get("/healthz"), 200)):
        with service.connect() as wire:
            wire.send(request)
            wire.finish_sending()
            assert wire.answer().status == status
            assert wire.is_closed_within(5)


def test_a_half_closed_client_that_does_not_stay_is_noticed(service):
    """It leaves for good a moment after it closed its side: the computation stops."""
    wire = service.connect(ATTACKER)
    wire.send(post("/api/explain?method=rise&masks=10000", PICTURE))
    wire.finish_sending()
    time.sleep(0.3)
    wire.close()
    assert eventually(lambda: service.metric("gaze_compute_slots_busy") == 0, 10)


def leave_while_computing(service):
    wire = service.connect(ATTACKER)
    wire.send(post("/api/explain?method=rise&masks=10000", PICTURE))
    time.sleep(0.5)
    wire.reset()


def leave_in_the_body(service):
    wire = service.connect(ATTACKER)
    wire.send(post("/api/analyses", b"", "Content-Length: 1000000") + bytes(1000))
    time.sleep(0.1)
    wire.reset()


def close_in_the_body(service):
    wire = service.connect(ATTACKER)
    wire.send(post("/api/analyses", b"", "Content-Length: 1000000") + bytes(1000))
    time.sleep(0.1)
    wire.close()


def close_in_a_chunk(service):
    wire = service.connect(ATTACKER)
    wire.send(post("/api/analyses", b"", "Transfer-Encoding: chunked") + b"ffff\r\nabc")
    time.sleep(0.1)
    wire.close()


@pytest.mark.parametrize("leave", [leave_while_computing, leave_in_the_body, close_in_the_body, close_in_a_chunk])
def test_a_client_that_leaves_is_no_fault_of_ours(start, leave):
    service = start()
    for _ in range(3):
        leave(service)
    assert eventually(lambda: (service.metric("gaze_requests_total", status=499) or 0) == 3, 5), (
        service.metric("gaze_requests_total", status=499))
    assert not service.metric("gaze_requests_total", status=500)
    assert " error " not in service.log()
    assert service.metric("gaze_compute_slots_busy") == 0


def test_readers_that_leave_in_the_middle_of_an_answer(start):
    service = start()
    path = service.keep_large()
    for _ in range(4):
        wire = service.connect(ATTACKER, receive_buffer=1 << 16)
        wire.send(get(path))
        wire.socket.recv(1000)
        wire.reset()
    assert service.health() is not None
    assert not service.metric("gaze_requests_total", status=500)
    assert " error " not in service.log()
