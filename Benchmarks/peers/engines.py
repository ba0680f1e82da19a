"""The peers' engines: each runs one network on one input, with a number of threads, or as several streams of one thread."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np

from networks import Files, Network, model, picture


class Engine(ABC):
    """An engine with a network loaded."""

    name: str

    @abstractmethod
    def __init__(self, network: Network, files: Files, threads: int) -> None: ...

    @abstractmethod
    def call(self) -> np.ndarray:
        """A forward pass of `picture(network)`: [1, classes], valid until the next."""

    def logits(self) -> np.ndarray:
        """The logits of `picture(network)`."""
        return np.array(self.call()[0])

    def times(self, repeat: int) -> list[float]:
        """Milliseconds of each of `repeat` forward passes, after one that is not counted."""
        return timed(self.call, repeat)

    @classmethod
    def throughput(cls, network: Network, files: Files, count: int) -> Callable[[int], float]:
        """What measures images a second of so many streams of one thread, each with so many repetitions."""
        engines = [cls(network, files, 1) for _ in range(count)]
        return lambda repeat: streams([engine.call for engine in engines], repeat)


def timed(work: Callable[[], object], repeat: int) -> list[float]:
    """Milliseconds of each of `repeat` calls, after one that is not counted."""
    work()
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1e3)
    return times


def streams(works: list[Callable[[], object]], repeat: int) -> float:
    """Calls per second when each of `works` is called `repeat` times on a thread of its own."""
    barrier = threading.Barrier(len(works) + 1)

    def run(work: Callable[[], object]) -> None:
        work()
        barrier.wait()
        for _ in range(repeat):
            work()
        barrier.wait()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    barrier.wait()
    start = time.perf_counter()
    barrier.wait()
    elapsed = time.perf_counter() - start
    for thread in threads:
        thread.join()
    return len(works) * repeat / elapsed


class OnnxRuntime(Engine):
    """ONNX Runtime, all graph optimisations, one pool of `threads`."""

    name = "ONNX Runtime"

    def __init__(self, network: Network, files: Files, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self._session = onnxruntime.InferenceSession(
            str(files.onnx(network)), options, providers=["CPUExecutionProvider"]
        )
        self._input = {"input": picture(network)}

    def call(self) -> np.ndarray:
        return self._session.run(None, self._input)[0]


class OpenVINO(Engine):
    """OpenVINO for latency with `threads`, at a precision: "f32", or "bf16" where the processor has it."""

    name = "OpenVINO"

    def __init__(self, network: Network, files: Files, threads: int, precision: str = "f32") -> None:
        self._model = _compiled(network, files, threads, 1, precision)
        self._request = self._model.create_infer_request()
        self._input = picture(network)

    def call(self) -> np.ndarray:
        return self._request.infer([self._input], share_inputs=True, share_outputs=True)[0]

    @classmethod
    def throughput(cls, network: Network, files: Files, count: int) -> Callable[[int], float]:
        compiled = _compiled(network, files, count, count, "f32")
        value = picture(network)
        requests = [compiled.create_infer_request() for _ in range(count)]

        def work(request: object) -> Callable[[], object]:
            return lambda: request.infer([value], share_inputs=True, share_outputs=True)

        return lambda repeat: streams([work(request) for request in requests], repeat)


def _compiled(network: Network, files: Files, threads: int, count: int, precision: str) -> object:
    import openvino

    core = openvino.Core()
    settings = {
        "INFERENCE_PRECISION_HINT": precision,
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": count,
        "PERFORMANCE_HINT": "LATENCY" if count == 1 else "THROUGHPUT",
    }
    if count > 1:
        # Pinned streams may share the first core.
        settings["ENABLE_CPU_PINNING"] = False
    return core.compile_model(core.read_model(files.onnx(network)), "CPU", settings)


class LiteRT(Engine):
    """LiteRT, TensorFlow Lite's runtime, whose default is XNNPACK; input NHWC, as its files have it."""

    name = "LiteRT"

    def __init__(self, network: Network, files: Files, threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(str(files.tflite(network)), num_threads=threads)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._value = np.ascontiguousarray(picture(network).transpose(0, 2, 3, 1))

    def call(self) -> np.ndarray:
        self._interpreter.set_tensor(self._input, self._value)
        self._interpreter.invoke()
        return self._interpreter.get_tensor(self._output)


class Torch(Engine):
    """PyTorch, eager, inference mode, channels last (the faster of its layouts on every network here)."""

    name = "PyTorch"

    def __init__(self, network: Network, files: Files, threads: int) -> None:
        import torch

        self._threads = threads
        self._model = model(network).to(memory_format=torch.channels_last)
        self._input = torch.from_numpy(picture(network)).contiguous(memory_format=torch.channels_last)

    def call(self) -> np.ndarray:
        import torch

        if torch.get_num_threads() != self._threads:
            torch.set_num_threads(self._threads)
        with torch.inference_mode():
            return self._model(self._input).numpy()


ENGINES: dict[str, type[Engine]] = {
    "ort": OnnxRuntime, "openvino": OpenVINO, "litert": LiteRT, "torch": Torch,
}
