"""Writes a network as LiteRT's file: `litert.py NETWORK WEIGHTS.safetensors FILE.tflite`, in the environment .venv-litert.

The input is NHWC, as LiteRT's files have it: converted with PyTorch's layout, each call would begin with a transposition."""

from __future__ import annotations

import sys
from pathlib import Path

import litert_torch
import torch
from networks import NETWORKS, load_weights, picture
from torch import nn


class _ChannelsLast(nn.Module):
    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.module(x.permute(0, 3, 1, 2))


def main() -> None:
    name, weights, file = sys.argv[1:]
    network = NETWORKS[name]
    module = _ChannelsLast(load_weights(network, Path(weights))).eval()
    x = torch.from_numpy(picture(network)).permute(0, 2, 3, 1).contiguous()
    litert_torch.convert(module, (x,)).export(file)


if __name__ == "__main__":
    main()
