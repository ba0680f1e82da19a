"""ReciproCAM of openvino-xai: a network with one more output, the maps of all classes."""

from __future__ import annotations

import importlib
import sys
import types
from pathlib import Path


def _runtime_of_old() -> None:
    """openvino-xai 1.1.0 imports `openvino.runtime`, which OpenVINO has dropped; the same things lie in `openvino` now."""
    import openvino

    if "openvino.runtime" in sys.modules:
        return
    runtime = types.ModuleType("openvino.runtime")
    runtime.__dict__.update({name: getattr(openvino, name) for name in dir(openvino) if not name.startswith("__")})
    sys.modules["openvino.runtime"] = runtime
    openvino.runtime = runtime
    for part in ("opset10", "utils", "utils.data_helpers", "utils.data_helpers.wrappers"):
        module = importlib.import_module(f"openvino.{part}")
        sys.modules[f"openvino.runtime.{part}"] = module
        if "." not in part:
            setattr(runtime, part, module)


def model(path: Path) -> object:
    """The network of an ONNX file with the logits and, as second output, the maps of all classes, [1, classes, h, w], from 0 to 255."""
    _runtime_of_old()
    import openvino
    import openvino_xai

    return openvino_xai.insert_xai(
        openvino.Core().read_model(path), task=openvino_xai.Task.CLASSIFICATION,
        explain_method=openvino_xai.Method.RECIPROCAM, embed_scaling=True,
    )
