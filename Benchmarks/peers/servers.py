"""The two services as processes of our own, on this machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from gaze import REPOSITORY, Programs

sys.path.insert(0, str(REPOSITORY / "Benchmarks/http"))
from client import PAGE_BYTES, Connection, get, run, upload  # noqa: F401

START_SECONDS = 60.0


class Service:
    """A server in a process of its own, ended with the block."""

    name: str
    path: str
    accept = "application/json"

    def __init__(self, command: list[str | Path], environment: dict[str, str], port: int) -> None:
        self.port = port
        self.begin = time.perf_counter()
        # A file, since a full pipe would stop a server that writes a log.
        self._words = tempfile.TemporaryFile(mode="w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=self._words
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._words.close()

    def connect(self) -> Connection:
        """A connection, as soon as the server takes one."""
        deadline = time.perf_counter() + START_SECONDS
        while time.perf_counter() < deadline:
            if self._process.poll() is not None:
                self._words.seek(0)
                raise SystemExit(f"{self.name} ended: {self._words.read()[-2000:]}")
            try:
                return Connection(self.port)
            except OSError:
                time.sleep(0.002)
        raise SystemExit(f"{self.name} did not start within {START_SECONDS:.0f} s.")

    def wait(self) -> None:
        connection = self.connect()
        connection.send(get("/healthz"))
        connection.close()

    def resident_mebibytes(self) -> float:
        """Of the process and its children."""
        pids = [self._process.pid, *_children(self._process.pid)]
        pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
        return pages * PAGE_BYTES / 2**20


class Gaze(Service):
    name = "Gaze"
    path = "/api/explain?include=picture&side=224"

    def __init__(self, programs: Programs, models: Path, *arguments: str) -> None:
        port = free_port()
        super().__init__(
            [programs.gaze, "serve", "--port", str(port), *arguments], {"GAZE_MODELS": str(models)}, port
        )


class Peer(Service):
    path = "/explain"

    def __init__(self, onnx: Path, precision: str, hint: str = "LATENCY") -> None:
        self.name = f"FastAPI + OpenVINO {precision}, {hint.lower()}"
        port = free_port()
        super().__init__(
            [sys.executable, Path(__file__).with_name("service.py"), str(port)],
            {"PEER_MODEL": str(onnx), "PEER_PRECISION": precision, "PEER_HINT": hint}, port,
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]
