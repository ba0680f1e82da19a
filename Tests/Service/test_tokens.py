"""Tokens, rates and quotas, by the real program: who may ask, what is told to whom, and what a changed file does."""

import hashlib
import json
import os
import signal
from urllib.parse import quote

import pytest

from refusals import assert_refused
from service import ATTACKER, PICTURE, eventually
from wire import get, post, request

LAB, NIGHT, SLOW = "lab-0123456789abcdef", "night-0123456789abcdef", "slow-0123456789abcdef"


def digest(token):
    return hashlib.sha256(token.encode()).hexdigest()


def write(path, *tokens):
    """As a careful operator does: the new file takes the old one's place at once."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps({"tokens": list(tokens)}))
    os.replace(new, path)
    return path


def bearer(token):
    return f"Authorization: Bearer {token}"


@pytest.fixture
def tokens(tmp_path):
    return write(tmp_path / "tokens.json", {"name": "lab", "sha256": digest(LAB)},
                 {"name": "night", "sha256": digest(NIGHT)})


@pytest.fixture
def guarded(start, tokens):
    return start("--tokens", str(tokens))


@pytest.mark.parametrize("fields", [
    [], ["Authorization: Bearer"], ["Authorization: Bearer "], [bearer(LAB[:-1])], [bearer(LAB + "0")],
    [bearer(LAB.upper())], [bearer(digest(LAB))], [f"Authorization: Basic {LAB}"], [f"Authorization: {LAB}"],
    [bearer("x" * 8000)], [bearer(LAB), bearer(LAB)], ["Cookie: gaze-session="], ["Cookie: other=" + LAB],
    ["Cookie: gaze-session=" + digest(LAB)],
], ids=range(14))
def test_without_a_token_nothing_is_answered(guarded, fields):
    for ask in (get("/api/models", *fields), get("/metrics", *fields), get("/nowhere", *fields),
                post("/api/analyses", PICTURE, *fields), post("/v1/models/vessels:predict", b"{}", *fields)):
        answer = guarded.ask(ask)
        assert_refused(answer, 401)
        assert answer.header("www-authenticate").startswith('Bearer realm="gaze"')
        assert LAB not in answer.body.decode()


def test_a_token_opens_everything(guarded):
    for token in (LAB, NIGHT):
        answer = guarded.ask(post("/api/analyses", PICTURE, bearer(token)))
        assert answer.status == 201, answer
        own = answer.json()["links"]["self"]
        assert guarded.ask(get(own, f"authorization: bearer   {token}")).status == 200
        assert guarded.ask(get(own + "/heatmap.png", f"Cookie: a=b; gaze-session={token}; c=d")).status == 200
    assert guarded.ask(get("/metrics", bearer(LAB))).status == 200


def test_probes_need_none(guarded):
    for path in ("/livez", "/readyz", "/healthz"):
        assert guarded.ask(get(path)).status == 200


def test_metrics_may_be_opened(start, tokens):
    service = start("--tokens", str(tokens), "--open-metrics", "true")
    assert service.ask(get("/metrics")).status == 200
    assert_refused(service.ask(get("/api/models")), 401)


def test_what_is_refused_runs_nothing_and_waits_for_no_body(guarded):
    with guarded.connect(ATTACKER) as wire:
        wire.send(request("POST", "/api/analyses", fields=["Content-Length: 1000000", "Expect: 100-continue"]))
        answer = wire.answer()
    assert_refused(answer, 401)
    assert not answer.interim
    text = guarded.ask(get("/metrics", bearer(LAB))).body.decode()
    assert "gaze_forward_passes_total 0\n" in text


def test_a_browser_signs_in_and_out(guarded):
    page = guarded.ask(get("/", "Accept: text/html"))
    assert page.status == 401 and b'action="/sign-in"' in page.body
    assert guarded.ask(get("/gaze.css")).status == 200
    form = "Content-Type: application/x-www-form-urlencoded"
    wrong = guarded.ask(post("/sign-in", b"token=" + b"x" * 20, form))
    assert wrong.status == 401 and b"not known here" in wrong.body and wrong.header("set-cookie") is None
    signed = guarded.ask(post("/sign-in", f"token={quote(LAB)}".encode(), form))
    assert signed.status == 303 and signed.header("location") == "/"
    cookie = signed.header("set-cookie")
    assert cookie == f"gaze-session={LAB}; Path=/; HttpOnly; SameSite=Strict"
    page = guarded.ask(get("/", "Accept: text/html", "Cookie: " + cookie.split(";")[0]))
    assert page.status == 200 and b'id="upload"' in page.body
    out = guarded.ask(post("/sign-out", b"", "Cookie: " + cookie.split(";")[0]))
    assert out.status == 303 and "Max-Age=0" in out.header("set-cookie") and LAB not in out.header("set-cookie")
    # Another site's page cannot sign its visitor in.
    assert_refused(guarded.ask(post("/sign-in", f"token={LAB}".encode(), form, "Sec-Fetch-Site: cross-site")), 403)


def test_a_changed_file_counts_without_a_restart(guarded, tokens):
    write(tokens, {"name": "night", "token": NIGHT}, {"name": "slow", "token": SLOW})
    guarded.signal(signal.SIGHUP)
    assert eventually(lambda: guarded.ask(get("/api/models", bearer(SLOW))).status == 200, 5)
    assert_refused(guarded.ask(get("/api/models", bearer(LAB))), 401)
    assert guarded.ask(get("/api/models", bearer(NIGHT))).status == 200


def test_a_changed_file_is_noticed_without_a_signal(guarded, tokens):
    write(tokens, {"name": "slow", "token": SLOW})
    assert eventually(lambda: guarded.ask(get("/api/models", bearer(SLOW))).status == 200, 20)


@pytest.mark.parametrize("content", ["", "{", '{"tokens": [{"name": "lab"}]}', None], ids=range(4))
def test_a_bad_file_leaves_the_tokens_as_they_were(guarded, tokens, content):
    if content is None:
        tokens.unlink()
    else:
        tokens.write_text(content)
    guarded.signal(signal.SIGHUP)
    assert eventually(lambda: "the tokens stay as they were" in guarded.log(), 5)
    assert guarded.ask(get("/api/models", bearer(LAB))).status == 200
    assert_refused(guarded.ask(get("/api/models")), 401)


def test_a_bad_file_is_no_start(start, tmp_path):
    path = tmp_path / "tokens.json"
    path.write_text('{"tokens": [{"name": "a", "token": "secret"}]}')
    with pytest.raises(AssertionError, match="16 to 256"):
        start("--tokens", str(path))


def test_secrets_stay_where_they_are(start, tmp_path):
    path = write(tmp_path / "tokens.json", {"name": "lab", "token": LAB})
    service = start("--tokens", str(path))
    service.ask(get("/api/models", bearer(LAB)))
    service.ask(get(f"/{LAB}", bearer(LAB + "x")))
    service.ask(post("/sign-in", f"token={LAB}".encode(), "Content-Type: application/x-www-form-urlencoded"))
    text = service.ask(get("/metrics", bearer(LAB))).body.decode()
    assert LAB not in text and digest(LAB) not in text
    assert eventually(lambda: "signed in" in service.log(), 5)
    assert LAB not in service.log() and digest(LAB) not in service.log()
    # It tells that others can read the secrets.
    assert "chmod 600" in service.log()


def test_a_rate_holds_for_its_token_alone(start, tmp_path):
    path = write(tmp_path / "tokens.json",
                 {"name": "slow", "token": SLOW, "requests-per-second": 0.01, "burst": 3},
                 {"name": "lab", "token": LAB})
    service = start("--tokens", str(path))
    for remaining in (2, 1, 0):
        # From wherever it is used.
        answer = service.ask(get("/api/models", bearer(SLOW)), f"127.0.0.{remaining + 2}")
        assert answer.status == 200
        assert answer.header("ratelimit-policy") == '"requests";q=3;w=300'
        assert answer.header("ratelimit").startswith(f'"requests";r={remaining};t=')
    answer = service.ask(get("/api/models", bearer(SLOW)))
    assert_refused(answer, 429)
    assert answer.json()["error"]["code"] == "rate_limited"
    assert 1 <= answer.retry_after <= 100 and answer.header("ratelimit").startswith('"requests";r=0')
    other = service.ask(get("/api/models", bearer(LAB)))
    assert other.status == 200 and other.header("ratelimit") is None


def test_a_quota_of_computing_is_spent_by_computing(start, tmp_path):
    path = write(tmp_path / "tokens.json",
                 {"name": "slow", "token": SLOW, "compute-seconds": 0.01, "period": "day"})
    service = start("--tokens", str(path))
    first = service.ask(post("/api/explain?method=rise&masks=100", PICTURE, bearer(SLOW)), seconds=120)
    assert first.status == 200
    assert first.header("ratelimit-policy") == '"compute";q=1;qu="seconds";w=86400'
    answer = service.ask(get("/api/models", bearer(SLOW)))
    assert_refused(answer, 429)
    assert answer.json()["error"]["code"] == "quota_spent" and answer.retry_after > 80_000


def test_addresses_have_a_rate_where_there_are_no_tokens(start):
    service = start("--rate-limit", "0.01", "--rate-burst", "2")
    assert [service.ask(get("/api/models"), ATTACKER).status for _ in range(3)] == [200, 200, 429]
    assert service.ask(get("/api/models")).status == 200
    # Probes are free.
    assert [service.ask(get("/readyz"), ATTACKER).status for _ in range(5)] == [200] * 5
