"""Requests with two readings, and what is no HTTP: refused with a sentence, logged and counted, and the connection
closed, so that nothing behind them is taken for a request.
"""

import random
import re

import pytest

from refusals import assert_refused
from service import ATTACKER, PICTURE, eventually
from wire import Closed, get, request

#: Stands behind a request with two readings. It must never be answered.
SMUGGLED = get("/api/models")
HOST = b"Host: 127.0.0.1\r\n"


def head(*lines, line="POST /api/analyses HTTP/1.1"):
    return "".join(f"{text}\r\n" for text in (line, "Host: 127.0.0.1", *lines)).encode("latin-1") + b"\r\n"


CHUNKED = "Transfer-Encoding: chunked"
TWO_READINGS = {
    "length and chunks": head("Content-Length: 5", CHUNKED) + b"0\r\n\r\n",
    "chunks and length": head(CHUNKED, "Content-Length: 5") + b"0\r\n\r\n",
    "two lengths": head("Content-Length: 5", "Content-Length: 6") + b"01234",
    "two lengths in one": head("Content-Length: 5, 6") + b"01234",
    "a length with a sign": head("Content-Length: +5") + b"01234",
    "a length below zero": head("Content-Length: -5"),
    "a length in hexadecimal": head("Content-Length: 0x5") + b"01234",
    "a length beyond 64 bits": head("Content-Length: 18446744073709551621") + b"01234",
    "a length with blanks within": head("Content-Length: 1 0") + b"0",
    "an empty length": head("Content-Length: "),
    "a length that is none": head("Content-Length: five") + b"01234",
    "compressed chunks": head("Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n",
    "compressed": head("Transfer-Encoding: gzip"),
    "chunks that are no chunks": head("Transfer-Encoding: xchunked") + b"0\r\n\r\n",
    "chunks first": head("Transfer-Encoding: chunked, gzip") + b"0\r\n\r\n",
    "chunked twice": head("Transfer-Encoding: chunked, chunked") + b"0\r\n\r\n",
    "chunked in two fields": head(CHUNKED, "Transfer-Encoding: identity") + b"0\r\n\r\n",
    "chunked behind a tab": head("Transfer-Encoding: \x0bchunked") + b"0\r\n\r\n",
    "chunks in HTTP/1.0": head(CHUNKED, line="POST /api/analyses HTTP/1.0") + b"0\r\n\r\n",
    "a blank before the colon": head("Content-Length : 5") + b"01234",
    "a field on two lines": head("X-Field: a\r\n b"),
    "a field that begins with a blank": head(" X-Field: a"),
    "a field without a name": head(": a"),
    "a field without a colon": head("X-Field"),
    "a zero byte": head("X-Field: a\0b"),
    "a line feed in a value": head("X-Field: a\rb"),
    "a chunk with a sign": head(CHUNKED) + b"-5\r\n01234\r\n0\r\n\r\n",
    "a chunk that is no number": head(CHUNKED) + b"five\r\n01234\r\n0\r\n\r\n",
    "a chunk beyond 64 bits": head(CHUNKED) + b"10000000000000005\r\n01234\r\n0\r\n\r\n",
    "a chunk longer than it says": head(CHUNKED) + b"5\r\n012345678\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("kind", TWO_READINGS)
def test_two_readings_are_refused(service, kind):
    with service.connect(ATTACKER, timeout=5) as wire:
        answer = wire.ask(TWO_READINGS[kind] + SMUGGLED)
        assert_refused(answer, 400, 501, closes=True)
        assert wire.rest(5) == b"", "what stands behind it was answered"


NO_HTTP = {
    "a word": b"nonsense\r\n\r\n",
    "zeros": bytes(100) + b"\r\n\r\n",
    "TLS": bytes.fromhex("1603010200010001fc0303") + bytes(500),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "HTTP/9.9": b"GET / HTTP/9.9\r\n" + HOST + b"\r\n",
    "no version": b"GET / \r\n" + HOST + b"\r\n",
    "a method with a brace": b"G{T / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a blank in the address": b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n",
    "a zero byte in the address": b"GET /a\0b HTTP/1.1\r\n" + HOST + b"\r\n",
    "SSH": b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n",
}


@pytest.mark.parametrize("kind", NO_HTTP)
def test_what_is_no_http_is_refused_with_a_sentence(service, kind):
    with service.connect(ATTACKER, timeout=5) as wire:
        assert_refused(wire.ask(NO_HTTP[kind]), 400, 405, 501, 505, closes=True)
        assert wire.is_closed_within(5)


def test_what_is_no_http_is_counted_and_logged(start):
    service = start()
    for data in NO_HTTP.values():
        with service.connect(ATTACKER, timeout=5) as wire:
            wire.send(data)
            wire.rest(5)
    count = sum(service.metric("gaze_requests_total", status=status) or 0 for status in (400, 405, 501, 505))
    assert count == len(NO_HTTP)
    lines = lambda: [line for line in service.log().splitlines() if re.search(r"status=(400|405|501|505)", line)]
    assert eventually(lambda: len(lines()) == len(NO_HTTP), 3), service.log()
    assert " error " not in service.log()


def test_garbage_of_every_kind(service):
    """Ten thousand bytes of chance, two hundred times: answered or closed, and nothing else."""

    chance = random.Random(14)
    with service.watched("200 connections of chance bytes"):
        for _ in range(200):
            with service.connect(ATTACKER, timeout=15) as wire:
                start = chance.choice([b"", b"GET /", b"POST /api/analyses HTTP/1.1\r\n" + HOST, head(CHUNKED),
                                       head("Content-Length: 9000")])
                wire.push(start + chance.randbytes(10_000))
                try:
                    wire.finish_sending()
                    wire.rest(15)
                except OSError as error:
                    assert not isinstance(error, TimeoutError), start


# Two readings of an address

@pytest.mark.parametrize("path", [
    "//healthz", "/api//models", "//api/models", "/healthz//", "///", "/./healthz", "/api/../healthz", "/%2e/healthz",
    "/api%2fmodels", "/%2e%2e/%2e%2e/etc/passwd", "/../../etc/passwd", "/..%2f..%2fetc%2fpasswd",
    "/gaze.css/..%2f..%2fPackage.swift", "/healthz%00"])
def test_an_address_has_one_spelling(service, path):
    answer = service.ask(get(path))
    assert_refused(answer, 400, 404)


@pytest.mark.parametrize("path", ["*", "healthz", "", "?a"])
def test_an_address_begins_with_a_slash(service, path):
    assert_refused(service.ask(get(path)), 400, 404)


def test_methods_that_are_not_known(service):
    for method in ("BREW", "PROPFIND", "A" * 100):
        assert_refused(service.ask(request(method, "/api/models")), 400, 405, 501)
    assert_refused(service.ask(request("TRACE", "/healthz")), 405)
    assert_refused(service.ask(request("CONNECT", "127.0.0.1:22")), 400, 404, 405)


def test_a_body_of_a_question_is_not_the_next_request(service):
    """A GET with a body: either its body is read as one, or the connection ends."""
    inner = get("/api/models")
    with service.connect(ATTACKER, timeout=5) as wire:
        wire.send(request("GET", "/healthz", inner) + get("/metrics"))
        assert wire.answer().status == 200
        try:
            assert b"gaze_build_info" in wire.answer().body
        except Closed:
            pass


def test_chunks_as_they_should_be(service):
    """Extensions and trailers are read and passed over."""
    half = len(PICTURE) // 2
    parts = (PICTURE[:half], PICTURE[half:])
    chunks = b"".join(f"{len(part):X};name=value\r\n".encode() + part + b"\r\n" for part in parts)
    with service.connect() as wire:
        answer = wire.ask(head(CHUNKED) + chunks + b"0\r\nX-Trailer: here\r\n\r\n" + get("/healthz"))
        assert answer.status == 201
        assert wire.answer().status == 200
