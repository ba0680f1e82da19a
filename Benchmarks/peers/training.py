"""A step of training: forward pass, gradients of all weights, AdamW, on one batch of noise; Gaze and PyTorch in turns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from engines import timed
from gaze import Worker
from networks import NETWORKS, SEED, Network
from results import Group, Row
from rounds import Effort, Turn, alternate, digits, ratio

CLASSES = 4
THREADS = (1, 2)


@dataclass(frozen=True)
class Shape:
    """A network that is trained, and on what."""

    network: Network
    side: int
    batch: int
    # Whether batch normalisations keep their running statistics, as when a network is fine-tuned.
    keeps_statistics: bool


class _SmallCNN(nn.Sequential):
    """Gaze's `small-cnn`."""

    def __init__(self) -> None:
        layers: list[nn.Module] = [_Standardization()]
        inputs = 3
        for outputs, stride in ((32, 2), (64, 2), (64, 1), (128, 2), (128, 1)):
            layers += [
                nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
            ]
            inputs = outputs
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, CLASSES))


class _Standardization(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        variance, mean = torch.var_mean(x, (1, 2, 3), correction=0, keepdim=True)
        return (x - mean) / torch.sqrt(variance + 1e-4)


def _fine_tuned() -> nn.Module:
    module = NETWORKS["efficientnet-lite0"].build()
    module.net._fc = nn.Linear(module.net._fc.in_features, CLASSES)
    return module


SMALL = Network("small-cnn", "Small CNN", 64, _SmallCNN, lambda m: m[-4], 29)
SHAPES = (
    Shape(SMALL, 64, 32, False),
    Shape(SMALL, 64, 64, False),
    Shape(NETWORKS["efficientnet-lite0"], 128, 32, True),
)
BUILD: dict[str, Callable[[], nn.Module]] = {"small-cnn": _SmallCNN, "efficientnet-lite0": _fine_tuned}


class TorchStep:
    """PyTorch, eager; channels last or not."""

    def __init__(self, shape: Shape, threads: int, channels_last: bool) -> None:
        torch.manual_seed(SEED)
        layout = torch.channels_last if channels_last else torch.contiguous_format
        self._threads = threads
        self._model = BUILD[shape.network.name]().to(memory_format=layout).train(not shape.keeps_statistics)
        self._images = torch.randn(shape.batch, 3, shape.side, shape.side).contiguous(memory_format=layout)
        self._labels = torch.arange(shape.batch) % CLASSES
        self._optimizer = torch.optim.AdamW(self._model.parameters(), lr=1e-4, weight_decay=0.01)
        self.parameters = sum(parameter.numel() for parameter in self._model.parameters())

    def __call__(self) -> float:
        torch.set_num_threads(self._threads)
        self._optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(self._model(self._images), self._labels)
        loss.backward()
        self._optimizer.step()
        return loss.item()


def measure(worker: Worker, effort: Effort) -> list[Group]:
    group = Group(
        "training", "A step of training, fp32",
        ["network", "input", "batch", "threads", "Gaze ms", "PyTorch ms", "layout", "Gaze images/s", "Gaze / PyTorch"],
    )
    repeat = effort.count(3, 8)
    for shape in SHAPES:
        for threads in THREADS:
            _measure(group, shape, threads, repeat, effort, worker)
    group.notes.append(
        "Forward pass, gradients of all weights and AdamW on one batch of noise: the small CNN as from scratch, EfficientNet-Lite0 as when it is "
        "fine-tuned: all weights, the running statistics of its normalisations kept. Both have the same number of parameters. PyTorch: eager, "
        "in the layout that was faster for it in a try before (channels last or NCHW)."
    )
    return [group]


def _measure(group: Group, shape: Shape, threads: int, repeat: int, effort: Effort, worker: Worker) -> None:
    steps = {"channels last": TorchStep(shape, threads, True), "NCHW": TorchStep(shape, threads, False)}
    layout = min(steps, key=lambda name: min(timed(steps[name], 3)))
    step = steps.pop(layout)
    steps.clear()
    order: dict[str, object] = {"side": shape.side, "batch": shape.batch, "threads": threads}
    if shape.keeps_statistics:
        order["keeps-statistics"] = 1
    parameters = worker.number("parameters", "train", shape.network, repeat=1, **order)
    if parameters != step.parameters:
        raise SystemExit(f"{shape.network.name} has {parameters} parameters in Gaze and {step.parameters} in PyTorch.")
    turns: dict[str, Turn] = {
        "Gaze": lambda: worker.times("train", shape.network, repeat=repeat, **order),
        "PyTorch": lambda: timed(step, repeat),
    }
    series = alternate(turns, effort, 3, 8)
    middle, least, greatest = ratio(series["Gaze"], series["PyTorch"])
    side = f"{shape.side}x{shape.side}"
    group.rows.append(
        Row(
            [shape.network.title, side, str(shape.batch), str(threads), series["Gaze"].shown(), series["PyTorch"].shown(), layout,
             digits(shape.batch / series["Gaze"].median * 1e3), f"**{middle:.2f}** [{least:.2f}-{greatest:.2f}]"],
            value=middle, target=1.0,
            work=f"step of training of {shape.network.title}, batch {shape.batch}, {threads} thread{'s' if threads > 1 else ''}",
        )
    )
    print(" | ".join(group.rows[-1].cells), flush=True)
