#!/usr/bin/env python3
"""A crowd of clients, each with one request after the other, in one thread of a process of its own.

The clients share two processors with the server, and a client that is refused in a fraction of a millisecond and comes back at once would take
most of them for itself: so the process yields to the server (`nice`). What it costs the server to refuse is measured, what it costs
a client to ask is not.

    Benchmarks/http/crowd.py PORT request.bin --clients 80 --seconds 5 [--honouring] [--source 127.0.0.2]
"""

import argparse
import heapq
import json
import os
import pathlib
import random
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager

NICENESS = 10


@contextmanager
def at_work(count, work):
    """Runs `work(stop)` on threads of their own during a `with` block; at its end `stop` is set, and they are waited for."""
    stop = threading.Event()
    threads = [threading.Thread(target=work, args=(stop,), daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


class Client:
    """A connection, and what of its request and of its answer has gone and come."""

    def __init__(self, crowd):
        self.crowd = crowd
        self.socket = None

    def begin(self):
        """Sends the request, on a new connection if there is none."""
        self.answer, self.head_end, self.missing, self.status = b"", -1, 0, None
        self.begun = time.monotonic()
        self.unsent = memoryview(self.crowd.request)
        if self.socket is None:
            self.socket = socket.socket()
            self.socket.setblocking(False)
            self.socket.bind((self.crowd.source, 0))
            self.socket.connect_ex(("127.0.0.1", self.crowd.port))
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.crowd.selector.register(self.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, self)
        else:
            self.crowd.selector.modify(self.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, self)

    def go_on(self, events):
        try:
            # A refusal may come before the request has gone: reading goes first.
            if events & selectors.EVENT_READ and not self.read():
                return
            if events & selectors.EVENT_WRITE and self.unsent:
                self.unsent = self.unsent[self.socket.send(self.unsent):]
            if not self.unsent and events & selectors.EVENT_WRITE:
                self.crowd.selector.modify(self.socket, selectors.EVENT_READ, self)
        except BlockingIOError:
            pass
        except OSError:
            self.leave()
            self.crowd.lost(self)

    def read(self):
        """False where the connection or the request has ended."""
        data = self.socket.recv(1 << 18)
        if not data:
            self.leave()
            self.crowd.lost(self)
            return False
        if self.head_end < 0:
            self.answer += data
            self.head_end = self.answer.find(b"\r\n\r\n")
            if self.head_end < 0:
                return True
            self.head = self.answer[:self.head_end].lower()
            self.status = int(self.head[9:12])
            self.missing = int(self.field(b"content-length") or 0) + self.head_end + 4 - len(self.answer)
        else:
            self.missing -= len(data)
        if self.missing > 0:
            return True
        if self.field(b"connection") == b"close" or self.unsent:
            self.leave()
        else:
            self.crowd.selector.modify(self.socket, selectors.EVENT_READ, self)
        wait = self.field(b"retry-after")
        self.crowd.answered(self, int(wait) if wait and wait.isdigit() else None)
        return False

    def field(self, name):
        start = self.head.find(b"\r\n" + name + b":")
        return self.head[start + len(name) + 3:].split(b"\r\n")[0].strip() if start >= 0 else None

    def leave(self):
        if self.socket is not None:
            self.crowd.selector.unregister(self.socket)
            self.socket.close()
            self.socket = None


class Crowd:
    def __init__(self, port, request, clients, source="127.0.0.1", honouring=False, seed=1):
        self.port, self.request, self.source, self.honouring = port, request, source, honouring
        self.selector = selectors.DefaultSelector()
        self.chance = random.Random(seed)
        self.clients = [Client(self) for _ in range(clients)]
        self.waiting = []
        self.statuses, self.times, self.retry_after = {}, [], {}
        self.connections_lost = 0

    def run(self, seconds):
        begin = time.monotonic()
        end = begin + seconds
        for client in self.clients:
            # Not all in the same millisecond.
            self.come_back(client, self.chance.uniform(0, min(1, seconds / 10)))
        while (now := time.monotonic()) < end:
            while self.waiting and self.waiting[0][0] <= now:
                heapq.heappop(self.waiting)[2].begin()
            until = min(self.waiting[0][0] if self.waiting else end, end)
            for key, events in self.selector.select(max(until - time.monotonic(), 0)):
                if key.data.socket is key.fileobj:
                    key.data.go_on(events)
        for client in self.clients:
            client.leave()
        return {
            "seconds": time.monotonic() - begin, "statuses": self.statuses, "times": self.times, "lost": self.connections_lost,
            "retry_after": self.retry_after}

    def answered(self, client, wait):
        self.statuses[client.status] = self.statuses.get(client.status, 0) + 1
        if client.status < 300:
            self.times.append(time.monotonic() - client.begun)
        elif client.status in (429, 503):
            self.retry_after[wait] = self.retry_after.get(wait, 0) + 1
        self.come_back(client, wait if self.honouring and wait else 0)

    def lost(self, client):
        """The connection ended without an answer."""
        self.connections_lost += 1
        self.come_back(client, 0.01)

    def come_back(self, client, seconds):
        heapq.heappush(self.waiting, (time.monotonic() + seconds, self.chance.random(), client))


class Outcome:
    """What a crowd has seen."""

    def __init__(self, text):
        seen = json.loads(text)
        self.seconds = seen["seconds"]
        self.statuses = {int(status): count for status, count in seen["statuses"].items()}
        self.times = sorted(seen["times"])
        self.lost = seen["lost"]
        #: Refusals by the seconds that they name; None where they name none.
        self.retry_after = {int(wait) if wait != "null" else None: count for wait, count in seen["retry_after"].items()}

    @property
    def goodput(self):
        """Answers a second that are a success."""
        return len(self.times) / self.seconds

    def __str__(self):
        quantiles = "".join(f", p{share} {self.times[min(int(share / 100 * len(self.times)), len(self.times) - 1)] * 1e3:.0f} ms"
                            for share in (50, 99)) if self.times else ""
        refused = sum(count for status, count in self.statuses.items() if status >= 300) / self.seconds
        return f"goodput {self.goodput:6.1f}/s{quantiles}, refused {refused:.0f}/s, lost {self.lost}"


def start_crowd(port, request, clients, seconds, source="127.0.0.1", honouring=False):
    """Starts one; `outcome` waits for its end."""
    file = tempfile.NamedTemporaryFile(prefix="gaze-request-")
    file.write(request)
    file.flush()
    command = [sys.executable, __file__, str(port), file.name, "--clients", str(clients), "--seconds", str(seconds),
               "--source", source, *(["--honouring"] if honouring else [])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    process.request_file = file
    return process


def outcome(process):
    text, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"the crowd ended with {process.returncode}")
    return Outcome(text)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("port", type=int)
    options.add_argument("request", type=pathlib.Path, help="a file of the request's bytes")
    options.add_argument("--clients", type=int, default=8)
    options.add_argument("--seconds", type=float, default=5)
    options.add_argument("--source", default="127.0.0.1", help="the address that they come from")
    options.add_argument("--honouring", action="store_true", help="who is refused waits for Retry-After")
    options = options.parse_args()
    os.nice(NICENESS)
    crowd = Crowd(options.port, options.request.read_bytes(), options.clients, options.source, options.honouring)
    print(json.dumps(crowd.run(options.seconds)))


if __name__ == "__main__":
    main()
