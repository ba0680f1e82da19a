#!/usr/bin/env python3
"""From the start of the process to the first explained image, files in the cache: `gaze serve` answering, and `gaze explain` ended.

    Benchmarks/http/startup.py photo.jpg
"""

import argparse
import pathlib
import statistics
import subprocess
import tempfile
import time

from client import REPOSITORY, Connection, Server, upload


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("photograph", type=pathlib.Path)
    options.add_argument("--path", default="/api/explain?side=224")
    options.add_argument("--starts", type=int, default=15)
    options.add_argument("--gaze", default=REPOSITORY / ".build/release/gaze", help="the program; default: the release build of this repository")
    options = options.parse_args()

    request = upload(options.path, options.photograph.read_bytes(), accept="image/png")
    ready, answered, ended = [], [], []
    for _ in range(options.starts):
        with Server(gaze=options.gaze) as server:
            ready.append((time.perf_counter() - server.begin) * 1e3)
            status, body = Connection(server.port).send(request)
            answered.append((time.perf_counter() - server.begin) * 1e3)
            if status != 200:
                raise SystemExit(f"{status}: {body[:300]!r}")
        with tempfile.TemporaryDirectory() as folder:
            begin = time.perf_counter()
            subprocess.run(
                [options.gaze, "explain", options.photograph, "--out", f"{folder}/out.png"], check=True, stdout=subprocess.DEVNULL)
            ended.append((time.perf_counter() - begin) * 1e3)
    for name, times in (("serve: ready", ready), ("serve: first image explained", answered), ("explain: ended", ended)):
        print(f"{name:30} median {statistics.median(times):6.1f} ms, minimum {min(times):6.1f} ms")


if __name__ == "__main__":
    main()
