"""What the measurements over HTTP share: a server of our own, and clients that cost next to nothing.

Python's standard library alone. A client is a socket and a request of ready-made bytes, so that two cores serve the server and not its clients.
"""

import os
import pathlib
import re
import resource
import socket
import subprocess
import threading
import time

from wire import get

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")


class Connection:
    """One keep-alive connection to a server on this machine."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, request):
        """Sends ready-made bytes; gives the status and the body of the answer."""
        self.socket.sendall(request)
        answer = b""
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self._receive(1 << 16)
        length = re.search(rb"content-length: *(\d+)", answer[:end], re.IGNORECASE)
        missing = end + 4 + (int(length[1]) if length else 0) - len(answer)
        pieces = [answer[end + 4:]]
        while missing > 0:
            pieces.append(self._receive(min(missing, 1 << 20)))
            missing -= len(pieces[-1])
        return int(answer[9:12]), b"".join(pieces)

    def _receive(self, count):
        data = self.socket.recv(count)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data

    def close(self):
        self.socket.close()


def upload(path, photograph, accept="application/json", form=True):
    """The bytes of a request that uploads a photograph, by default as browsers and the peers' clients do: in a form."""
    body, kind = photograph, "application/octet-stream"
    if form:
        boundary = "gaze-benchmark-7f3a9c"
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="p.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        body = head.encode() + photograph + f"\r\n--{boundary}--\r\n".encode()
        kind = f"multipart/form-data; boundary={boundary}"
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {accept}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


class Server:
    """A server of our own on a free port, ended with the block; `gaze serve` unless another command is given.

    `files`: how many files it may open.
    """

    def __init__(self, *arguments, gaze=None, files=None):
        gaze = gaze or REPOSITORY / ".build/release/gaze"
        self.begin = time.perf_counter()
        self.process = subprocess.Popen(
            [gaze, "serve", "--port", "0", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            preexec_fn=(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))) if files else None)
        line = self.process.stdout.readline()
        found = re.search(r":(\d+)\s*$", line)
        if not found:
            raise SystemExit(f"gaze serve did not start: it wrote {line!r}")
        self.port = int(found[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def resident_bytes(self):
        return int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * PAGE_BYTES

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def metric(self, name):
        connection = Connection(self.port)
        _, text = connection.send(get("/metrics"))
        connection.close()
        values = [float(line.split()[-1]) for line in text.decode().splitlines() if line.startswith(name + " ")]
        return values[0] if values else None


def run(port, requests, clients, count):
    """Sends `count` requests, taken from `requests` in turn, over so many connections at once.

    Gives the milliseconds of each and the seconds of all. An answer that is no success ends the measurement.
    """
    times, faults, numbers = [], [], iter(range(count))
    lock = threading.Lock()

    def serve():
        connection = Connection(port)
        mine = []
        while not faults:
            with lock:
                number = next(numbers, None)
            if number is None:
                break
            begin = time.perf_counter()
            status, body = connection.send(requests[number % len(requests)])
            mine.append((time.perf_counter() - begin) * 1e3)
            if status not in (200, 201):
                faults.append(f"{status}: {body[:300]!r}")
        connection.close()
        with lock:
            times.extend(mine)

    threads = [threading.Thread(target=serve) for _ in range(clients)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise SystemExit(f"a request was refused: {faults[0]}")
    return times, time.perf_counter() - begin


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
