#!/usr/bin/env python3
"""What a server feels of attacks, one after the other on the same process, and what is left of its memory after all.

The attackers come from 127.0.0.2, whoever is served beside them from 127.0.0.1. `Tests/Service` states what must hold of each; here it is measured.
To reach: `/healthz` in at most 50 ms at the 99th percentile, every upload beside an attack answered, and at the end at most 160 MiB beyond kept
analyses.

    Benchmarks/http/attacks.py photo.jpg
"""

import argparse
import pathlib
import resource
import shlex
import time
from contextlib import ExitStack, contextmanager

from client import Server, quantile, upload
from crowd import at_work, outcome, start_crowd
from watch import Watch
from wire import Closed, Wire, get, png, post

ATTACKER = "127.0.0.2"
FILES = 1024


class Attacks:
    def __init__(self, server, photograph, seconds):
        self.port, self.photograph, self.seconds = server.port, photograph, seconds

    def connect(self, **how):
        return Wire(self.port, ATTACKER, **how)

    @contextmanager
    def connections(self, count, data, **how):
        with ExitStack() as stack:
            for _ in range(count):
                try:
                    stack.enter_context(self.connect(timeout=10, **how)).send(data)
                except OSError:
                    pass
            yield

    def silent_connections(self):
        return self.connections(FILES + 76, b"")

    def half_heads(self):
        return self.connections(FILES + 76, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")

    def bodies_of_one_byte(self):
        return self.connections(500, post("/api/analyses", b"\xff", "Content-Length: 1000000"))

    def bodies_left_standing(self):
        return self.connections(30, post("/api/analyses", bytes(12 << 20), "Content-Length: 30000000"))

    def long_methods(self):
        return self.connections(8, upload("/api/explain?method=rise&masks=10000", self.photograph))

    @contextmanager
    def unread_answers(self):
        with self.connect() as wire:
            address = wire.ask(post("/api/analyses", png(5000, 5000))).json()["links"]["self"]
        with self.connections(12, get(f"{address}/saliency.npy?resolution=image"), receive_buffer=1 << 16):
            yield

    @contextmanager
    def greedy_uploads(self, clients=60, honouring=False):
        crowd = start_crowd(
            self.port, upload("/api/analyses", self.photograph), clients, self.seconds + 1, ATTACKER, honouring)
        yield
        print(f"{'':28}the crowd: {outcome(crowd)}")

    def a_thousand_that_come_back(self):
        return self.greedy_uploads(1000, honouring=True)

    def repeated(self, *requests):
        """Sends requests one after the other, whatever comes of them."""

        def ask(stop):
            while not stop.is_set():
                for request in requests:
                    try:
                        with self.connect(timeout=5) as wire:
                            wire.push(request, seconds=2)
                            wire.answer(seconds=2)
                    except (OSError, Closed, ValueError):
                        pass

        return at_work(6, ask)

    def texts_without_end(self):
        address = "/api/explain?class=" + "qzx+qzx" * 2300
        return self.repeated(
            post(address, self.photograph), get("/" + "a" * 1_000_000), get("/healthz", "X-Long: " + "v" * 1_000_000))

    def refused_bodies(self):
        endless = "Content-Length: 40000000000"
        return self.repeated(*[post(path, bytes(64 << 20), endless) for path in ("/api/analyses", "/nowhere", "/healthz")])

    def what_is_no_http(self):
        return self.repeated(b"nonsense\r\n\r\n", bytes(10_000), post("/api/analyses", b"", "Transfer-Encoding: gzip, chunked"))


def polite_uploads(port, photograph, seconds):
    """A client with a request a second; gives the milliseconds of those that were answered and how many there were."""
    times, count, end = [], 0, time.monotonic() + seconds
    request = upload("/api/explain", photograph)
    while (begin := time.monotonic()) < end:
        count += 1
        try:
            with Wire(port, timeout=25) as wire:
                if wire.ask(request).status == 200:
                    times.append((time.monotonic() - begin) * 1e3)
        except (OSError, Closed):
            pass
        time.sleep(max(begin + 1 - time.monotonic(), 0))
    return times, count


def main():
    helpers = ("__init__", "connect", "connections", "repeated")
    attacks = [name for name, kind in vars(Attacks).items() if callable(kind) and name not in helpers]
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("photograph", type=pathlib.Path)
    options.add_argument("--attacks", nargs="+", choices=attacks, default=attacks)
    options.add_argument("--seconds", type=float, default=20, help="of each")
    options.add_argument("--gaze", default=None, help="the program; default: the release build of this repository")
    options.add_argument("--serve", type=shlex.split, default=[], help="more arguments of gaze serve, such as --serve='--threads 1'")
    options = options.parse_args()

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    photograph = options.photograph.read_bytes()
    with Server(*options.serve, gaze=options.gaze, files=FILES) as server:
        print(f"at the beginning: resident {server.resident_bytes() >> 20} MiB", flush=True)
        attack = Attacks(server, photograph, options.seconds)
        for name in options.attacks:
            with getattr(attack, name)(), Watch(server.port, server.resident_bytes) as watch:
                times, count = polite_uploads(server.port, photograph, options.seconds)
            if server.process.poll() is not None:
                raise SystemExit(f"{name}: the process ended with {server.process.returncode}")
            median = f", median {quantile(times, 0.5):.0f} ms, greatest {max(times):.0f} ms" if times else ""
            print(f"{name.replace('_', ' '):27} uploads beside it: {len(times)} of {count}{median}; {watch}", flush=True)
        time.sleep(15)
        kept, resident = server.metric("gaze_analyses_kept_bytes"), server.resident_bytes()
        print(f"after all: resident {resident >> 20} MiB, beyond kept analyses {(resident - kept) / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
