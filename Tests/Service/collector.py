"""Collectors of traces on this machine: one that takes them, and those that do not."""

import base64
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Collector:
    """`with Collector() as collector:` takes what OTLP over HTTP sends, as JSON."""

    def __init__(self, status=200):
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.requests.append((self.path, dict(self.headers), json.loads(body)))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.requests = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def resources(self):
        return [resource for _, _, body in list(self.requests) for resource in body["resourceSpans"]]

    @property
    def spans(self):
        return [span for resource in self.resources for scope in resource["scopeSpans"] for span in scope["spans"]]

    def messages(self, kind):
        """What came, read strictly as messages of OpenTelemetry's own definition.

        The protocol writes ids in hexadecimal, where Protobuf's mapping to JSON has Base64.
        """
        from google.protobuf import json_format
        for _, _, body in list(self.requests):
            body = json.loads(json.dumps(body))
            for resource in body["resourceSpans"]:
                for scope in resource["scopeSpans"]:
                    for span in scope["spans"]:
                        for name in ("traceId", "spanId", "parentSpanId"):
                            if name in span:
                                span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
            yield json_format.ParseDict(body, kind())


class Silence:
    """Accepts connections and never says a word; with `backlog` full it does not even accept."""

    def __enter__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=1)
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        return self

    def __exit__(self, *_):
        self.socket.close()


def attributes(span):
    """By key; of each value what it is, without its type."""
    return {entry["key"]: next(iter(entry["value"].values())) for entry in span["attributes"]}
