"""Bodies that come slowly, never, or without end."""

import time
from contextlib import ExitStack

import pytest

from refusals import assert_busy, assert_refused
from service import ATTACKER, LONG, MEBIBYTE, PICTURE
from waiting import GRACE
from wire import get, png, post

#: What may lie in the buffers of both ends beside the MiB that a service reads on after its answer.
QUICK_SECONDS = 2
BUFFERS = 24 * MEBIBYTE
ENDLESS = 40_000_000_000


def announce(length=MEBIBYTE, *fields):
    return post("/api/analyses", b"", f"Content-Length: {length}", *fields)


@pytest.mark.parametrize("source", [ATTACKER, "127.0.0.1"], ids=["another client's", "the same client's"])
@pytest.mark.parametrize("count", [34, 100])
def test_bodies_of_one_byte_keep_nobody_out(start, count, source):
    """34 took every place there was."""
    service = start()
    with ExitStack() as stack, service.watched(f"{count} bodies of one byte"):
        for _ in range(count):
            stack.enter_context(service.connect(source)).send(announce() + b"\x89")
        time.sleep(0.5)
        for _ in range(5):
            begin = time.monotonic()
            assert service.ask(post("/api/analyses", PICTURE)).status == 201
            assert time.monotonic() - begin < QUICK_SECONDS


def test_more_bodies_than_may_be_received(start):
    """Whoever is refused is told when to come again; the others' clients are received all the while."""
    service = start()
    count = 1000 if LONG else 400
    with ExitStack() as stack, service.watched(f"{count} bodies of one byte"):
        wires = [stack.enter_context(service.connect(ATTACKER)) for _ in range(count)]
        for wire in wires:
            wire.send(announce() + b"\x89")
        time.sleep(0.5)
        assert service.ask(post("/api/analyses", PICTURE)).status == 201
        refused = [wire for wire in wires if has_answer(wire)]
        assert refused, "all of them are received"
        for wire in refused[:20]:
            assert_busy(wire.answer())


def test_bodies_that_are_held_before_their_end_are_bounded(start):
    """Nearly whole bodies of 30 MiB, left standing: memory does not grow with their number."""
    service = start()
    before = service.resident()
    part = bytes(28 * MEBIBYTE)
    with ExitStack() as stack, service.watched("30 bodies of 30 MiB, left standing") as watch:
        for _ in range(30):
            wire = stack.enter_context(service.connect(ATTACKER))
            wire.send(announce(30 * MEBIBYTE))
            wire.push(part, seconds=1)
        assert service.ask(post("/api/analyses", PICTURE)).status == 201
    # 256 MiB may be received, of them half by one client.
    assert watch.peak - before < 400 * MEBIBYTE, f"{before >> 20} MiB before, {watch.peak >> 20} MiB at most"


def has_answer(wire, seconds=0.01):
    wire.socket.settimeout(seconds)
    try:
        wire.received += wire.socket.recv(1 << 16)
    except OSError:
        pass
    return bool(wire.received)


@pytest.mark.late
@pytest.mark.parametrize("name, bound", [("stalled body", GRACE + 10), ("trickled body", GRACE + 20)])
def test_a_slow_body_is_given_up(waiting, name, bound):
    ended = waiting[name].wait(bound)
    assert ended is not None, f"still open after {bound} s"
    assert ended > GRACE - 1
    assert_refused(waiting[name].answer(), 408, closes=True)


@pytest.mark.late
def test_a_body_that_is_slow_but_moves_is_received(waiting):
    """150 kB at 12 KiB/s, three times the least rate."""
    case = waiting["steady body"]
    deadline = case.begin + 40
    while not case.data and case.ended_after is None and time.monotonic() < deadline:
        time.sleep(0.2)
    assert case.answer().status == 201


# 100 Continue

def test_a_client_that_asks_first_is_told_to_go_on(service):
    with service.connect() as wire:
        wire.send(announce(len(PICTURE), "Expect: 100-continue"))
        assert has_answer(wire, 5) and wire.received.startswith(b"HTTP/1.1 100 "), wire.received
        wire.send(PICTURE)
        answer = wire.answer()
        assert (answer.interim, answer.status) == ([100], 201)


@pytest.mark.parametrize("request_, status", [
    (announce(ENDLESS, "Expect: 100-continue"), 413),
    (post("/nowhere", b"", "Content-Length: 1000", "Expect: 100-continue"), 404),
    (post("/healthz", b"", "Content-Length: 1000", "Expect: 100-continue"), 405),
], ids=["too large", "no such path", "no such method"])
def test_a_body_that_will_be_refused_is_not_asked_for(service, request_, status):
    with service.connect(timeout=5) as wire:
        answer = wire.ask(request_)
        assert_refused(answer, status)
        assert answer.interim == []


