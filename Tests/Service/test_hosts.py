"""Who may ask: host names that are not ours (DNS rebinding) and requests of foreign pages."""

import pytest

from refusals import assert_refused
from service import ATTACKER, PICTURE
from wire import form, get, post, request

FOREIGN = ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "evil-localhost",
           "127.0.0.1@evil.example", "[::1].evil.example", "xn--lcalhost-54a", "EVIL.example"]
OWN = ["127.0.0.1", "127.0.0.1:1", "localhost", "LOCALHOST:8080", "gaze.localhost", "127.1.2.3", "[::1]", "[::1]:8080"]
PATHS = ["/", "/healthz", "/metrics", "/gaze.css", "/api/models", "/v1/models/vessels", "/nowhere"]


def own_host(service):
    return f"127.0.0.1:{service.port}"


@pytest.mark.parametrize("path", PATHS)
def test_a_foreign_host_reads_nothing(service, path):
    answer = service.ask(get(path, host="evil.example"))
    assert_refused(answer, 421)
    assert "--allowed-host" in answer.sentence


@pytest.mark.parametrize("host", FOREIGN)
def test_names_that_only_look_like_ours_are_foreign(service, host):
    assert_refused(service.ask(get("/api/models", host=host)), 400, 421)


@pytest.mark.parametrize("host", OWN)
def test_names_of_this_machine_are_served(service, host):
    assert service.ask(get("/api/models", host=host)).status == 200


@pytest.mark.parametrize("host", ["", " ", "a b", "a/b", "user@127.0.0.1", "127.0.0.1:port", "127.0.0.1:99999", "\x80",
                                  "127.0.0.1, evil.example"])
def test_what_is_no_host_is_refused(service, host):
    assert_refused(service.ask(get("/api/models", host=host)), 400, 421)


def test_no_host_is_refused(service):
    assert_refused(service.ask(get("/healthz", host=None)), 400)


@pytest.mark.parametrize("second", ["127.0.0.1", "evil.example"])
def test_two_hosts_are_refused(service, second):
    assert_refused(service.ask(get("/healthz", f"Host: {second}")), 400)


def test_a_foreign_host_in_an_absolute_address_is_foreign(service):
    assert_refused(service.ask(get("http://evil.example/api/models")), 400, 421)
    assert_refused(service.ask(get("http://evil.example/api/models", host="evil.example")), 400, 421)


def test_an_upload_under_a_foreign_host_runs_nothing(service):
    before = service.metric("gaze_forward_passes_total")
    for path in ("/api/analyses", "/api/explain", "/analyses"):
        assert_refused(service.ask(post(path, PICTURE, host="evil.example"), ATTACKER), 421)
    assert service.metric("gaze_forward_passes_total") == before


def test_a_name_that_is_allowed_is_served(start):
    service = start("--allowed-host", "gaze.example")
    assert service.ask(get("/api/models", host="gaze.example")).status == 200
    assert service.ask(get("/api/models", host="gaze.example:8443")).status == 200
    assert_refused(service.ask(get("/api/models", host="evil.example")), 421)


def test_on_all_addresses_a_literal_is_served_and_a_name_is_not(start):
    service = start("--host", "0.0.0.0")
    assert service.ask(get("/api/models", host="127.0.0.1")).status == 200
    assert service.ask(get("/api/models", host="192.0.2.7:8080")).status == 200
    assert_refused(service.ask(get("/api/models", host="evil.example")), 421)


# Requests of foreign pages

CROSS = {
    "cross-site": ["Sec-Fetch-Site: cross-site", "Origin: http://evil.example"],
    "cross-site without an origin": ["Sec-Fetch-Site: cross-site"],
    "same-site": ["Sec-Fetch-Site: same-site", "Origin: http://127.0.0.1:1"],
    "a foreign origin": ["Origin: http://evil.example"],
    "the origin of another port": ["Origin: http://127.0.0.1:1"],
    "no origin at all": ["Origin: null"],
    "an origin that begins like ours": ["Origin: http://127.0.0.1.evil.example"],
}


@pytest.mark.parametrize("kind", CROSS)
@pytest.mark.parametrize("path", ["/api/analyses", "/api/explain", "/analyses", "/v1/models/vessels:predict"])
def test_a_foreign_page_posts_nothing(service, kind, path):
    before = service.metric("gaze_forward_passes_total")
    assert_refused(service.ask(post(path, PICTURE, *CROSS[kind], host=own_host(service)), ATTACKER), 403)
    assert service.metric("gaze_forward_passes_total") == before


@pytest.mark.parametrize("kind", CROSS)
def test_a_foreign_page_deletes_and_evicts_nothing(start, kind):
    service = start("--cache", "1")
    address = service.keep()
    for _ in range(3):
        service.ask(post("/api/analyses", PICTURE, *CROSS[kind], host=own_host(service)), ATTACKER)
    assert_refused(service.ask(request("DELETE", address, fields=CROSS[kind], host=own_host(service)), ATTACKER), 403)
    assert service.ask(get(address)).status == 200


def test_a_foreign_pages_form_posts_nothing(service):
    body, kind = form(PICTURE, model="vessels")
    answer = service.ask(post("/analyses", body, kind, "Sec-Fetch-Site: cross-site", "Accept: text/html"), ATTACKER)
    assert answer.status == 403


@pytest.mark.parametrize("fields", [[], ["Sec-Fetch-Site: same-origin"], ["Sec-Fetch-Site: none"], ["Origin: own"],
                                    ["Sec-Fetch-Site: same-origin", "Origin: own"]],
                         ids=["curl", "same origin", "typed", "own origin", "the page"])
def test_the_page_and_programs_post_as_ever(service, fields):
    fields = [field.replace("own", f"http://{own_host(service)}") for field in fields]
    answer = service.ask(post("/api/analyses", PICTURE, *fields, host=own_host(service)))
    assert answer.status == 201, answer
    deletion = request("DELETE", answer.json()["links"]["self"], fields=fields, host=own_host(service))
    assert service.ask(deletion).status == 204


@pytest.mark.parametrize("path", ["/", "/healthz"])
def test_a_foreign_page_may_link_here(service, path):
    fields = ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"]
    assert service.ask(get(path, *fields)).status == 200


def test_nothing_is_shared_with_other_origins(service):
    for method, path in (("GET", "/api/models"), ("OPTIONS", "/api/analyses"), ("GET", "/nowhere")):
        fields = ["Origin: http://evil.example", "Access-Control-Request-Method: POST"]
        answer = service.ask(request(method, path, fields=fields))
        assert [name for name, _ in answer.fields if name.startswith("access-control-")] == []


def test_an_origin_that_is_listed_may(start):
    service = start("--allowed-origin", "https://lab.example")
    listed = ["Origin: https://lab.example", "Sec-Fetch-Site: cross-site"]
    preflight = service.ask(request("OPTIONS", "/api/analyses", fields=[
        *listed, "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type"]))
    assert preflight.status in (200, 204)
    assert preflight.header("access-control-allow-origin") == "https://lab.example"
    assert "POST" in preflight.header("access-control-allow-methods")
    assert "content-type" in preflight.header("access-control-allow-headers").lower()
    answer = service.ask(post("/api/analyses", PICTURE, *listed))
    assert answer.status == 201
    assert answer.header("access-control-allow-origin") == "https://lab.example"
    assert "origin" in answer.header("vary").lower()
    assert_refused(service.ask(post("/api/analyses", PICTURE, "Origin: https://evil.example")), 403)
