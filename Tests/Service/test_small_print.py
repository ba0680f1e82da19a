"""What a careful server does besides: readiness, caches, compressed answers, addresses."""

import gzip
import os
import shutil
import socket
import subprocess

import pytest

from refusals import assert_refused
from service import ATTACKER, LABELS, PICTURE, Service, at_once
from wire import Wire, get, post, request

GZIP = "Accept-Encoding: gzip"


# Readiness

@pytest.fixture(scope="module")
def damaged_store(store, tmp_path_factory):
    """The store, with one model more whose weights end too soon and one whose weights are gone."""
    folder = tmp_path_factory.mktemp("damaged")
    shutil.copytree(store / "models", folder / "models")
    for name in ("truncated", "empty", "noise"):
        shutil.copytree(folder / "models/vessels", folder / "models" / name)
        manifest = folder / "models" / name / "model.json"
        manifest.write_text(manifest.read_text().replace('"vessels"', f'"{name}"'))
        weights = folder / "models" / name / "weights.safetensors"
        if name == "truncated":
            os.truncate(weights, weights.stat().st_size // 2)
        elif name == "empty":
            os.truncate(weights, 0)
        else:
            weights.write_bytes(os.urandom(weights.stat().st_size))
    return folder


@pytest.mark.parametrize("name", ["truncated", "empty", "noise"])
def test_a_model_that_does_not_load_is_not_ready(start, damaged_store, name):
    service = start(folder=damaged_store)
    answer = service.ask(get(f"/v1/models/{name}"))
    assert answer.status == 503, answer
    assert answer.json()["ready"] is False, answer
    assert service.ask(get("/v1/models/vessels")).json()["ready"] is True
    assert name in [model["name"] for model in service.ask(get("/api/models")).json()["models"]]
    for path in (f"/api/analyses?model={name}", f"/api/explain?model={name}"):
        assert_refused(service.ask(post(path, PICTURE)), 500, 503)
    assert service.ask(post("/api/analyses", PICTURE)).status == 201


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz"])
def test_it_says_that_it_lives_and_is_ready(service, path):
    answer = service.ask(get(path))
    assert answer.status == 200
    answer.json()
    assert service.ask(request("HEAD", path), to_head=True).status == 200


# Mistyped questions

@pytest.mark.parametrize("path", ["/api/analyses?modle=x", "/api/explain?modle=x", "/api/explain?Class=3"])
def test_a_mistyped_parameter_is_refused(service, path):
    before = service.metric("gaze_forward_passes_total")
    assert_refused(service.ask(post(path, PICTURE)), 400)
    assert service.metric("gaze_forward_passes_total") == before


# Caches

def test_a_deleted_photograph_is_not_shown_from_a_cache(service):
    address = service.keep()
    for part in ("image.jpg", "heatmap.png?class=3", "saliency.npy"):
        answer = service.ask(get(f"{address}/{part}"))
        control = answer.header("cache-control")
        assert answer.status == 200
        assert "immutable" not in control and "max-age" not in control, control
        assert "private" in control and "no-cache" in control, control


@pytest.mark.parametrize("part", ["image.jpg", "heatmap.png?class=3", "saliency.npy?class=3"])
def test_a_known_picture_is_not_sent_again_and_not_computed(service, part):
    address = service.keep()
    tag = service.ask(get(f"{address}/{part}")).header("etag")
    assert tag
    for known in (tag, f'"other", {tag}', f"W/{tag.removeprefix('W/')}", "*"):
        answer = service.ask(get(f"{address}/{part}", f"If-None-Match: {known}"))
        assert (answer.status, answer.body) == (304, b""), known
    assert service.ask(get(f"{address}/{part}", 'If-None-Match: "other"')).status == 200
    assert service.ask(request("DELETE", address)).status == 204
    assert_refused(service.ask(get(f"{address}/{part}", f"If-None-Match: {tag}")), 404, 410)


def test_two_pictures_have_two_tags(service):
    first, second = service.keep(), service.keep()
    tags = {service.ask(get(f"{address}/heatmap.png?{query}")).header("etag")
            for address in (first, second) for query in ("class=3", "class=4", "class=3&colormap=jet")}
    assert len(tags) == 6 and None not in tags


# Compressed answers

COMPRESSIBLE = ["/api/models/vessels/classes", "/metrics", "/api/methods", "/gaze.css"]


@pytest.mark.parametrize("path", COMPRESSIBLE)
def test_texts_are_compressed_for_who_takes_it(service, path):
    plain, packed = service.ask(get(path)), service.ask(get(path, GZIP))
    assert plain.header("content-encoding") is None
    assert packed.header("content-encoding") == "gzip", packed
    assert len(packed.body) < len(plain.body) / 2
    if path != "/metrics":
        assert gzip.decompress(packed.body) == plain.body
    for answer in (plain, packed):
        assert "accept-encoding" in (answer.header("vary") or "").lower(), answer


@pytest.mark.parametrize("taken", ["gzip;q=0", "identity", "br", "*;q=0", "gzippy", None])
def test_nothing_is_compressed_for_who_does_not_take_it(service, taken):
    fields = [f"Accept-Encoding: {taken}"] if taken else []
    answer = service.ask(get("/api/models/vessels/classes", *fields))
    assert answer.status == 200
    assert answer.header("content-encoding") is None
    assert len(answer.json()["classes"]) == len(LABELS)


def test_the_page_is_compressed(service):
    plain, packed = (service.ask(get("/", "Accept: text/html", *fields)) for fields in ([], [GZIP]))
    assert packed.header("content-encoding") == "gzip"
    assert gzip.decompress(packed.body) == plain.body


def test_pictures_and_small_answers_are_not_compressed(service):
    address = service.keep()
    for path in (f"{address}/heatmap.png", f"{address}/saliency.npy", "/healthz"):
        assert service.ask(get(path, GZIP)).header("content-encoding") is None


def test_head_says_what_get_says(service):
    for path in ("/api/models/vessels/classes", "/gaze.css"):
        for fields in ([], [GZIP]):
            whole = service.ask(get(path, *fields))
            head = service.ask(request("HEAD", path, fields=fields), to_head=True)
            for name in ("content-encoding", "etag", "vary", "content-type"):
                assert head.header(name) == whole.header(name), (path, fields, name)
            assert head.header("content-type")


def test_compressed_answers_to_many_at_once(service):
    answers = at_once(service, [get("/api/models/vessels/classes", GZIP)] * 40)
    assert len({gzip.decompress(answer.body) for answer in answers}) == 1


# HTTP/1.0 and addresses

def test_http_1_0_without_a_host_is_answered(service):
    with service.connect() as wire:
        answer = wire.ask(get("/healthz", host=None, version="1.0"))
        assert answer.status in (200, 400)
        assert wire.is_closed_within(2)


def test_keep_alive_in_http_1_0_is_kept_or_closed_but_not_confused(service):
    with service.connect() as wire:
        answer = wire.ask(get("/healthz", "Connection: keep-alive", version="1.0"))
        assert answer.status == 200
        if (answer.header("connection") or "").lower() == "keep-alive":
            assert wire.ask(get("/healthz", "Connection: keep-alive", version="1.0")).status == 200
        else:
            assert wire.is_closed_within(2)


def has_ipv6():
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_an_ipv6_address_is_printed_as_one_writes_it(start):
    service = start("--host", "::1")
    assert service.address == f"http://[::1]:{service.port}"
    with Wire(service.port, host="::1") as wire:
        assert wire.ask(get("/healthz", host="[::1]")).status == 200


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.7", "not a host", "127.0.0.1:80", ""])
def test_a_host_that_is_not_here_is_told_in_a_sentence(command, store, host):
    code, said = failed_start(command, store, "--host", host, "--port", "0")
    assert code != 0
    assert host in said and "--host" in said, said
    for raw in ("Error(", "errno", "NIO", "IOError", "Fatal", "EAI_"):
        assert raw not in said, said


def test_a_taken_port_is_told_in_a_sentence(command, store, service):
    code, said = failed_start(command, store, "--port", str(service.port))
    assert code != 0
    assert str(service.port) in said and "port" in said, said


def failed_start(command, store, *arguments):
    run = subprocess.run([*command, "--model", "vessels", *arguments], env=Service(command, store).environment,
                         capture_output=True, text=True, timeout=30)
    return run.returncode, run.stderr


def test_requests_at_once_over_many_clients_are_all_answered(service):
    """Addresses of the whole of 127.0.0.0/8: the accounts of clients are not what runs out."""
    with service.watched("300 clients of one request each"):
        for number in range(300):
            answer = service.ask(get("/api/models"), f"127.{number % 7 + 1}.{number // 7}.9")
            assert answer.status == 200
    assert service.ask(post("/api/analyses", PICTURE), ATTACKER).status == 201
