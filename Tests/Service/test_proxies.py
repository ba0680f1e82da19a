"""Behind a proxy: whom the service believes, under which path it stands, and TLS by real proxies."""

import json
import shutil
import socket
import ssl
import subprocess
import time
from http.client import HTTPSConnection
from pathlib import Path

import pytest

from refusals import assert_refused
from service import ATTACKER, PICTURE, eventually
from wire import Wire, get, post, request

PROXIES = Path(__file__).resolve().parents[2] / "deploy/proxy"
TRUSTED = "127.0.0.3"
ONE_REQUEST = ("--rate-limit", "0.001", "--rate-burst", "1")


def test_what_strangers_say_of_themselves_changes_nothing(start):
    service = start("--trusted-proxy", TRUSTED, *ONE_REQUEST)
    assert service.ask(get("/api/models"), ATTACKER).status == 200
    for number in range(3):
        for fields in ([f"X-Forwarded-For: 198.51.100.{number}"], [f"Forwarded: for=198.51.100.{number}"],
                       [f"X-Real-IP: 198.51.100.{number}"]):
            assert_refused(service.ask(get("/api/models", *fields), ATTACKER), 429)
    # Nor is a name believed, whether it would help or harm.
    evil = get("/api/models", "X-Forwarded-Host: localhost", host="evil.example")
    assert_refused(service.ask(evil, "127.0.0.4"), 421)
    assert service.ask(get("/api/models", "X-Forwarded-Host: evil.example"), "127.0.0.5").status == 200


def test_a_trusted_proxy_tells_clients_apart(start):
    service = start("--trusted-proxy", TRUSTED, *ONE_REQUEST)

    def ask(path):
        return service.ask(get("/api/models", f"X-Forwarded-For: {path}"), TRUSTED).status

    assert [ask("198.51.100.1"), ask("198.51.100.1"), ask("198.51.100.2")] == [200, 429, 200]
    # What stands before the last that the proxy wrote is the client's own word.
    assert ask("203.0.113.9, 198.51.100.2") == 429
    assert ask(f"203.0.113.10, 198.51.100.3, {TRUSTED}") == 200
    assert ask("198.51.100.3") == 429
    # IPv6 by networks of 64 bits.
    assert [ask("2001:db8::1"), ask("2001:db8::2"), ask("2001:db8:0:1::1")] == [200, 429, 200]


def test_the_standard_field_is_believed_only_where_it_is_the_one(start):
    service = start("--trusted-proxy", "127.0.0.0/29", "--proxy-headers", "forwarded", *ONE_REQUEST)

    def ask(*fields):
        return service.ask(get("/api/models", *fields), TRUSTED).status

    assert [ask("Forwarded: for=198.51.100.1"), ask("Forwarded: for=198.51.100.1")] == [200, 429]
    assert ask('Forwarded: for="[2001:db8::1]:80";proto=https', "X-Forwarded-For: 198.51.100.1") == 200
    assert ask('Forwarded: for="[2001:db8::2]:81"') == 429


def test_hosts_and_origins_follow_the_proxy(start):
    service = start("--trusted-proxy", TRUSTED, "--allowed-host", "gaze.example")

    def ask(*fields, host="127.0.0.1"):
        return service.ask(request("POST", "/sign", fields=["Content-Length: 0", *fields], host=host), TRUSTED)

    named = ["X-Forwarded-Host: gaze.example", "X-Forwarded-Proto: https"]
    assert ask(*named).status == 404
    assert ask(*named, "Origin: https://gaze.example").status == 404
    assert_refused(ask(*named, "Origin: https://evil.example"), 403)
    assert_refused(ask("X-Forwarded-Host: evil.example"), 421)
    # A proxy that passes a foreign name on has it refused, whatever else it says.
    assert_refused(ask(*named, host="evil.example"), 421)


