"""Traces: whose they are, what they say, and that no collector holds anybody up."""

import re
import signal
import time

import pytest

from collector import Collector, Silence, attributes
from service import PICTURE, eventually
from wire import get, post

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def traceparent(flags="01"):
    return f"traceparent: 00-{TRACE}-{PARENT}-{flags}"


def roots(collector):
    return [span for span in collector.spans if span["kind"] == 2]


def test_a_request_is_a_trace_of_its_stages(start):
    with Collector() as collector:
        service = start("--otlp-endpoint", collector.address, "--service-name", "gaze-test")
        begin = time.time_ns()
        answer = service.ask(post("/api/explain?method=hirescam", PICTURE, traceparent(), "tracestate: a=1"))
        assert answer.status == 200
        assert eventually(lambda: roots(collector), 10)
        end = time.time_ns()
        path, headers, _ = collector.requests[0]
        assert path == "/v1/traces" and headers["Content-Type"] == "application/json"
        assert {"key": "service.name", "value": {"stringValue": "gaze-test"}} in \
            collector.resources[0]["resource"]["attributes"]

        root, = roots(collector)
        assert root["name"] == "POST /api/explain"
        assert root["traceId"] == TRACE and root["parentSpanId"] == PARENT and root["traceState"] == "a=1"
        assert answer.header("traceparent") == f"00-{TRACE}-{root['spanId']}-01"
        said = attributes(root)
        for key, value in {"http.request.method": "POST", "http.route": "/api/explain", "url.path": "/api/explain",
                           "url.scheme": "http", "http.response.status_code": "200", "server.address": "127.0.0.1",
                           "client.address": "127.0.0.1", "gaze.model": "vessels",
                           "gaze.method": "hirescam"}.items():
            assert said[key] == value, key
        assert said["http.response.body.size"] == str(len(answer.body))

        stages = [span for span in collector.spans if span is not root and span["traceId"] == TRACE]
        names = [span["name"] for span in stages]
        assert {"receive", "queue", "decode", "preprocess", "forward", "backward", "render", "write"} <= set(names)
        identifiers = [span["spanId"] for span in collector.spans]
        assert len(set(identifiers)) == len(identifiers)
        assert all(re.fullmatch("[0-9a-f]{16}", identifier) for identifier in identifiers)
        # The clocks of two processes are one clock here; a span's times come from two.
        slack = 50_000_000
        first, last = int(root["startTimeUnixNano"]), int(root["endTimeUnixNano"])
        assert begin - slack <= first <= last <= end + slack
        for span in stages:
            assert span["parentSpanId"] == root["spanId"] and span["kind"] == 1
            assert first - slack <= int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"]) <= last + slack
        order = [name for name in names if name in ("decode", "preprocess", "forward", "backward", "render", "write")]
        assert order == ["decode", "preprocess", "forward", "backward", "render", "write"]


def test_what_is_sent_is_opentelemetrys_own_message(start):
    messages = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
    with Collector() as collector:
        service = start("--otlp-endpoint", collector.address)
        service.ask(post("/api/explain", PICTURE, traceparent()))
        service.ask(get("/nowhere"))
        service.ask(get("/readyz", host="evil.example"))
        assert eventually(lambda: len(roots(collector)) == 3, 10)
        sent = list(collector.messages(messages.ExportTraceServiceRequest))
        spans = [span for message in sent for resource in message.resource_spans
                 for scope in resource.scope_spans for span in scope.spans]
        assert all(len(span.trace_id) == 16 and len(span.span_id) == 8 for span in spans)
        assert {span.parent_span_id.hex() for span in spans if span.name == "POST /api/explain"} == {PARENT}


def test_whoever_begins_a_trace_decides_about_it(start):
    with Collector() as collector:
        service = start("--otlp-endpoint", collector.address, "--trace-ratio", "0")
        own = service.ask(get("/api/methods")).header("traceparent")
        assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-00", own)
        assert service.ask(get("/api/models", traceparent("00"))).header("traceparent").endswith("-00")
        assert service.ask(get("/api/models", traceparent("01"))).header("traceparent").endswith("-01")
        assert eventually(lambda: roots(collector), 10)
        time.sleep(1.5)
        assert [span["parentSpanId"] for span in roots(collector)] == [PARENT]


def test_malformed_parents_are_nobodys(start):
    service = start()
    assert service.ask(get("/healthz", traceparent())).header("traceparent") == f"00-{TRACE}-{PARENT}-01"
    for bad in (f"00-{TRACE}-{PARENT}-01-x", f"00-{TRACE.upper()}-{PARENT}-01", f"00-{'0' * 32}-{PARENT}-01",
                f"00-{TRACE}-{'0' * 16}-01", f"ff-{TRACE}-{PARENT}-01", "", "x" * 4000, f"00-{TRACE}-{PARENT}"):
        assert service.ask(get("/healthz", f"traceparent: {bad}")).header("traceparent") is None, bad
    two = service.ask(get("/healthz", traceparent(), traceparent()))
    assert two.header("traceparent") is None


@pytest.mark.parametrize("collector", [Silence, lambda: Collector(status=503), None],
                         ids=["silent", "refusing", "not there"])
def test_a_collector_that_takes_nothing_holds_nobody_up(start, collector):
    if collector is None:
        with Silence() as gone:
            address = gone.address
        ask_and_end(start("--otlp-endpoint", address))
    else:
        with collector() as there:
            ask_and_end(start("--otlp-endpoint", there.address))


def ask_and_end(service):
    with service.watched("traces that nobody takes"):
        with service.connect() as wire:
            for start in range(0, 3000, 25):
                wire.send(get("/api/methods") * 25)
                for _ in range(25):
                    assert wire.answer().status == 200
        # More than may wait were made.
        assert eventually(lambda: service.metric("gaze_spans_dropped_total"), 15)
        assert service.metric("gaze_spans_waiting") <= 2048
        assert service.metric("gaze_spans_exported_total") == 0
    service.signal(signal.SIGTERM)
    assert service.ends_within(15) == 0


def test_the_last_spans_are_sent_before_it_ends(start):
    with Collector() as collector:
        service = start("--otlp-endpoint", collector.address)
        service.ask(get("/api/models", traceparent()))
        service.signal(signal.SIGTERM)
        assert service.ends_within(15) == 0
        assert [span["traceId"] for span in roots(collector)] == [TRACE]


def test_it_does_not_begin_with_a_collector_that_it_cannot_reach_by_plain_http(command, store):
    import subprocess
    for address in ("https://127.0.0.1:4318", "127.0.0.1:4318", "ftp://a"):
        found = subprocess.run([*command, "--port", "0", "--otlp-endpoint", address], capture_output=True, text=True,
                               timeout=60)
        assert found.returncode == 64, found
        assert "http://127.0.0.1:4318" in found.stderr
