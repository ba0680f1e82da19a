"""Makes networks of other libraries with seeded weights, and what they give for one input.

    python Tests/Zoo/make.py timm resnet18 FOLDER [--layer layer4] [--size 224] [--classes 10]

writes FOLDER/resnet18.safetensors and FOLDER/resnet18.npz, the sample for `gaze models import --verify`. Nothing is
downloaded. Statistics of normalisations are those of pictures, and not trivial: weights right after the constructor
would hide what is read wrongly."""

import argparse
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")

import numpy as np
import torch
from safetensors.torch import save_file

torch.set_num_threads(1)

BATCH_NORMS = torch.nn.modules.batchnorm._BatchNorm
# Parameters that constructors leave at zero or one, by parts of their names, to a mean and a deviation.
TRIVIAL = [
    (("pos_embed", "position_embed", "cls_token", "dist_token", "reg_token", "mask_token", "register"), 0, 0.3),
    (("relative_position_bias_table",), 0, 0.5),
    (("gamma", "layer_scale", "lambda1"), 0.6, 0.1),
]


def create(library, name, classes=None, size=None, **kwargs):
    """The network with random weights; of Keras a model whose last layer gives logits, for an input of that size."""
    torch.manual_seed(7)
    if library == "torchvision":
        import torchvision

        return torchvision.models.get_model(name, weights=None, **({"num_classes": classes} if classes else {}), **kwargs)
    if library == "timm":
        import timm

        return timm.create_model(name, pretrained=False, **({"num_classes": classes} if classes else {}), **kwargs)
    if library == "keras":
        import keras

        # Layers without a name of their own are numbered from the start.
        keras.utils.clear_session()
        keras.utils.set_random_seed(7)
        options = ({"classes": classes} if classes else {}) | ({"input_shape": (size, size, 3)} if size else {})
        return getattr(keras.applications, name)(weights=None, classifier_activation=None, **options, **kwargs)
    import transformers

    kind = getattr(transformers, name)
    return kind(kind.config_class(num_labels=classes or 1000, **kwargs))


def picture(count, size, seed):
    """Coarse colours with some noise, [count, 3, size, size]."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(count, 3, 9, 9, generator=generator)
    fine = torch.randn(count, 3, size, size, generator=generator)
    return torch.nn.functional.interpolate(coarse, (size, size), mode="bicubic") + 0.2 * fine


@torch.no_grad()
def settle(model, size):
    """Gives a module of PyTorch weights like those of a trained one."""
    generator = torch.Generator().manual_seed(11)

    def noise(tensor):
        return torch.randn(tensor.shape, generator=generator)

    for module in model.modules():
        is_norm = isinstance(module, (BATCH_NORMS, torch.nn.LayerNorm, torch.nn.GroupNorm)) or "LayerNorm" in type(module).__name__
        if is_norm and getattr(module, "weight", None) is not None:
            module.weight.copy_(1 + 0.2 * noise(module.weight))
        if is_norm and getattr(module, "bias", None) is not None:
            module.bias.copy_(0.1 * noise(module.bias))
    for name, parameter in model.named_parameters():
        kinds = [(mean, deviation) for parts, mean, deviation in TRIVIAL if any(part in name for part in parts)]
        if kinds:
            parameter.copy_(kinds[0][0] + kinds[0][1] * noise(parameter))
        elif parameter.ndim == 1 and name.endswith("bias") and float(parameter.abs().max()) == 0:
            parameter.copy_(0.05 * noise(parameter))
    norms = [module for module in model.modules() if isinstance(module, BATCH_NORMS)]
    if norms:
        for norm in norms:
            norm.momentum = None
            norm.reset_running_stats()
        model.train()
        for module in model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.eval()
        model(picture(4, size, 3))
        for norm in norms:
            norm.running_mean += 0.1 * norm.running_var.sqrt() * noise(norm.running_mean)
            norm.running_var *= 1 + 0.3 * torch.rand(norm.running_var.shape, generator=generator)
    return model.eval()


def settle_keras(model):
    """The same of a model of Keras: its moving statistics and everything that begins at zero or one."""
    numbers = np.random.default_rng(11)
    norms = [layer for layer in model.layers if type(layer).__name__ == "BatchNormalization"]
    for norm in norms:
        norm.momentum = 0
    if norms:
        size = model.input_shape[1]
        model(127.5 + 50 * picture(4, size, 3).permute(0, 2, 3, 1), training=True)
    for layer in model.layers:
        for weight in layer.weights:
            shape, leaf = weight.shape, weight.path.split("/")[-1]
            if leaf == "gamma":
                weight.assign(numbers.uniform(0.7, 1.3, shape).astype("float32"))
            elif leaf == "moving_variance":
                weight.assign(weight * torch.tensor(numbers.uniform(1, 1.3, shape).astype("float32")) + 1e-3)
            elif leaf in ("beta", "bias"):
                weight.assign((0.1 * numbers.standard_normal(shape)).astype("float32"))
    return model


def first(output):
    return output[0] if isinstance(output, tuple) else output


def sample(model, layer, size, layer_name=None):
    """What the module gives for one input, in double precision: arrays by the names of the sample's file.

    `layer` is the module of the map; `layer_name` what the sample calls it, "" for Gaze's default layer."""
    model = model.double()
    kept, modules = {}, dict(model.named_modules())

    def keep(name):
        def hook(module, inputs, output):
            value = first(output)
            if isinstance(value, torch.Tensor) and value.ndim in (3, 4) and value.numel() <= 1_000_000:
                kept[name] = value
                return (value.clone(), *output[1:]) if isinstance(output, tuple) else value.clone()

        return hook

    for name, module in modules.items():
        if name == layer or name and any(module.children()):
            module.register_forward_hook(keep(name))
    x = picture(1, size, 5).float().double().requires_grad_()
    logits = model(x)
    logits = getattr(logits, "logits", first(logits))
    index = int(logits[0].argmax())
    targets = [x] + ([kept[layer]] if layer in kept else [])
    gradients = torch.autograd.grad(logits[0, index], targets)
    arrays = {f"stage/{name}": value for name, value in kept.items()}
    arrays |= {"input": x, "logits": logits, "gradient": gradients[0]}
    if len(targets) > 1 and kept[layer].ndim == 4:
        arrays["gradcam"] = (gradients[1].mean((2, 3), keepdim=True) * kept[layer]).sum(1)[0]
    return {name: value.detach().numpy().astype("float32") for name, value in arrays.items()} | {
        "class": np.int64(index), "layer": np.array(layer or "" if layer_name is None else layer_name)}


