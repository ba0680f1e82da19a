#!/usr/bin/env python3
"""Compares Gaze with what a user would pick instead, and writes docs/performance.md.

    Benchmarks/peers/.venv/bin/python Benchmarks/peers/bench.py             # everything: an hour or two on a quiet machine
    ... bench.py --seconds 15                                               # everything in some 40 minutes, of fewer rounds where they are long
    ... bench.py forward --networks resnet50 efficientnet-lite0 --quick

Each group of rows is kept in the cache folder when it is done, so that groups may be run one by one; the page shows the last run of each.
"""

from __future__ import annotations

import argparse
import datetime
import os
from collections.abc import Callable
from pathlib import Path

import explanations
import forward
import layers
import report
import training
import web
from gaze import REPOSITORY, Programs, Worker, store
from networks import NETWORKS, Files, Network
from results import Group
from rounds import LEAST_ROUNDS, Effort

GROUPS = ("forward", "layers", "training", "grad-cam", "explanations", "http", "memory", "startup")
LONG = ("efficientnet-lite0", "resnet50")


def main() -> None:
    options = _options()
    files, programs = Files(options.cache), Programs(options.programs)
    effort = Effort(options.quick, options.seconds)
    results = options.cache / ("quick" if options.quick else "results")
    if not options.report_only:
        programs.check()
        networks = [NETWORKS[name] for name in options.networks]
        for name in options.groups:
            _note_load()
            for group in _measure(name, networks, files, programs, effort):
                group.quick = options.quick
                group.made = (
                    f"{datetime.datetime.now():%Y-%m-%d %H:%M}, Gaze at {report.commit()}, load average before {os.getloadavg()[1]:.1f}"
                )
                group.save(results)
    page = options.page or (options.cache / "performance-quick.md" if options.quick else REPOSITORY / "docs/performance.md")
    report.write(page, results)
    print(f"wrote {page}")


def _measure(name: str, networks: list[Network], files: Files, programs: Programs, effort: Effort) -> list[Group]:
    long = [network for network in networks if network.name in LONG]
    models = store(programs, files, [*networks, *([] if web.NETWORK in networks else [web.NETWORK])])
    services: dict[str, Callable[[Programs, Path, Files, Effort], list[Group]]] = {
        "http": web.measure, "memory": web.memory, "startup": web.startup,
    }
    if name in services:
        return services[name](programs, models, files, effort)
    with Worker(programs, models) as worker:
        if name == "forward":
            return forward.measure(networks, files, worker, effort)
        if name == "layers":
            return layers.measure(networks, programs, worker, effort)
        if name == "training":
            return training.measure(worker, effort)
        if name == "grad-cam":
            return explanations.grad_cam(networks, files, worker, effort)
        return explanations.many_passes(long, files, worker, effort)


def _note_load() -> None:
    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"The machine is busy (load {load:.1f}): what is measured now is good for a try only.", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", nargs="*", default=list(GROUPS), metavar="group", help=f"of {', '.join(GROUPS)}; default: all")
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS), choices=list(NETWORKS), metavar="network")
    parser.add_argument("--quick", action="store_true", help="few rounds; the page goes to the cache folder")
    parser.add_argument(
        "--seconds", type=float, help=f"what a comparison may take, but for its first {LEAST_ROUNDS} rounds; default: it takes all its rounds"
    )
    parser.add_argument("--report-only", action="store_true", help="write the page from what was measured before")
    parser.add_argument("--page", type=Path, help="default: docs/performance.md")
    parser.add_argument("--programs", type=Path, default=REPOSITORY / ".build/release", help="folder of gaze and Benchmarks")
    parser.add_argument("--cache", type=Path, default=Path(__file__).parent / ".cache", help="models and results")
    options = parser.parse_args()
    if unknown := set(options.groups) - set(GROUPS):
        parser.error(f"no group {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    return options


if __name__ == "__main__":
    main()