def test_a_client_that_is_not_received_is_not_told_to_go_on(start):
    service = start()
    with ExitStack() as stack:
        for _ in range(400):
            stack.enter_context(service.connect(ATTACKER)).send(announce() + b"\x89")
        time.sleep(0.5)
        wire = stack.enter_context(service.connect(ATTACKER, timeout=5))
        answer = wire.ask(announce(MEBIBYTE, "Expect: 100-continue"))
        assert_busy(answer)
        assert answer.interim == []


# Refused bodies

REFUSED = {
    "too large": (announce(ENDLESS), 413),
    "no such path": (post("/nowhere", b"", f"Content-Length: {ENDLESS}"), 404),
    "no such method": (post("/healthz", b"", f"Content-Length: {ENDLESS}"), 405),
    "encoded": (announce(ENDLESS, "Content-Encoding: gzip"), 415),
    "a question with a body": (get("/healthz", f"Content-Length: {ENDLESS}"), 200),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_refused_body_of_40_gb_is_not_swallowed(service, kind):
    """The client sends on whatever it is told, and reads afterwards."""
    request, status = REFUSED[kind]
    with service.connect(ATTACKER, timeout=5) as wire:
        wire.send(request)
        sent = wire.push(bytes(256 * MEBIBYTE), seconds=6)
        assert sent < BUFFERS, f"{sent >> 20} MiB were taken"


@pytest.mark.parametrize("kind", REFUSED)
def test_a_refused_body_is_answered_at_once_and_the_connection_closed(service, kind):
    """The client waits with its body: the answer does not wait for it, nor does the connection's end."""
    request, status = REFUSED[kind]
    with service.connect(ATTACKER, timeout=5) as wire:
        answer = wire.ask(request)
        assert answer.status == status, answer
        if status >= 400:
            assert_refused(answer, status)
        assert wire.is_closed_within(5), "the connection is still open 5 s after the answer"


@pytest.mark.parametrize("path, status", [("/api/analyses", 413), ("/nowhere", 404)])
def test_chunks_without_end_are_not_swallowed(service, path, status):
    chunk = b"100000\r\n" + bytes(MEBIBYTE) + b"\r\n"
    with service.connect(ATTACKER, timeout=5) as wire:
        wire.send(post(path, b"", "Transfer-Encoding: chunked"))
        sent = wire.push(chunk * 256, seconds=6)
        # The limit of a body is 32 MiB.
        assert sent < BUFFERS + 34 * MEBIBYTE, f"{sent >> 20} MiB were taken"
    assert service.ask(get("/healthz")).status == 200


@pytest.mark.parametrize("size", [100_000, 900_000])
@pytest.mark.parametrize("path, status", [("/nowhere", 404), ("/healthz", 405)])
def test_who_sends_a_small_refused_body_sees_the_answer(service, path, status, size):
    """Not a reset: the whole body is sent before the first look at the answer."""
    for _ in range(5):
        with service.connect(ATTACKER, timeout=5) as wire:
            wire.send(post(path, bytes(size)))
            time.sleep(0.05)
            assert_refused(wire.answer(), status)


def test_a_form_of_a_hundred_thousand_parts(service):
    body = b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n" * 100_000 + b"--b--\r\n"
    before = service.processor_seconds()
    answer = service.ask(post("/api/analyses", body, "Content-Type: multipart/form-data; boundary=b"), ATTACKER)
    assert_refused(answer, 400)
    assert service.processor_seconds() - before < 1


def test_boundaries_that_nearly_match(service):
    body = b"\r\n--bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbx" * 400_000
    before = service.processor_seconds()
    kind = "Content-Type: multipart/form-data; boundary=" + "b" * 30
    assert_refused(service.ask(post("/api/analyses", body, kind), ATTACKER), 400)
    assert service.processor_seconds() - before < 2


def test_a_picture_that_would_fill_the_memory(service):
    """50,001 x 1,000 pixels, of which the file has a few kilobytes."""
    picture = bytearray(png(64, 64))
    picture[16:24] = (50_001).to_bytes(4, "big") + (1_000).to_bytes(4, "big")
    before = service.resident()
    assert_refused(service.ask(post("/api/analyses", bytes(picture)), ATTACKER), 413, 422)
    assert service.resident() - before < 64 * MEBIBYTE
