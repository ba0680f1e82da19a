"""The services: latency and throughput over HTTP, memory under load, start-up. Gaze against FastAPI with OpenVINO and ReciproCAM."""

from __future__ import annotations

import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

from gaze import REPOSITORY, Programs
from networks import NETWORKS, Files
from photographs import SIZES, photograph
from report import processor_flags
from results import Group, Row
from rounds import Effort, Series, alternate, digits, ratio
from servers import Gaze, Peer, Service, run, upload

NETWORK = NETWORKS["efficientnet-lite0"]
CLIENTS = 8


def measure(programs: Programs, models: Path, files: Files, effort: Effort) -> list[Group]:
    """Requests: a JPEG in a form, answered by the five best classes and an overlay of 224 pixels."""
    files.make(NETWORK)
    group = Group(
        "http", f"Over HTTP: JPEG in a form -> top-5 + 224 overlay PNG, {NETWORK.title}",
        ["picture", "clients", "Gaze fp32", "peer f32", "peer bf16", "Gaze to the peer"],
    )
    with contextlib.ExitStack() as stack:
        services: dict[str, Service] = {
            "Gaze": stack.enter_context(Gaze(programs, models, "--model", NETWORK.name)),
        }
        for precision in _precisions():
            services[precision] = stack.enter_context(Peer(files.onnx(NETWORK), precision))
            services[f"{precision} throughput"] = stack.enter_context(Peer(files.onnx(NETWORK), precision, "THROUGHPUT"))
        for service in services.values():
            service.wait()
        for size, target in (("224", 0.6), ("640x480", None), ("12 MP", 0.4)):
            _latency(group, services, size, target, effort)
        for size, target in (("224", 2.0), ("640x480", None), ("12 MP", None)):
            _throughput(group, services, size, target, effort)
    group.notes.append(
        "One client: p50 in ms, the peer at OpenVINO's latency hint. Eight clients: requests/s; each peer with the hint that is faster for it. "
        "The client is a socket with ready-made bytes on the same machine. The ratio at one client is to the peer at f32, at eight to its fastest."
    )
    if "bf16" not in _precisions():
        group.notes.append("This processor has no bf16: a peer at that precision is slower than at f32, and was left out.")
    return [group]


def _precisions() -> tuple[str, ...]:
    """Those at which a peer may be at its fastest on this processor."""
    return ("f32", "bf16") if {"avx512_bf16", "amx_bf16"} & processor_flags() else ("f32",)


def _requests(service: Service, requests: list[bytes], clients: int, count: int) -> tuple[list[float], float]:
    """Milliseconds of each of `count` requests, and seconds of all."""
    times, seconds = run(service.port, requests, clients, count)
    if len(times) != count:
        raise SystemExit(f"{service.name} answered {len(times)} of {count} requests.")
    return times, seconds


def _turn(service: Service, request: bytes, count: int) -> list[float]:
    return _requests(service, [request], 1, count)[0]


def _rate(service: Service, request: bytes, count: int) -> list[float]:
    return [count / _requests(service, [request], CLIENTS, count)[1]]


def _request(service: Service, size: str) -> bytes:
    """The upload, once its answer has been looked at."""
    request = upload(service.path, photograph(size), service.accept)
    connection = service.connect()
    status, body = connection.send(request)
    connection.close()
    answer = json.loads(body) if status == 200 else {}
    if len(answer.get("predictions", [])) != 5 or "picture_png" not in answer:
        raise SystemExit(f"{service.name} did not answer with five classes and a picture but with {status}: {body[:300]!r}")
    return request


def _latency(group: Group, services: dict[str, Service], size: str, target: float | None, effort: Effort) -> None:
    names = ("Gaze", *_precisions())
    count = 12 if size != "12 MP" else 4
    requests = {name: _request(services[name], size) for name in names}
    series = alternate(
        {name: lambda name=name: _turn(services[name], requests[name], count) for name in names}, effort, 3, 60
    )
    group.rounds.append(len(series["Gaze"].rounds))
    middle, least, greatest = ratio(series["Gaze"], series["f32"])
    group.rows.append(
        Row(
            [size, "1", *(f"{series[name].shown()} ms" if name in series else "" for name in ("Gaze", "f32", "bf16")),
             f"**{middle:.2f}** [{least:.2f}-{greatest:.2f}]"],
            middle, target, work=f"{size} JPEG over HTTP, one client, p50",
        )
    )
    print(" | ".join(group.rows[-1].cells), flush=True)


