"""What services in trouble do, by a server that says what it is told."""

import http.server
import json
import threading

import pytest

from gaze_client import Gaze, Limited, NoAnswer, Refused, ServiceFault, Unavailable

MODELS = json.dumps({"default": None, "models": []}).encode()
BUSY = json.dumps({"error": {"code": "busy", "message": "Too much to do."}}).encode()


@pytest.fixture
def scripted():
    """`scripted(answer, ...)` starts a server; an answer is (status, headers, body), or a function of the handler."""
    servers = []

    def scripted(*answers):
        left = list(answers)
        asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                asked.append((self.path, dict(self.headers), self.client_address))
                answer = left.pop(0)
                if callable(answer):
                    return answer(self)
                status, headers, body = answer
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}", asked

    yield scripted
    for server in servers:
        server.shutdown()
        server.server_close()


def client(address, **how):
    gaze = Gaze(address, **how)
    gaze.transport.sleep = lambda seconds: gaze.waits.append(seconds)
    gaze.waits = []
    return gaze


def close(handler):
    handler.close_connection = True


def test_busy_is_tried_again_when_the_service_says(scripted):
    address, asked = scripted((503, {"Retry-After": "3"}, BUSY), (503, {"Retry-After": "5"}, BUSY), (200, {}, MODELS))
    with client(address) as gaze:
        assert gaze.models() == [] and gaze.waits == [3, 5]
    assert len(asked) == 3


def test_patience_ends(scripted):
    address, asked = scripted(*[(503, {"Retry-After": "4"}, BUSY)] * 4)
    with client(address, patience=10) as gaze:
        with pytest.raises(Unavailable, match="Too much to do.") as caught:
            gaze.models()
        assert gaze.waits == [4, 4] and caught.value.retry_after == 4 and caught.value.code == "busy"
    assert len(asked) == 3


def test_a_wait_of_nothing_does_not_go_on_for_ever(scripted):
    address, asked = scripted(*[(503, {"Retry-After": "0"}, BUSY)] * 4)
    with client(address, patience=3) as gaze, pytest.raises(Unavailable):
        gaze.models()
    assert len(asked) == 4


def test_a_quota_that_is_spent_is_told_at_once(scripted):
    spent = json.dumps({"error": {"code": "quota_spent", "message": "Come tomorrow."}}).encode()
    address, asked = scripted((429, {"Retry-After": "80000"}, spent))
    with client(address) as gaze:
        with pytest.raises(Limited, match="Come tomorrow"):
            gaze.models()
        assert gaze.waits == []


def test_what_is_refused_without_a_time_is_not_tried_again(scripted):
    address, asked = scripted((503, {}, BUSY), (200, {}, MODELS))
    with client(address) as gaze, pytest.raises(Unavailable):
        gaze.models()
    assert len(asked) == 1


def test_a_connection_is_kept_and_one_that_went_stale_is_replaced(scripted):
    address, asked = scripted((200, {}, MODELS), (200, {}, MODELS), close, (200, {}, MODELS))
    with client(address) as gaze:
        for _ in range(3):
            assert gaze.models() == []
    ports = [port for _, _, (_, port) in asked]
    assert ports[0] == ports[1] == ports[2] != ports[3]


def test_a_service_that_breaks_off(scripted):
    address, _ = scripted(close)
    with client(address) as gaze, pytest.raises(NoAnswer, match="broke off"):
        gaze.models()
    address, _ = scripted((200, {"Content-Length": "1000", "Connection": "close"}, MODELS))
    with client(address) as gaze, pytest.raises(NoAnswer):
        gaze.models()


def test_a_service_that_does_not_answer(scripted):
    never = threading.Event()
    address, _ = scripted(lambda handler: never.wait(30))
    with client(address, timeout=0.2) as gaze, pytest.raises(NoAnswer, match="0.2 seconds"):
        gaze.models()
    never.set()


@pytest.mark.parametrize("status, kind", [(502, ServiceFault), (503, Unavailable), (302, Refused), (404, Refused)])
def test_a_proxy_in_the_way(scripted, status, kind):
    address, _ = scripted((status, {"Content-Type": "text/html"}, b"<h1>no</h1>"))
    with client(address) as gaze, pytest.raises(kind, match="proxy") as caught:
        gaze.models()
    assert caught.value.status == status


def test_the_token_is_sent_and_the_prefix_kept(scripted):
    address, asked = scripted((200, {}, MODELS))
    with client(address + "/gaze/", token="word") as gaze:
        gaze.models()
    path, fields, _ = asked[0]
    assert path == "/gaze/api/v1/models" and fields["Authorization"] == "Bearer word"