@pytest.mark.parametrize("asked", ["/gaze", ""], ids=["passed on", "taken off"])
def test_a_prefix_stands_before_every_address(start, asked):
    service = start("--path-prefix", "/gaze")
    created = service.ask(post(asked + "/api/analyses", PICTURE))
    assert created.status == 201 and created.header("location").startswith("/gaze/api/analyses/")
    links = created.json()["links"]
    assert all(link.startswith("/gaze/") for link in links.values())
    for link in (links["self"], links["heatmap"], links["page"]):
        assert service.ask(get(link)).status == 200
        assert service.ask(get(asked + link.removeprefix("/gaze"))).status == 200
    page = service.ask(get(asked + "/", "Accept: text/html"))
    assert page.status == 200
    text = page.body.decode()
    for name in ("theme.css", "gaze.css", "app.js", "favicon.svg"):
        assert f'"/gaze/{name}"' in text
        assert service.ask(get(f"/gaze/{name}")).status == 200
    assert 'action="/gaze/analyses"' in text
    form = service.ask(post(asked + "/analyses", PICTURE, "Accept: text/html"))
    assert form.header("location", ).startswith("/gaze/analyses/") if form.status == 303 else form.status == 400
    assert service.ask(get("/gaze/api/v1/models")).json()["models"][0]["links"]["self"].startswith("/gaze/api/v1/")
    assert_refused(service.ask(get("/gazette/api/models")), 404)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A folder with a certificate for gaze.example.org that it has signed itself."""
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "key.pem", "-out",
                    folder / "certificate.pem", "-days", "2", "-subj", "/CN=gaze.example.org", "-addext",
                    "subjectAltName=DNS:gaze.example.org"], check=True, capture_output=True)
    (folder / "both.pem").write_bytes((folder / "certificate.pem").read_bytes() + (folder / "key.pem").read_bytes())
    return folder


@pytest.fixture(params=["nginx", "haproxy"])
def proxy(request, tmp_path, certificate):
    """Starts a proxy by the file of deploy/proxy, with ports and paths of the test's own."""
    program = shutil.which(request.param) or shutil.which(request.param, path="/usr/sbin")
    if not program:
        pytest.skip(f"{request.param} is not here: apt-get install {request.param}")
    running = []

    def start(service):
        port = free_port()
        text = (PROXIES / {"nginx": "nginx.conf", "haproxy": "haproxy.cfg"}[request.param]).read_text()
        for old, new in (("/etc/ssl/gaze", str(certificate)), ("127.0.0.1:8080", f"127.0.0.1:{service.port}"),
                         ("/run/nginx.pid", str(tmp_path / "pid")), ("listen 443", f"listen 127.0.0.1:{port}"),
                         ("bind :443", f"bind 127.0.0.1:{port}")):
            text = text.replace(old, new)
        file = tmp_path / "proxy.conf"
        file.write_text(text)
        command = {"nginx": [program, "-p", tmp_path, "-c", file, "-e", tmp_path / "error.log", "-g",
                             f"daemon off; error_log {tmp_path}/error.log;"],
                   "haproxy": [program, "-db", "-f", file]}[request.param]
        process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        running.append(process)
        assert eventually(lambda: process.poll() is None and Encrypted(port, certificate).is_there, 20)
        return Encrypted(port, certificate)

    yield start
    for process in running:
        process.terminate()
        process.wait(timeout=20)


class Encrypted:
    """The proxy as gaze.example.org."""

    def __init__(self, port, certificate):
        self.port = port
        self.context = ssl.create_default_context(cafile=certificate / "certificate.pem")

    @property
    def is_there(self):
        try:
            return self.ask("GET", "/livez").status == 200
        except OSError:
            return False

    def connect(self, source="127.0.0.1"):
        connection = HTTPSConnection("gaze.example.org", self.port, context=self.context, timeout=120)
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=120, source_address=(source, 0))
        connection.sock = self.context.wrap_socket(raw, server_hostname="gaze.example.org")
        return connection

    def ask(self, method, path, body=None, fields=None, source="127.0.0.1"):
        connection = self.connect(source)
        try:
            try:
                connection.request(method, path, body=body, headers=fields or {})
            except OSError:
                # The answer came before the body was sent; it can be read all the same.
                pass
            answer = connection.getresponse()
            answer.content = answer.read()
            return answer
        finally:
            connection.close()


