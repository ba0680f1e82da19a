"""Prints Benchmarks/KernelShapes.swift: the convolutions and linear layers of the networks, read off their definitions.

    .venv/bin/python shapes.py > ../KernelShapes.swift
"""

from __future__ import annotations

from collections import Counter

import torch
from torch import nn

from networks import NETWORKS, Network, model, picture

HEAD = """\
// Printed by Benchmarks/peers/shapes.py, which runs the networks and notes down each layer's input.

extension KernelShape {
  /// Kind, place of the first such layer, input height x width x channels, kernel, stride, padding, output channels, how many there are.
  static let lines: [String: String] = [
"""


def layers(network: Network) -> list[str]:
    """A line for each distinct layer, in forward order."""
    counts: Counter[tuple[object, ...]] = Counter()
    places: dict[tuple[object, ...], str] = {}
    module = model(network)
    names = {part: name.removeprefix("net.") for name, part in module.named_modules()}

    def note(part: nn.Module, inputs: tuple[torch.Tensor, ...], _: torch.Tensor) -> None:
        x = inputs[0]
        if isinstance(part, nn.Linear) or x.shape[2:] == (1, 1):
            outputs = part.out_features if isinstance(part, nn.Linear) else part.out_channels
            key: tuple[object, ...] = ("linear", f"1x1x{x.shape[1]}", 1, 1, 0, outputs)
        else:
            kind = "depthwise" if part.groups > 1 else "dense"
            # EfficientNet-Lite pads as TensorFlow does, by a layer of its own.
            padding = "same" if hasattr(part, "static_padding") else part.padding[0]
            shape = f"{x.shape[2]}x{x.shape[3]}x{x.shape[1]}"
            key = (kind, shape, part.kernel_size[0], part.stride[0], padding, part.out_channels)
        counts[key] += 1
        places.setdefault(key, names[part])

    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            part.register_forward_hook(note)
    with torch.no_grad():
        module(torch.from_numpy(picture(network)))
    return [" ".join(map(str, (key[0], places[key], *key[1:], f"x{count}"))) for key, count in counts.items()]


def main() -> None:
    print(HEAD, end="")
    for network in NETWORKS.values():
        print(f'    "{network.name}": """')
        for line in layers(network):
            print(f"      {line}")
        print('      """,')
    print("  ]\n}")


if __name__ == "__main__":
    main()
