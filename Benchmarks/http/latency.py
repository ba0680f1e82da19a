#!/usr/bin/env python3
"""Latency and throughput of one request over HTTP: what it takes from the upload of a photograph to its answer.

    Benchmarks/http/latency.py photo.jpg --clients 1 8
"""

import argparse
import pathlib

from client import Server, quantile, run, upload


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("photographs", nargs="+", type=pathlib.Path)
    options.add_argument("--path", default="/api/explain?include=picture&side=224")
    options.add_argument("--accept", default="application/json")
    options.add_argument("--clients", nargs="+", type=int, default=[1, 8])
    options.add_argument("--requests", type=int, default=300, help="of each round")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--threads", default=None, help="given to gaze serve")
    options.add_argument("--gaze", default=None, help="the program; default: the release build of this repository")
    options = options.parse_args()

    arguments = ["--threads", options.threads] if options.threads else []
    with Server(*arguments, gaze=options.gaze) as server:
        for photograph in options.photographs:
            request = upload(options.path, photograph.read_bytes(), options.accept)
            run(server.port, [request], 1, 10)
            for clients in options.clients:
                for _ in range(options.rounds):
                    cpu = server.cpu_seconds()
                    times, seconds = run(server.port, [request], clients, options.requests)
                    cpu = (server.cpu_seconds() - cpu) / len(times) * 1e3
                    print(
                        f"{photograph.name:20} {clients} clients: p50 {quantile(times, 0.5):7.2f} ms, p99 {quantile(times, 0.99):7.2f} ms, "
                        f"minimum {min(times):7.2f} ms, {len(times) / seconds:6.1f} requests/s, {cpu:6.2f} ms of processor a request, "
                        f"resident {server.resident_bytes() / 2**20:.0f} MiB", flush=True)


if __name__ == "__main__":
    main()
