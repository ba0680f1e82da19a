#!/usr/bin/env python3
"""Resident memory of `gaze serve` over thousands of mixed requests, beyond what kept analyses take.

Uploads of several sizes and kinds, pictures, raw maps, JSON, kept analyses asked again and deleted, files that are no images. Refusals
are part of the mixture, failures of the server end the measurement.

    Benchmarks/http/soak.py photographs...
"""

import argparse
import json
import pathlib
import random
import threading

from client import Connection, Server, get, upload


def visit(connection, photographs, chance):
    """One user's requests, between one and five of them; gives how many they were."""
    photograph = chance.choice(photographs)
    match chance.randrange(8):
        case 0 | 1:
            expect(connection, upload("/api/explain?side=224&include=picture", photograph), 200)
        case 2:
            expect(connection, upload("/api/explain", photograph, accept="image/png", form=False), 200)
        case 3:
            expect(connection, upload("/api/explain?resolution=input", photograph, accept="application/json"), 200)
        case 4:
            expect(connection, upload("/api/explain", b"no image" * 1000, form=False), 415)
        case 5:
            expect(connection, upload("/api/explain", photograph[: len(photograph) // 2], form=False), 422)
        case _:
            address = json.loads(expect(connection, upload("/api/analyses", photograph), 201))["links"]["self"]
            for part in ("image.jpg", f"heatmap.png?class={chance.randrange(1000)}&overlay=false", "saliency.npy?resolution=input"):
                expect(connection, get(f"{address}/{part}"), 200)
            if chance.random() < 0.3:
                expect(connection, get(address).replace(b"GET", b"DELETE", 1), 204)
                return 5
            return 4
    return 1


def expect(connection, request, status):
    got, body = connection.send(request)
    if got != status:
        raise SystemExit(f"expected {status}, got {got}: {body[:300]!r}")
    return body


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("photographs", nargs="+", type=pathlib.Path)
    options.add_argument("--requests", type=int, default=10_000)
    options.add_argument("--clients", type=int, default=8)
    options.add_argument("--cache", type=int, default=64, help="megabytes for kept analyses, so that they are full soon")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--gaze", default=None, help="the program; default: the release build of this repository")
    options = options.parse_args()

    photographs = [photograph.read_bytes() for photograph in options.photographs]
    with Server("--cache", str(options.cache), gaze=options.gaze) as server:
        done, faults, lock = [0], [], threading.Lock()

        def serve(number):
            chance, connection = random.Random(options.seed * 1000 + number), Connection(server.port)
            while done[0] < options.requests and not faults:
                try:
                    count = visit(connection, photographs, chance)
                except BaseException as fault:  # the thread's end must be everyone's
                    faults.append(fault)
                    return
                with lock:
                    before, done[0] = done[0], done[0] + count
                    if before // 1000 != done[0] // 1000:
                        report(server, done[0])

        report(server, 0)
        threads = [threading.Thread(target=serve, args=(number,)) for number in range(options.clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if faults:
            raise SystemExit(f"after {done[0]} requests: {faults[0]}")
        report(server, done[0])


def report(server, requests):
    resident = server.resident_bytes() / 2**20
    kept, lent, idle = (server.metric(f"gaze_{name}_bytes") / 2**20 for name in ("analyses_kept", "tensor", "tensor_idle"))
    print(
        f"{requests:6} requests: resident {resident:6.1f} MiB, kept analyses {kept:6.1f}, beyond them {resident - kept:6.1f}; "
        f"of that tensors' idle memory {idle:5.1f}, tensors beyond kept ones {max(lent - kept, 0):5.1f}", flush=True)


if __name__ == "__main__":
    main()
