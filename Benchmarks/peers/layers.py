"""Where a forward pass spends its time: Gaze's layers one by one, summed by what bounds them, one thread."""

from __future__ import annotations

import json
import re
import subprocess
from collections import defaultdict
from dataclasses import dataclass

from gaze import Programs, Worker
from networks import Network
from results import Group, Row
from rounds import Effort, digits

KINDS = ("1x1", "3x3 and larger", "depthwise", "linear")
# Sums that are no longer than this end before their tile's loads and stores are paid for.
SHORT_SUM = 128
# Output pixels that are no more than this give each weight, read from afar, too little to do.
FEW_PIXELS = 64
# Causes that are named, those that cost most.
NAMED = 3


@dataclass
class Sum:
    """What the layers of one kind take together."""

    milliseconds: float = 0.0
    gflop: float = 0.0
    megabytes: float = 0.0


def measure(networks: list[Network], programs: Programs, worker: Worker, effort: Effort) -> list[Group]:
    peak = worker.number("gflops", "peak", threads=1)
    group = Group(
        "layers", "Where a forward pass of Gaze spends its time, one thread",
        ["network", "forward ms", "share of peak", *(f"{kind}: ms (% of peak, GB/s)" for kind in KINDS), "the rest ms",
         "what bounds it: ms beyond those at the peak"],
    )
    for network in networks:
        layers = _layers(network, programs, effort)
        sums: dict[str, Sum] = defaultdict(Sum)
        for layer in layers:
            _add(sums[_kind(layer)], layer)
        forward = min(worker.times("forward", network, threads=1, repeat=effort.count(10, 60)))
        rest = forward - sum(one.milliseconds for one in sums.values())
        share = 2 * network.mmacs / forward / peak
        group.rows.append(
            Row(
                [network.title, digits(forward), f"{100 * share:.0f} %", *(_shown(sums[kind], peak) for kind in KINDS),
                 _signed(rest), _bounds(layers, rest, peak)]
            )
        )
        print(" | ".join(group.rows[-1].cells), flush=True)
    group.notes.append(
        f"Least times. Each distinct shape is measured alone, again and again, and counted as often as the network has it, so its input is in the cache more often "
        f"than in the network. The peak is {digits(peak)} GFLOP/s of fused multiply-adds; GB/s count input, weights and output once. The rest are pooling, "
        "residual sums, gates and what the caches lose between layers; it is below zero where fused blocks keep their wide values in the cache, which the layers one by "
        f"one do not. Layers are told apart by what keeps them from the peak: short sums (up to {SHORT_SUM} products: loads, stores and the epilogue take as long as the "
        f"multiplications), few pixels (up to {FEW_PIXELS} an image: each weight comes from the last cache or memory for so many products), the gathered patches of strided "
        "3x3 and larger filters, Winograd's transforms (whose products are fewer than the textbook's, so that the time may be below that of the peak), depthwise (nine products a "
        "value: loads and stores), linear (each weight used once: memory), and long sums (the tile's own kernel)."
    )
    return [group]


def _layers(network: Network, programs: Programs, effort: Effort) -> list[dict[str, str]]:
    done = subprocess.run(
        [programs.benchmarks, "kernels", network.name, "--threads", "1", "--repeat", str(effort.count(3, 20)), "--json"],
        capture_output=True, text=True, check=True,
    )
    return [row for row in json.loads(done.stdout) if row["place"] != "all"]


def _add(total: Sum, layer: dict[str, str]) -> None:
    total.milliseconds += layer["count"] * layer["min ms"]
    total.gflop += layer["count"] * layer["GFLOP/s"] * layer["min ms"] / 1e3
    total.megabytes += layer["count"] * layer["MB"]


def _kind(layer: dict[str, str]) -> str:
    if layer["kind"] != "dense":
        return layer["kind"]
    return "1x1" if " 1x1/" in layer["shape"] else "3x3 and larger"


def _shown(one: Sum, peak: float) -> str:
    if one.milliseconds == 0:
        return ""
    speed = one.gflop / one.milliseconds * 1e3
    return f"{digits(one.milliseconds)} ({100 * speed / peak:.0f} %, {digits(one.megabytes / one.milliseconds)})"


def _bounds(layers: list[dict[str, str]], rest: float, peak: float) -> str:
    """The causes that cost most, with what they take beyond the time at the peak."""
    causes: dict[str, Sum] = defaultdict(Sum)
    for layer in layers:
        _add(causes[_cause(layer)], layer)
    lost = {cause: one.milliseconds - one.gflop / peak * 1e3 for cause, one in causes.items()}
    lost["between layers" if rest > 0 else "fused blocks"] = rest
    named = sorted(lost, key=lambda cause: abs(lost[cause]), reverse=True)[:NAMED]
    return ", ".join(f"{cause} {_signed(lost[cause])}" for cause in named)


def _cause(layer: dict[str, str]) -> str:
    if layer["kind"] != "dense":
        return layer["kind"]
    found = re.match(r"(\d+)x(\d+)x(\d+) (\d+)x\d+/(\d+) -> \d+", layer["shape"])
    assert found, layer["shape"]
    height, width, inputs, kernel, stride = map(int, found.groups())
    pixels = height * width // stride**2
    if kernel == 3 and stride == 1 and pixels >= 100:
        return "Winograd"
    if pixels <= FEW_PIXELS:
        return "few pixels"
    if inputs * kernel**2 <= SHORT_SUM:
        return "short sums"
    return "gathered patches" if kernel > 1 else "long sums"


def _signed(milliseconds: float) -> str:
    return f"{'-' if milliseconds < 0 else ''}{digits(abs(milliseconds))}"
