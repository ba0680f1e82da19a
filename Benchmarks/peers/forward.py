"""Forward passes of the networks: latency with one and two threads, and throughput of two streams of one thread."""

from __future__ import annotations

import gc

import numpy as np

from engines import ENGINES, Engine
from gaze import Worker
from networks import Files, Network
from results import Group, Row
from rounds import Effort, Series, Turn, alternate, digits, geometric_mean, ratio

# Largest difference of a logit from PyTorch's, as a share of the largest logit.
TOLERANCE = 1e-3
RIVALS = ("ONNX Runtime", "OpenVINO", "LiteRT")


def measure(networks: list[Network], files: Files, worker: Worker, effort: Effort) -> list[Group]:
    """Two groups: latency and throughput."""
    latency = Group(
        "forward", "Forward pass, batch 1, fp32",
        ["network", "threads", "Gaze ms", "ONNX Runtime ms", "OpenVINO ms", "LiteRT ms", "PyTorch ms", "fastest of the three",
         "Gaze / fastest", "Gaze GFLOP/s", "share of peak"],
    )
    throughput = Group(
        "streams", "Throughput: two streams of one thread, images/s",
        ["network", "Gaze", "ONNX Runtime", "OpenVINO", "LiteRT", "PyTorch", "fastest of the three / Gaze"],
    )
    for network in networks:
        files.make(network)
        check(network, files, worker)
    for threads in (1, 2):
        _latency(latency, networks, files, worker, threads, effort)
    _throughput(throughput, networks, files, worker, effort)
    latency.notes.append(
        f"Logits of all engines agree within {TOLERANCE} of the largest logit. GFLOP/s are those of the textbook's convolution: a kernel that "
        "saves multiplications (Winograd) may show more than it does."
    )
    return [latency, throughput]


def check(network: Network, files: Files, worker: Worker) -> None:
    """Ends the run unless all engines give PyTorch's logits: only equal work can be compared."""
    reference = ENGINES["torch"](network, files, 1).logits()
    scale = float(np.abs(reference).max())
    given = {"Gaze": worker.logits(network, files)}
    for key in ("ort", "openvino", "litert"):
        given[ENGINES[key].name] = ENGINES[key](network, files, 1).logits()
    for name, logits in given.items():
        difference = float(np.abs(logits - reference).max()) / scale
        print(f"{network.name}: {name} differs from PyTorch by {difference:.1e} of the largest logit", flush=True)
        if not difference <= TOLERANCE:
            raise SystemExit(f"{name} computes something else for {network.name}; nothing was compared.")


def _latency(
    group: Group, networks: list[Network], files: Files, worker: Worker, threads: int, effort: Effort
) -> None:
    peak = worker.number("gflops", "peak", threads=threads)
    ratios = []
    for network in networks:
        repeat = _repeat(network)
        engines: list[Engine] = [kind(network, files, threads) for kind in ENGINES.values()]
        turns: dict[str, Turn] = {engine.name: _turn(engine, repeat) for engine in engines}
        turns["Gaze"] = lambda network=network, repeat=repeat: worker.times(
            "forward", network, threads=threads, repeat=repeat
        )
        series = alternate(turns, effort, 5, 60)
        group.rounds.append(len(series["Gaze"].rounds))
        rival = min(RIVALS, key=lambda name: series[name].median)
        middle, least, greatest = ratio(series["Gaze"], series[rival])
        ratios.append(middle)
        speed = 2 * network.mmacs / series["Gaze"].median
        group.rows.append(
            Row(
                [network.title, str(threads), *(series[name].shown() for name in ("Gaze", *RIVALS, "PyTorch")),
                 rival, f"**{middle:.2f}** [{least:.2f}-{greatest:.2f}]", digits(speed), f"{100 * speed / peak:.0f} %"],
                middle, 1.0, work=f"forward of {network.title}, {_threads(threads)}",
            )
        )
        print(" | ".join(group.rows[-1].cells), flush=True)
        del engines, turns
        gc.collect()
    mean = geometric_mean(ratios)
    cells = ["geometric mean", str(threads), "", "", "", "", "", "", f"**{mean:.2f}**", "", f"peak {digits(peak)} GFLOP/s"]
    target = 0.9 if threads == 2 else None
    group.rows.append(Row(cells, mean, target, work=f"forward, geometric mean of the networks, {_threads(threads)}"))


def _throughput(group: Group, networks: list[Network], files: Files, worker: Worker, effort: Effort) -> None:
    for network in networks:
        repeat = _repeat(network)
        calls = {kind.name: kind.throughput(network, files, 2) for kind in ENGINES.values()}
        turns: dict[str, Turn] = {
            name: lambda call=call, repeat=repeat: [call(repeat)] for name, call in calls.items()
        }
        turns["Gaze"] = lambda network=network, repeat=repeat: [
            worker.number("per_second", "streams", network, count=2, repeat=repeat)
        ]
        series: dict[str, Series] = alternate(turns, effort, 5, 30)
        group.rounds.append(len(series["Gaze"].rounds))
        rival = max(RIVALS, key=lambda name: series[name].median)
        middle, least, greatest = ratio(series[rival], series["Gaze"])
        group.rows.append(
            Row(
                [network.title, *(series[name].shown() for name in ("Gaze", *RIVALS, "PyTorch")),
                 f"**{middle:.2f}** [{least:.2f}-{greatest:.2f}]"],
                middle, 1.0, work=f"two streams of {network.title} (time for an image)",
            )
        )
        print(" | ".join(group.rows[-1].cells), flush=True)
        del calls, turns
        gc.collect()


def _turn(engine: Engine, repeat: int) -> Turn:
    return lambda: engine.times(repeat)


def _repeat(network: Network) -> int:
    """Passes of a turn: about a tenth of a second at 60 GFLOP/s. A shared machine's slow moments are longer, and then meet all turns of a round."""
    return max(2, min(10, 3_000 // network.mmacs))


def _threads(count: int) -> str:
    return "one thread" if count == 1 else f"{count} threads"
