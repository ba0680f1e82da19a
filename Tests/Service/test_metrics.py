"""`GET /metrics` as Prometheus reads it, and what the answers' own headers say."""

import re

import pytest

prometheus = pytest.importorskip("prometheus_client.parser")

from service import PICTURE, eventually  # noqa: E402
from wire import get, post  # noqa: E402

STAGES = {"receive", "queue", "load", "decode", "preprocess", "forward", "backward", "parked", "render", "write"}
#: The longest that a request may compute, in seconds.
LONGEST = 600


def families(service):
    """By name, as the official client's parser finds them."""
    answer = service.ask(get("/metrics"))
    assert answer.header("content-type") == "text/plain; version=0.0.4; charset=utf-8"
    text = answer.body.decode()
    assert not text.rstrip().endswith("# EOF"), "that is OpenMetrics"
    found = {}
    for family in prometheus.text_string_to_metric_families(text):
        assert family.name not in found, f"{family.name} stands there twice"
        found[family.name] = family
    return found


def asked(service):
    """A service that was asked for an explanation, refused one, and forgot one."""
    kept = service.keep()
    for query in ("class=3", "class=3", "class=4&method=rise&masks=20", "class=nobody"):
        service.ask(get(f"{kept}/heatmap.png?{query}"))
    service.ask(get(f"/api/analyses/{'0' * 32}"))
    service.ask(post("/api/explain", b"no picture"))
    service.ask(post("/v1/models/vessels:predict", b"{}"))
    return families(service)


def test_it_is_what_prometheus_reads(start):
    found = asked(start())
    for family in found.values():
        assert family.documentation.strip(), family.name
        assert family.type in ("counter", "gauge", "histogram", "summary"), (family.name, family.type)
        assert re.fullmatch(r"(gaze|process)_[a-z_]+", family.name), family.name
        for sample in family.samples:
            if family.type == "counter":
                assert sample.name.endswith("_total") and sample.value >= 0, sample
            if family.type == "gauge":
                assert not sample.name.endswith(("_total", "_count", "_sum", "_bucket")), sample
    for name in ("process_cpu_seconds", "process_open_fds", "process_max_fds", "process_resident_memory_bytes",
                 "process_start_time_seconds", "gaze_connections", "gaze_log_lines_dropped", "gaze_requests_cancelled",
                 "gaze_compute_refused", "gaze_models_loaded", "gaze_model_load_failures"):
        assert name in found, name
    assert found["process_cpu_seconds"].samples[0].value > 0


def test_histograms_are_cumulative_up_to_the_longest_request(start):
    found = asked(start())
    histograms = [family for family in found.values() if family.type == "histogram"]
    assert {"gaze_stage_duration_seconds", "gaze_request_duration_seconds"} <= {family.name for family in histograms}
    for family in histograms:
        series = {}
        for sample in family.samples:
            labels = tuple(sorted((name, value) for name, value in sample.labels.items() if name != "le"))
            series.setdefault(labels, {"buckets": []})
            kind = sample.name.removeprefix(family.name + "_")
            if kind == "bucket":
                series[labels]["buckets"].append((float(sample.labels["le"]), sample.value))
            else:
                series[labels][kind] = sample.value
        for labels, parts in series.items():
            bounds = [bound for bound, _ in parts["buckets"]]
            counts = [count for _, count in parts["buckets"]]
            assert bounds == sorted(bounds) and bounds[-1] == float("inf"), labels
            assert counts == sorted(counts) and counts[-1] == parts["count"] > 0, labels
            assert parts["sum"] >= 0
            if family.name.endswith("_seconds"):
                assert bounds[-2] == LONGEST


def test_stages_are_told_by_model_and_method(start):
    service = start()
    asked(service)

    def stages():
        samples = families(service)["gaze_stage_duration_seconds"].samples
        return {(sample.labels["stage"], sample.labels["model"], sample.labels["method"]): sample.value
                for sample in samples if sample.name.endswith("_count")}

    wanted = [("decode", "vessels", "none"), ("forward", "vessels", "none"), ("backward", "vessels", "grad-cam"),
              ("backward", "vessels", "rise"), ("render", "vessels", "rise"), ("queue", "vessels", "grad-cam"),
              ("write", "vessels", "rise")]
    # What is written is known a moment after the client has it.
    assert eventually(lambda: all(stages().get(key) for key in wanted), 5), stages()
    assert stages()["backward", "vessels", "grad-cam"] == 1, "the second time the map was at hand"
    assert {stage for stage, _, _ in stages()} <= STAGES


def test_labels_that_clients_choose_are_bounded(start):
    service = start()
    for number in range(300):
        service.ask(get(f"/nothing/{number}?method=m{number}&model=n{number}"))
    kept = service.keep()
    for number in range(100):
        assert service.ask(get(f"{kept}/heatmap.png?method=none{number}")).status == 400
        assert service.ask(post(f"/api/explain?model=none{number}", PICTURE)).status == 404
        request = f"BREW{number} /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        assert service.ask(request.encode()).status >= 400
    text = service.ask(get("/metrics")).body.decode()
    assert "none7" not in text and "nothing" not in text and "BREW" not in text
    assert len(text.splitlines()) < 1000


def test_an_answer_says_where_its_time_went(start):
    answer = start().ask(post("/api/explain?method=hirescam", PICTURE))
    assert answer.status == 200
    times = {}
    for part in answer.header("server-timing").split(", "):
        name, *parameters = part.split(";")
        times[name] = dict(parameter.split("=", 1) for parameter in parameters)
    assert list(times) == ["receive", "queue", "decode", "preprocess", "forward", "backward", "render", "total"] \
        or list(times) == ["receive", "queue", "load", "decode", "preprocess", "forward", "backward", "render", "total"]
    assert times["backward"]["desc"] == '"hirescam"'
    durations = [float(time["dur"]) for time in times.values()]
    # Rounded to microseconds each.
    assert 0 <= min(durations) and sum(durations[:-1]) <= durations[-1] + 1


def test_times_are_told_to_listed_pages_alone(start):
    service = start("--allowed-origin", "https://lab.example")
    listed = service.ask(get("/healthz", "Origin: https://lab.example"))
    assert listed.header("timing-allow-origin") == "https://lab.example"
    assert "Server-Timing" in listed.header("access-control-expose-headers")
    other = service.ask(get("/healthz", "Origin: https://evil.example"))
    assert other.header("timing-allow-origin") is None
