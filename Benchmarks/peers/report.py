"""docs/performance.md: what was measured, on what, how, and what of the targets is reached."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import subprocess
from pathlib import Path

from gaze import REPOSITORY
from results import Group, Row
from rounds import digits

ORDER = ("forward", "streams", "layers", "training", "grad-cam", "explanations", "http", "memory", "startup")
PACKAGES = (
    "onnxruntime", "openvino", "ai-edge-litert", "torch", "torchvision", "captum", "grad-cam", "torchcam", "openvino-xai", "fastapi", "uvicorn",
    "opencv-python-headless", "numpy",
)

METHOD = """\
`Benchmarks/peers/bench.py` makes this page. Whatever is compared runs in one session, in rounds: each round gives each engine one turn of
several repetitions, beginning with another engine every time, so that a slow moment of the machine meets all. A ratio is that of two medians of
the same round; stated are the median of the rounds' ratios and [the least-the greatest]. Times are medians over all repetitions
[least-greatest]. The first call of a turn is not counted.

Gaze is asked through `Benchmarks worker`, a process that reads orders and answers with times; the engines run in the Python process. All
have the same weights, and the same input gave the same logits. ONNX Runtime: all graph optimisations, one pool of threads. OpenVINO:
`INFERENCE_PRECISION_HINT` f32, latency hint. LiteRT: its default, XNNPACK, of files that its
converter made of the same PyTorch modules. Streams: OpenVINO's throughput hint with two streams, not pinned (pinned ones may share a core);
the others one session of one thread for each. PyTorch: eager, inference mode, channels last. The explanation libraries: as their manuals
have it, at their best batch size. EfficientNet-Lite has its published weights, the others random ones (`Benchmarks/peers/networks.py`), which take
as long to compute with.

To make it again: `Benchmarks/peers/setup`, `swift build -c release`, `Benchmarks/peers/.venv/bin/python Benchmarks/peers/bench.py` on a machine that
does nothing else; with `--seconds 15` it takes some 40 minutes, has fewer rounds, and runs the peers' methods of many passes at one batch size;
`--quick` for a try. `Benchmarks kernels`, `networks`, `training`, `explain`, `codecs` and `load` measure Gaze alone."""


#: The page in a few lines: of each group the targets' rows that are ratios, from the least to the greatest.
SUMMARY = (
    ("forward", "A forward pass takes {} times as long as in the faster of ONNX Runtime and OpenVINO."),
    ("training", "A step of training takes {} times as long as PyTorch's."),
    ("grad-cam", "A forward pass with Grad-CAM takes {} times as long as that pass alone."),
    ("explanations", "Methods of many passes take {} times as long as Captum's and pytorch-grad-cam's."),
    ("http", "Explaining a picture over HTTP, one client, takes {} times as long as with FastAPI and OpenVINO."),
)


def write(path: Path, folder: Path) -> None:
    """Writes the page from the groups that `folder` keeps."""
    groups = [group for name in ORDER if (group := Group.load(folder, name))]
    parts = ["# Performance", _warning(groups), _summary(groups), "## Machine", machine(), "## Method", METHOD, "## Targets", _targets(groups)]
    for group in groups:
        parts += [f"## {group.title}", _table(group.columns, [row.cells for row in group.rows]), *group.notes, _made(group)]
    path.write_text("\n\n".join(part for part in parts if part) + "\n")


def _made(group: Group) -> str:
    if not group.rounds:
        return f"Measured {group.made}."
    least, most = min(group.rounds), max(group.rounds)
    return f"Measured {group.made}, {least if least == most else f'{least} to {most}'} {'round' if most == 1 else 'rounds'} a comparison."


def processor_flags() -> set[str]:
    """What this processor can do, in the kernel's words."""
    found = re.search(r"flags\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return set(found[1].split()) if found else set()


def machine() -> str:
    """The processor, its cores, and the versions of what ran."""
    text = Path("/proc/cpuinfo").read_text()
    name = re.search(r"model name\s*: (.*)", text)
    flags = processor_flags()
    sets = [flag for flag in ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16") if flag in flags]
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    family = "/".join(re.findall(r"(?:cpu family|model)\s*: (\d+)", text)[:2])
    versions = ", ".join(f"{package} {importlib.metadata.version(package)}" for package in PACKAGES)
    swift = subprocess.run(["swift", "--version"], capture_output=True, text=True, check=False).stdout
    release = re.search(r"Swift version ([\d.]+)", swift)
    return (
        f"{name[1] if name else platform.machine()} (family/model {family}), {text.count('processor')} cores, "
        f"{int(memory[1]) / 2**20:.0f} GiB; {', '.join(sets) or 'no SIMD sets named'}. "
        f"Linux {platform.release().split('-')[0]}, Swift {release[1] if release else '?'}, Python {platform.python_version()}, {versions}."
    )


def commit() -> str:
    """The state of the sources."""
    command = ["git", "-C", REPOSITORY, "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _warning(groups: list[Group]) -> str:
    quick = [group.title for group in groups if group.quick]
    return f"**Not to be relied upon**: a quick try, not a measurement, are: {'; '.join(quick)}." if quick else ""


def _summary(groups: list[Group]) -> str:
    by_name = {group.name: group for group in groups}
    lines = []
    for name, sentence in SUMMARY:
        rows = by_name[name].rows if name in by_name else []
        values = [row.value for row in rows
                  if row.value is not None and row.target is not None and not row.at_least and ", ms" not in row.work]
        if values:
            lines.append("- " + sentence.format(f"{digits(min(values))} to {digits(max(values))}"))
    return "\n".join(lines)


def _targets(groups: list[Group]) -> str:
    rows = [row for group in groups for row in group.rows if row.value is not None and row.target is not None]
    lines = [[row.work, _wanted(row), digits(row.value or 0), "yes" if is_reached(row) else "**no**"] for row in rows]
    reached = sum(map(is_reached, rows))
    return f"{reached} of {len(rows)} reached.\n\n" + _table(["work", "to reach", "measured", "reached"], lines)


def is_reached(row: Row) -> bool:
    assert row.value is not None and row.target is not None
    return row.value >= row.target if row.at_least else row.value <= row.target


def _wanted(row: Row) -> str:
    return f"{'at least' if row.at_least else 'at most'} {row.target:g}"


def _table(columns: list[str], rows: list[list[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
