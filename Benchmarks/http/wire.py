"""Raw connections: whatever bytes an attacker sends, and exactly what comes back."""

import json
import random
import re
import socket
import struct
import time
import zlib

BOUNDARY = "gaze-attack-5d41402a"
#: What a failed test shows of an answer's header.
SHOWN_FIELDS = ("cache-control", "connection", "content-encoding", "content-length", "content-type", "etag", "retry-after")


class Closed(Exception):
    """The service closed the connection before its answer was whole; `data` is what came."""

    def __init__(self, data):
        super().__init__(f"the connection was closed after {data[:200]!r}")
        self.data = data


class Answer:
    def __init__(self, head, body, interim):
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1])
        self.fields = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
        self.body = body
        #: Statuses of interim answers, such as 100.
        self.interim = interim

    def __repr__(self):
        shown = {name: value for name, value in self.fields if name in SHOWN_FIELDS}
        return f"{self.status} {shown} {self.body[:300]!r}"

    def header(self, name):
        values = [value for field, value in self.fields if field == name.lower()]
        return ", ".join(values) if values else None

    @property
    def closes(self):
        return (self.header("connection") or "").lower() == "close"

    def json(self):
        return json.loads(self.body)

    @property
    def sentence(self):
        """What the error says, in Gaze's form or in that of a protocol."""
        error = self.json()["error"]
        return error if isinstance(error, str) else error["message"]

    @property
    def retry_after(self):
        """Seconds; None where the header is absent or no whole number of them."""
        value = self.header("retry-after") or ""
        return int(value) if value.isdigit() else None


class Wire:
    """A connection from an address of this machine: another address is another client."""

    def __init__(self, port, source="127.0.0.1", host="127.0.0.1", receive_buffer=None, timeout=30):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.timeout = timeout
        self.received = b""
        try:
            if receive_buffer:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            if family == socket.AF_INET:
                self.socket.bind((source, 0))
            self.socket.settimeout(timeout)
            self.socket.connect((host, port))
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            self.socket.close()
            raise
        self.port = self.socket.getsockname()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        self.socket.settimeout(self.timeout)
        self.socket.sendall(data)

    def push(self, data, seconds=5):
        """Sends for so long at most; gives how much was taken before that, or before the service closed."""
        view, sent, end = memoryview(data), 0, time.monotonic() + seconds
        while sent < len(view) and (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                sent += self.socket.send(view[sent:sent + (1 << 18)])
            except OSError:
                break
        return sent

    def answer(self, to_head=False, seconds=None):
        """The next answer; interim ones are noted. Raises `Closed`, or `TimeoutError` after the connection's timeout."""
        deadline = time.monotonic() + (seconds or self.timeout)
        interim = []
        while True:
            while (end := self.received.find(b"\r\n\r\n")) < 0:
                self._receive(deadline)
            head, self.received = self.received[:end], self.received[end + 4:]
            status = int(head[9:12])
            if status >= 200:
                break
            interim.append(status)
        answer = Answer(head, b"", interim)
        if to_head or status in (204, 304):
            return answer
        if (answer.header("transfer-encoding") or "").lower() == "chunked":
            answer.body = self._chunks(deadline)
        elif (length := answer.header("content-length")) is not None:
            answer.body = self._exactly(int(length), deadline)
        else:
            answer.body = self.rest(deadline - time.monotonic())
        return answer

    def ask(self, request, **how):
        try:
            self.send(request)
        except (BrokenPipeError, ConnectionResetError):
            pass  # Refused in the middle of it: the answer is there all the same.
        return self.answer(**how)

    def rest(self, seconds):
        """Everything until the service closes. Raises `TimeoutError` if it does not within so long."""
        deadline = time.monotonic() + seconds
        try:
            while True:
                self._receive(deadline)
        except Closed as closed:
            self.received = b""
            return closed.data

    def is_closed_within(self, seconds):
        try:
            self.rest(seconds)
            return True
        except TimeoutError:
            return False

    def finish_sending(self):
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Ends the connection by RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()

    def _receive(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"no end after {self.received[-200:]!r}")
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(1 << 20)
        except TimeoutError:
            raise TimeoutError(f"no end after {self.received[-200:]!r}") from None
        except OSError:
            raise Closed(self.received) from None
        if not data:
            raise Closed(self.received)
        self.received += data

    def _exactly(self, count, deadline):
        pieces, missing = [self.received[:count]], count - len(self.received)
        self.received = self.received[count:]
        while missing > 0:
            self._receive(deadline)
            pieces.append(self.received[:missing])
            self.received = self.received[len(pieces[-1]):]
            missing -= len(pieces[-1])
        return b"".join(pieces)

    def _chunks(self, deadline):
        pieces = []
        while True:
            while b"\r\n" not in self.received:
                self._receive(deadline)
            line, _, self.received = self.received.partition(b"\r\n")
            count = int(line.split(b";")[0], 16)
            pieces.append(self._exactly(count + 2, deadline)[:-2])
            if count == 0:
                return b"".join(pieces)


def request(method, path, body=None, fields=(), host="127.0.0.1", version="1.1"):
    """A request's bytes. `fields` are lines such as `Accept: image/png`; host None leaves that line out."""
    lines = [f"{method} {path} HTTP/{version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    lines += fields
    if body is not None and not any(re.match("(content-length|transfer-encoding):", line, re.I) for line in fields):
        lines.append(f"Content-Length: {len(body)}")
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1") + b"\r\n" + (body or b"")


def get(path, *fields, **how):
    return request("GET", path, fields=fields, **how)


def post(path, body, *fields, **how):
    return request("POST", path, body, fields=fields, **how)


def form(file, **texts):
    """The body and the Content-Type line of a form."""
    parts = [f'name="{name}"\r\n\r\n{text}'.encode() for name, text in texts.items()]
    parts.append(b'name="image"; filename="p.png"\r\n\r\n' + file)
    body = b"".join(f"--{BOUNDARY}\r\nContent-Disposition: form-data; ".encode() + part + b"\r\n" for part in parts)
    return body + f"--{BOUNDARY}--\r\n".encode(), f"Content-Type: multipart/form-data; boundary={BOUNDARY}"


def png(width=64, height=64, seed=None):
    """A picture of one colour, or of noise where a seed is given. Source: PNG specification, sections 5.3 and 9."""
    if seed is None:
        row = b"\0" + b"\x30\x70\xa0" * width
        rows = row * height
    else:
        noise = random.Random(seed)
        rows = b"".join(b"\0" + noise.randbytes(3 * width) for _ in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(rows, 1 if seed is not None else 6)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
