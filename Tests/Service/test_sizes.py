"""Texts that are too long: refused before anything is done with them."""

import json

import pytest

from refusals import assert_refused
from service import ATTACKER, PICTURE, at_once
from wire import form, get, post


JSON = "Content-Type: application/json"
# What made `Labels.similar` take 10 to 23 seconds of processor time.
LETTERS = {"letters": "abcdefghijklmnopqrst" * 3000, "similar words": "qzx+qzx" * 2300, "of 8,000": "qzx%20" * 1300}


@pytest.fixture(scope="module")
def kept():
    """Addresses of kept analyses, by the service that keeps them."""
    return {}


@pytest.fixture
def analysis(service, kept):
    if service.port not in kept:
        kept[service.port] = service.keep()
    return kept[service.port]


@pytest.mark.parametrize("text", LETTERS)
@pytest.mark.parametrize("field", ["class", "classes", "against", "layer", "colormap"])
def test_a_long_value_costs_nothing(service, analysis, field, text):
    before = service.processor_seconds()
    answer = service.ask(get(f"{analysis}/heatmap.png?{field}={LETTERS[text]}"), ATTACKER, seconds=60)
    spent = service.processor_seconds() - before
    assert_refused(answer, 400, 414)
    assert spent < 0.5, f"{spent} s of processor time"


def test_six_long_classes_at_once(service, analysis):
    request = get(f"{analysis}/heatmap.png?class={LETTERS['similar words']}")
    with service.watched("six classes of 16 kB"):
        answers = at_once(service, [request] * 6)
    assert {answer.status for answer in answers} <= {400, 414}


def test_a_long_class_in_a_form_costs_nothing(service):
    body, kind = form(PICTURE, **{"class": "qzx qzx" * 2300})
    before = service.processor_seconds()
    answer = service.ask(post("/api/explain", body, kind, "Accept: application/json"), ATTACKER, seconds=60)
    assert_refused(answer, 400)
    assert answer.json()["error"]["field"] == "class"
    assert service.processor_seconds() - before < 0.5


@pytest.mark.parametrize("field", ["class", "method", "metrics", "score", "steps"])
def test_a_long_value_of_the_metrics_body_costs_nothing(service, analysis, field):
    body = json.dumps({field: "qzx qzx" * 2300}).encode()
    before = service.processor_seconds()
    answer = service.ask(post(f"{analysis}/faithfulness", body, JSON), ATTACKER, seconds=60)
    assert_refused(answer, 400, 413)
    assert service.processor_seconds() - before < 0.5


MONSTERS = {
    "nested": b"[" * 100_000,
    "nested objects": b'{"steps":' * 50_000,
    "list": b'{"steps": [' + b"1," * 2_000_000 + b"1]}",
    "name": b'{"' + b"s" * 3_000_000 + b'": 1}',
    "names": b"{" + b",".join(b'"%d": 1' % number for number in range(200_000)) + b"}",
}


@pytest.mark.parametrize("body", MONSTERS.values(), ids=MONSTERS)
def test_a_monstrous_metrics_body_is_refused(service, analysis, body):
    before = service.processor_seconds()
    answer = service.ask(post(f"{analysis}/faithfulness", body, JSON), ATTACKER, seconds=60)
    assert_refused(answer, 400, 413)
    assert service.processor_seconds() - before < 2
    assert service.health() is not None


@pytest.mark.parametrize("length, status", [(256, 404), (257, 400)])
def test_256_characters_are_a_value_and_257_are_none(service, analysis, length, status):
    answer = service.ask(get(f"{analysis}/heatmap.png?class={'q' * length}"))
    assert_refused(answer, status)
    assert len(answer.body) < 4096


@pytest.mark.parametrize("length, status", [
    (8 * 1024 - 64, 404), (8 * 1024 + 64, 414), (60_000, 414), (1_000_000, 414)])
def test_an_address_has_8_kib(service, length, status):
    answer = service.ask(get("/" + "a" * (length - 1)), ATTACKER)
    assert_refused(answer, status, closes=True if status == 414 else None)


@pytest.mark.parametrize("total, status", [(30 * 1024, 200), (33 * 1024, 431), (1_000_000, 431)])
@pytest.mark.parametrize("lines", [1, 20])
def test_the_header_fields_have_32_kib(service, total, status, lines):
    fields = [f"X-Long-{number}: " + "v" * (total // lines - 16) for number in range(lines)]
    with service.connect(ATTACKER) as wire:
        wire.push(get("/healthz", *fields))
        answer = wire.answer()
    assert answer.status == status, answer
    if status != 200:
        assert_refused(answer, status, closes=True)


@pytest.mark.parametrize("count, status", [(95, 200), (105, 431), (5000, 431)])
def test_there_are_100_header_fields(service, count, status):
    with service.connect(ATTACKER) as wire:
        wire.push(get("/healthz", *[f"X-{number}: v" for number in range(count)]))
        answer = wire.answer()
    assert answer.status == status, answer
    if status != 200:
        assert_refused(answer, status, closes=True)


def test_a_head_without_end_is_not_swallowed(service):
    with service.connect(ATTACKER) as wire:
        wire.send(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: ")
        taken = wire.push(b"v" * (64 << 20), seconds=5)
        assert taken < 16 << 20, f"{taken >> 20} MiB were taken"


def test_trailers_without_end_are_not_swallowed(service):
    with service.connect(ATTACKER) as wire:
        wire.send(post("/api/analyses", b"", "Transfer-Encoding: chunked") + b"3\r\nabc\r\n0\r\n")
        taken = wire.push(b"X-Trailer: v\r\n" * (4 << 20), seconds=5)
        assert taken < 16 << 20, f"{taken >> 20} MiB were taken"
    assert service.health() is not None