def make(library, name, folder, layer=None, size=224, classes=None, kwargs=None, layer_name=None):
    """Writes the checkpoint and the sample; returns their paths."""
    folder = Path(folder)
    model = create(library, name, classes, size if library == "keras" else None, **(kwargs or {}))
    if library == "keras":
        return make_keras(model, name, folder, layer, size, layer_name)
    settle(model, size)
    weights, npz = folder / f"{name}.safetensors", folder / f"{name}.npz"
    save_file({key: value.clone().contiguous() for key, value in model.state_dict().items()}, weights, {"format": "pt"})
    np.savez(npz, **sample(model, layer, size, layer_name))
    return weights, npz


def make_keras(model, name, folder, layer, size, layer_name=None):
    import keras

    settle_keras(model)
    weights, npz = folder / f"{name}.weights.h5", folder / f"{name}.npz"
    model.save_weights(weights)
    # Networks that scale their input themselves take pixels.
    scales = any(type(part).__name__ in ("Rescaling", "Normalization") for part in model.layers)
    target = [model.get_layer(layer).output] if layer else []
    whole = keras.Model(model.inputs, [model.output, *target, model.output])
    image = picture(1, size, 5).permute(0, 2, 3, 1).contiguous()
    x = (127.5 + 50 * image if scales else image).requires_grad_()
    # Keras computes in single precision. On a Zen 4 oneDNN's sums put one unit of ResNet50 exactly on its kink: noise of
    # 2e-7 on the input, and PyTorch's plain kernels, move the gradient by 3 % to where it then stays.
    with torch.backends.mkldnn.flags(enabled=False):
        logits, *rest, _ = whole(x, training=False)
        index = int(logits[0].argmax())
        gradient, *map_gradient = torch.autograd.grad(logits[0, index], [x, *rest])
    arrays = {"input": x, "logits": logits, "gradient": gradient}
    if rest:
        arrays["gradcam"] = (map_gradient[0].mean((1, 2), keepdim=True) * rest[0]).sum(3)[0]
    arrays = {key: value.detach().cpu().numpy() for key, value in arrays.items()}
    np.savez(npz, **arrays, **{"class": np.int64(index)}, layer=np.array(layer or "" if layer_name is None else layer_name))
    return weights, npz


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("library", choices=["torchvision", "timm", "keras", "transformers"])
    parser.add_argument("name")
    parser.add_argument("folder")
    parser.add_argument("--layer")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--classes", type=int)
    given = parser.parse_args()
    print(*make(given.library, given.name, given.folder, given.layer, given.size, given.classes))
