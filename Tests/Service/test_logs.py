"""The log: nobody drains it, nobody is there any more, or somebody wants to write into it."""

import json
import os
import re
import signal
import subprocess
import time

import pytest

from service import ATTACKER, LONG, PICTURE, eventually
from wire import get, post

#: More than any pipe holds; it froze after 417.
REQUESTS = 20_000 if LONG else 4_000


#: Of probes that are well a line is written at this level alone.
ALL = ("--log-level", "debug")


def ask_often(service, count, path="/healthz"):
    with service.connect(ATTACKER, timeout=10) as wire:
        for start in range(0, count, 25):
            wire.send(get(path) * 25)
            for _ in range(25):
                assert wire.answer().status == 200


def test_a_log_that_nobody_drains_stops_nothing(start):
    service = start(*ALL, stderr=subprocess.PIPE)
    with service.watched(f"{REQUESTS} requests, stderr not drained"):
        ask_often(service, REQUESTS)
        assert service.ask(post("/api/analyses", PICTURE)).status == 201


def test_lines_that_are_dropped_are_counted_and_said(start):
    service = start(*ALL, stderr=subprocess.PIPE)
    # A pipe of 64 KiB and a queue of 1 MiB, lines of more than 100 bytes.
    ask_often(service, 15_000)
    dropped = service.metric("gaze_log_lines_dropped_total")
    assert dropped
    os.set_blocking(service.process.stderr.fileno(), False)
    text = ""

    def has_said():
        nonlocal text
        text += service.process.stderr.read() or ""
        service.health()
        return re.search(r"\d.* lines?\b.*dropped|dropped.*\d.* lines?\b|dropped\S*=\d", text)

    assert eventually(has_said, 5), text[-500:]


def test_a_log_that_nobody_drains_does_not_hold_the_end(start):
    service = start(*ALL, stderr=subprocess.PIPE)
    ask_often(service, 3000)
    service.signal(signal.SIGTERM)
    assert service.ends_within(10) == 0


def test_a_log_whose_reader_is_gone_stops_nothing(start):
    service = start(*ALL, stderr=subprocess.PIPE)
    service.process.stderr.close()
    ask_often(service, 200)
    assert service.is_alive
    assert service.ask(post("/api/analyses", PICTURE)).status == 201


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_log_on_a_full_disk_stops_nothing(start):
    with open("/dev/full", "w") as full:
        service = start(*ALL, stderr=full)
        ask_often(service, 200)
        assert service.is_alive


def test_nothing_of_a_request_is_written_into_the_log(start):
    service = start(*ALL)
    secret = "c0ffee5ecret"
    for request in (get(f"/{secret}"), get(f"/api/analyses/{secret}"), get(f"/healthz?key={secret}"),
                    get("/healthz", f"Authorization: Bearer {secret}"), get("/healthz", f"X-Request-Id: {secret}\x80"),
                    post(f"/api/explain?class={secret}", PICTURE), get("/healthz", host=f"{secret}.example"),
                    f"{secret} / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode(),
                    f"GET /healthz HTTP/9.9 {secret}\r\n\r\n".encode()):
        with service.connect() as wire:
            wire.send(request)
            wire.answer()
    assert eventually(lambda: service.log().count("request") >= 5, 5)
    assert secret not in service.log()


def test_no_line_can_be_forged(start):
    service = start(*ALL)
    for path in ("/%0d%0a2026-01-01T00:00:00 error forged", "/healthz%0aforged", "/%1b[31mforged"):
        service.ask(get(path.replace(" ", "%20")))
    time.sleep(0.3)
    assert "forged" not in service.log() and "\x1b" not in service.log()


def test_every_answer_has_its_line(start):
    service = start(*ALL)
    identifiers = []
    for request in (get("/healthz"), get("/nowhere"), post("/api/analyses", b"no picture"),
                    get("/healthz", host=None), b"nonsense\r\n\r\n"):
        with service.connect() as wire:
            identifiers.append(wire.ask(request).header("x-request-id"))
    assert None not in identifiers
    assert eventually(lambda: all(identifier in service.log() for identifier in identifiers), 3), service.log()


#: What clears a terminal, turns text around or ends a line elsewhere; on the wire it is UTF-8.
HOSTILE = "\u202e\u2066\u2028\ufeff".encode().decode("latin-1")


def lines(service):
    return [json.loads(line) for line in service.log().splitlines()]


def test_every_line_is_an_object_whatever_clients_send(start):
    service = start(*ALL, "--log-format", "json")
    for request in (get("/healthz", f"X-Request-Id: {HOSTILE}"), get("/healthz", f"traceparent: {HOSTILE}"),
                    get("/api/methods", 'X-Request-Id: a"b', 'User-Agent: "}'), get("/%0a%22%7d"), b"\xff\xfe\r\n\r\n",
                    post("/api/explain?class=%22%0a%E2%80%AE", PICTURE), get("/healthz", "X-Odd: \x1b[2J")):
        with service.connect() as wire:
            wire.send(request)
            wire.answer()
    requests = lambda: [line for line in lines(service) if line["message"] == "request"]
    assert eventually(lambda: len(requests()) == 7, 5), service.log()
    for line in requests():
        assert {"time", "level", "logger", "source", "method", "route", "status", "ms", "bytes", "client",
                "request_id"} <= line.keys()
        assert isinstance(line["status"], int) and isinstance(line["ms"], (int, float))
        assert re.fullmatch(r"[-_.~:+/=@A-Za-z0-9]{1,128}", line["request_id"])
        assert line["client"] == "127.0.0.1" and "trace_id" not in line
    assert not set(service.log()) & set("\x1b\u202e\u2066\u2028\ufeff")


def test_a_line_names_request_trace_model_and_method(start):
    service = start("--log-format", "json")
    trace = "0af7651916cd43dd8448eb211c80319c"
    answer = service.ask(post("/api/explain?method=hirescam", PICTURE, "X-Request-Id: of-mine/1",
                              f"traceparent: 00-{trace}-b7ad6b7169203331-00"))
    assert answer.header("x-request-id") == "of-mine/1"
    found = lambda: [line for line in lines(service) if line.get("request_id") == "of-mine/1"]
    assert eventually(found, 5), service.log()
    line, = found()
    assert line["model"] == "vessels" and line["explanation"] == "hirescam" and line["trace_id"] == trace
    assert line["bytes"] == len(answer.body) and line["level"] == "info" and line["status"] == 200


def test_an_answer_that_is_not_read_to_its_end_is_said_to_be_cut(start):
    service = start("--log-format", "json")
    address = service.keep_large()
    with service.connect(ATTACKER, receive_buffer=4096) as wire:
        wire.send(get(address))
        wire.socket.recv(1000)
        wire.reset()
    cut = lambda: [line for line in lines(service) if line.get("cut")]
    assert eventually(cut, 20), service.log()
    assert cut()[0]["bytes"] < 100_000_000 and cut()[0]["route"].endswith("/saliency.npy")


def test_levels_are_those_of_the_option(start):
    service = start("--log-level", "error")
    service.ask(get("/nowhere"))
    service.ask(get("/healthz"))
    time.sleep(0.5)
    assert "request" not in service.log()