BEHIND = ("--trusted-proxy", "127.0.0.1", "--allowed-host", "gaze.example.org")


def test_tls_by_a_proxy(start, proxy):
    service = start(*BEHIND)
    public = proxy(service)
    created = public.ask("POST", "/api/analyses", PICTURE, {"Origin": f"https://gaze.example.org:{public.port}"})
    assert created.status == 201
    links = json.loads(created.content)["links"]
    assert public.ask("GET", links["heatmap"]).content.startswith(b"\x89PNG")
    assert public.ask("POST", "/api/analyses", PICTURE, {"Origin": "https://evil.example"}).status == 403
    # A foreign name is passed on and refused.
    assert public.ask("GET", "/api/models", fields={"Host": "evil.example"}).status == 421
    # What computes for long is waited for.
    long = public.ask("POST", "/api/explain?method=rise&masks=200", PICTURE)
    assert long.status == 200
    # What is too large is refused by Gaze, in JSON.
    large = public.ask("POST", "/api/analyses", b"\xff" * (33 << 20))
    assert large.status == 413 and json.loads(large.content)["error"]["code"] == "too_many_bytes"


def test_clients_stay_apart_behind_a_proxy(start, proxy):
    service = start("--trusted-proxy", "127.0.0.1", "--allowed-host", "gaze.example.org", *ONE_REQUEST)
    public = proxy(service)
    assert [public.ask("GET", "/api/models", source=source).status
            for source in ("127.0.0.6", "127.0.0.6", "127.0.0.7")] == [200, 429, 200]
    # The proxy adds the address that it saw after whatever a client claims.
    for claim in ({"X-Forwarded-For": "198.51.100.1"}, {"Forwarded": "for=198.51.100.2"}):
        assert public.ask("GET", "/api/models", fields=claim, source="127.0.0.7").status == 429


def test_a_prefix_behind_a_proxy(start, proxy, tmp_path):
    service = start(*BEHIND, "--path-prefix", "/gaze")
    public = proxy(service)
    created = public.ask("POST", "/gaze/api/analyses", PICTURE)
    assert created.status == 201 and created.headers["Location"].startswith("/gaze/api/analyses/")
    assert public.ask("GET", created.headers["Location"]).status == 200


def test_a_session_over_tls_is_for_tls_alone(start, proxy, tmp_path):
    file = tmp_path / "tokens.json"
    file.write_text('{"tokens": [{"name": "lab", "token": "lab-0123456789abcdef"}]}')
    public = proxy(start(*BEHIND, "--tokens", str(file)))
    signed = public.ask("POST", "/sign-in", b"token=lab-0123456789abcdef",
                        {"Content-Type": "application/x-www-form-urlencoded"})
    assert signed.status == 303
    assert {"Secure", "HttpOnly", "SameSite=Strict"} <= set(signed.headers["Set-Cookie"].split("; "))


def test_a_large_answer_is_not_gathered_by_the_proxy(start, proxy):
    """Of a hundred megabytes that nobody reads the service keeps most: the proxy takes no more than it can pass on."""
    service = start(*BEHIND)
    path = service.keep_large()
    connection = proxy(service).connect()
    connection.request("GET", path)
    answer = connection.getresponse()
    assert answer.status == 200 and answer.read(6) == b"\x93NUMPY"
    time.sleep(2)
    assert service.metric("gaze_answers_waiting_bytes") > 0
    rest = sum(len(piece) for piece in iter(lambda: answer.read(1 << 20), b""))
    assert rest + 6 == int(answer.headers["Content-Length"])
    connection.close()
