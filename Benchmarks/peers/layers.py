"""Where a forward pass spends its time: Gaze's layers one by one, summed by kind, one thread."""

from __future__ import annotations

import json
import statistics
import subprocess
from collections import defaultdict
from dataclasses import dataclass

from gaze import Programs, Worker
from networks import Network
from results import Group, Row
from rounds import digits

KINDS = ("1x1", "3x3 and larger", "depthwise", "linear")


@dataclass
class Sum:
    """What the layers of one kind take together."""

    milliseconds: float = 0.0
    gflop: float = 0.0
    megabytes: float = 0.0


def measure(networks: list[Network], programs: Programs, worker: Worker, quick: bool) -> list[Group]:
    peak = worker.number("gflops", "peak", threads=1)
    group = Group(
        "layers", "Where a forward pass of Gaze spends its time, one thread",
        ["network", "forward ms", *(f"{kind}: ms (% of peak, GB/s)" for kind in KINDS), "the rest ms"],
    )
    for network in networks:
        sums = _sums(network, programs, quick)
        forward = statistics.median(worker.times("forward", network, threads=1, repeat=5 if quick else 30))
        rest = forward - sum(one.milliseconds for one in sums.values())
        group.rows.append(
            Row([network.title, digits(forward), *(_shown(sums[kind], peak) for kind in KINDS), digits(max(rest, 0))])
        )
        print(" | ".join(group.rows[-1].cells), flush=True)
    group.notes.append(
        f"Each distinct shape is measured alone, again and again, and counted as often as the network has it, so its input is in the cache more often "
        f"than in the network. The peak is {digits(peak)} GFLOP/s of fused multiply-adds; GB/s count input, weights and output once. A kind far below both the peak and "
        "the memory's speed is bound by its own kernel; the rest are pooling, residual sums, gates and whatever the caches lose between layers."
    )
    return [group]


def _sums(network: Network, programs: Programs, quick: bool) -> dict[str, Sum]:
    done = subprocess.run(
        [programs.benchmarks, "kernels", network.name, "--threads", "1", "--repeat", "3" if quick else "20", "--json"],
        capture_output=True, text=True, check=True,
    )
    sums: dict[str, Sum] = defaultdict(Sum)
    for row in json.loads(done.stdout):
        if row["place"] == "all":
            continue
        one = sums[_kind(row)]
        one.milliseconds += row["count"] * row["median ms"]
        one.gflop += row["count"] * row["GFLOP/s"] * row["min ms"] / 1e3
        one.megabytes += row["count"] * row["MB"]
    return sums


def _kind(row: dict[str, str]) -> str:
    if row["kind"] != "dense":
        return row["kind"]
    return "1x1" if " 1x1/" in row["shape"] else "3x3 and larger"


def _shown(one: Sum, peak: float) -> str:
    if one.milliseconds == 0:
        return ""
    speed = one.gflop / one.milliseconds * 1e3
    return f"{digits(one.milliseconds)} ({100 * speed / peak:.0f} %, {digits(one.megabytes / one.milliseconds)})"