def _throughput(group: Group, services: dict[str, Service], size: str, target: float | None, effort: Effort) -> None:
    count = 80 if size != "12 MP" else 16
    requests = {name: _request(service, size) for name, service in services.items()}
    series = alternate(
        {
            name: lambda name=name: _rate(services[name], requests[name], count) for name in services
        }, effort, 2, 20,
    )
    group.rounds.append(len(series["Gaze"].rounds))
    peers = {precision: _faster(series, precision) for precision in _precisions()}
    fastest = max(peers.values(), key=lambda one: one.median)
    middle, least, greatest = ratio(series["Gaze"], fastest)
    group.rows.append(
        Row(
            [size, str(CLIENTS), f"{series['Gaze'].shown()} /s",
             *(f"{peers[name].shown()} /s" if name in peers else "" for name in ("f32", "bf16")),
             f"**{middle:.2f}** [{least:.2f}-{greatest:.2f}]"],
            middle, target, at_least=True, work=f"{size} JPEG over HTTP, eight clients, requests/s to the peer's fastest",
        )
    )
    print(" | ".join(group.rows[-1].cells), flush=True)


def _faster(series: dict[str, Series], precision: str) -> Series:
    return max(series[precision], series[f"{precision} throughput"], key=lambda one: one.median)


def memory(programs: Programs, models: Path, files: Files, effort: Effort) -> list[Group]:
    """Resident memory after many mixed requests."""
    count = effort.count(400, 10_000)
    group = Group(
        "memory", f"Resident memory, MiB, {NETWORK.title}",
        ["service", "at first", "at the end", "kept analyses", "beyond them", "requests"],
    )
    files.make(NETWORK)
    first, last, kept, beyond = _soak(programs, models, files, count)
    group.rows.append(
        Row(["Gaze", *map(digits, (first, last, kept)), f"**{digits(beyond)}**", str(count)], beyond, 120,
            work="resident memory beyond kept analyses, MiB")
    )
    with Peer(files.onnx(NETWORK), "f32") as service:
        _request(service, "224")
        first = service.resident_mebibytes()
        mixed = [upload(service.path, photograph(size), service.accept) for size in SIZES]
        _requests(service, mixed, CLIENTS, min(count, 900))
        last = service.resident_mebibytes()
    group.rows.append(Row([service.name, digits(first), digits(last), "0", f"**{digits(last)}**", str(min(count, 900))]))
    group.notes.append(
        "Gaze: the mixture of `Benchmarks/http/soak.py` (uploads in several forms, pictures, maps, kept analyses, files that are no images) at "
        "eight clients, with pictures of 224, 640x480 and 12 megapixels. The peer: uploads of the same pictures, fewer of them."
    )
    for row in group.rows:
        print(" | ".join(row.cells), flush=True)
    return [group]


def _soak(programs: Programs, models: Path, files: Files, count: int) -> list[float]:
    """Resident at first and at the end, kept analyses, and what is beyond them, in MiB."""
    paths = []
    for size in SIZES:
        path = files.folder / f"{size.replace(' ', '')}.jpg"
        path.write_bytes(photograph(size))
        paths.append(path)
    done = subprocess.run(
        [sys.executable, REPOSITORY / "Benchmarks/http/soak.py", *paths, "--requests", str(count), "--gaze", programs.gaze],
        env={**os.environ, "GAZE_MODELS": str(models)}, capture_output=True, text=True, check=False,
    )
    lines = re.findall(r"resident +([\d.]+) MiB, kept analyses +([\d.]+), beyond them +([\d.]+)", done.stdout)
    if done.returncode != 0 or len(lines) < 2:
        raise SystemExit(f"soak.py failed: {done.stdout[-500:]}{done.stderr[-500:]}")
    return [float(lines[0][0]), *map(float, lines[-1])]


def startup(programs: Programs, models: Path, files: Files, effort: Effort) -> list[Group]:
    """From the start of the process to the first explained image, with all files in the cache."""
    group = Group(
        "startup", f"Process start to the first explained image, {NETWORK.title}, files in the cache", ["service", "ms"]
    )
    files.make(NETWORK)
    makers = {
        "Gaze": lambda: Gaze(programs, models, "--model", NETWORK.name),
        "FastAPI + OpenVINO f32": lambda: Peer(files.onnx(NETWORK), "f32"),
    }
    photo = photograph("224")
    for name, make in makers.items():
        times = []
        for _ in range(4 if effort.quick else 8 if effort.is_bounded else 15):
            with make() as service:
                connection = service.connect()
                status, body = connection.send(upload(service.path, photo, service.accept))
                times.append((time.perf_counter() - service.begin) * 1e3)
                connection.close()
            if status != 200:
                raise SystemExit(f"{name} answered {status}: {body[:300]!r}")
        # The first start warms the file cache.
        series = Series([times[1:]])
        is_gaze = name == "Gaze"
        group.rows.append(
            Row([name, series.shown()], statistics.median(times[1:]) if is_gaze else None, 120 if is_gaze else None,
                work="process start to first explained image, ms")
        )
        print(" | ".join(group.rows[-1].cells), flush=True)
    return [group]
