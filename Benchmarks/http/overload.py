#!/usr/bin/env python3
"""Goodput under overload: a few clients keep the server just busy, then come 4, 10 and 30 times as many.

Greedy ones ask again at once whatever they are told; those that honour `Retry-After` wait as long as it says. Beside them `/healthz` is asked ten
times a second, on a connection of its own each time. To reach: at ten times the load at least 90 % of the peak, and `/healthz` in at most 50 ms at the
99th percentile. The clients share the processors with the server; crowd.py says how they are kept from taking them.

    Benchmarks/http/overload.py photo.jpg
"""

import argparse
import pathlib
import shlex

from client import Server, upload
from crowd import outcome, start_crowd
from watch import Watch


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("photograph", type=pathlib.Path)
    options.add_argument("--path", default="/api/explain?include=picture&side=224")
    options.add_argument("--clients", type=int, default=8, help="that keep it just busy")
    options.add_argument("--times", nargs="+", type=int, default=[1, 4, 10, 30])
    options.add_argument("--seconds", type=float, default=15, help="of each measurement")
    options.add_argument("--rounds", type=int, default=2)
    options.add_argument("--gaze", default=None, help="the program; default: the release build of this repository")
    options.add_argument("--serve", type=shlex.split, default=[], help="more arguments of gaze serve, such as --serve='--threads 1'")
    options = options.parse_args()

    request = upload(options.path, options.photograph.read_bytes())
    with Server(*options.serve, gaze=options.gaze) as server:
        outcome(start_crowd(server.port, request, options.clients, 3))
        for _ in range(options.rounds):
            goodput = {}
            for honouring in (False, True):
                for times in options.times:
                    with Watch(server.port, server.resident_bytes) as watch:
                        crowd = outcome(start_crowd(
                            server.port, request, options.clients * times, options.seconds, honouring=honouring))
                    name = f"{times} x load, {'honouring' if honouring else 'greedy'}"
                    goodput[name] = crowd.goodput
                    print(f"{name:22}: {crowd}; {watch}", flush=True)
            peak = max(goodput.values())
            print("of the peak: " + "; ".join(f"{name} {100 * value / peak:.0f} %" for name, value in goodput.items()))
        print(f"resident after all: {server.resident_bytes() / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
