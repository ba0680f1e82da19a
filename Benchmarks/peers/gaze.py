"""Gaze's side: its own model store with the weights of the comparison, and the process that measures on demand."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from networks import Files, Network, picture

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Programs:
    """The release build that is measured."""

    folder: Path = REPOSITORY / ".build/release"

    @property
    def gaze(self) -> Path:
        return self.folder / "gaze"

    @property
    def benchmarks(self) -> Path:
        return self.folder / "Benchmarks"

    def check(self) -> None:
        for product in (self.gaze, self.benchmarks):
            if not product.exists():
                raise SystemExit(
                    f"{product} is missing. Build it first: swift build -c release --product {product.name}"
                )


def store(programs: Programs, files: Files, networks: list[Network]) -> Path:
    """A model store with these networks, in the cache folder; what is there already stays."""
    folder = files.folder / "models"
    for network in networks:
        if (folder / network.name / "model.json").exists():
            continue
        files.make(network)
        done = subprocess.run(
            [programs.gaze, "models", "import", files.weights(network), "--network", network.name, "--name", network.name],
            env={**os.environ, "GAZE_MODELS": str(folder)}, capture_output=True, text=True, check=False,
        )
        if done.returncode != 0:
            raise SystemExit(f"gaze models import failed for {network.name}: {done.stderr or done.stdout}")
    return folder


class Worker:
    """`Benchmarks worker`: one line in, one line of JSON out."""

    def __init__(self, programs: Programs, models: Path) -> None:
        self._process = subprocess.Popen(
            [programs.benchmarks, "worker", "--store", models], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def ask(self, command: str, network: Network | None = None, **values: object) -> dict[str, object]:
        words = [command, *([network.name] if network else []), *(f"{key}={value}" for key, value in values.items())]
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(" ".join(words) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"Benchmarks worker ended at '{' '.join(words)}'.")
        answer: dict[str, object] = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"{' '.join(words)}: {answer['error']}")
        return answer

    def times(self, command: str, network: Network, **values: object) -> list[float]:
        """Milliseconds of each repetition."""
        answer = self.ask(command, network, **values)["ms"]
        assert isinstance(answer, list)
        return answer

    def number(self, key: str, command: str, network: Network | None = None, **values: object) -> float:
        answer = self.ask(command, network, **values)[key]
        assert isinstance(answer, int | float)
        return float(answer)

    def logits(self, network: Network, files: Files) -> np.ndarray:
        """The logits of `picture(network)`."""
        path = files.folder / f"{network.name}.input"
        np.ascontiguousarray(picture(network)[0].transpose(1, 2, 0)).tofile(path)
        return np.array(self.ask("logits", network, input=path)["logits"], dtype=np.float32)
