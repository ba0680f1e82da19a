"""Writes network-digests.txt: names and shapes of the parameters of real networks, as a digest of each.

For the networks of Tests/Zoo/part_e.py that keep their publisher's names: library, name, Gaze's network, number of
tensors, FNV-1a (64 bits) of the sorted lines "name extent,extent,...". Counters and torchvision's auxiliary classifiers are
left out, and 1x1 kernels' extents of 1, since some publishers write a fully connected layer as a convolution.

    python make_network_digests.py torchvision timm keras   (torch, torchvision 0.29.2, timm 1.0.31, keras 3.15.1)
"""

import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"
import torch

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "Zoo"))
import part_e


def fnv1a64(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def of_torch(library, name):
    with torch.device("meta"):
        if library == "timm":
            import timm

            model = timm.create_model(name)
        else:
            import torchvision

            model = torchvision.models.get_model(name, weights=None)
    for key, value in model.state_dict().items():
        if not key.endswith("num_batches_tracked") and not key.startswith("AuxLogits."):
            shape = list(value.shape)
            yield key, shape[:2] if shape[2:] == [1, 1] else shape


def of_keras(name, alpha):
    import keras

    keras.backend.clear_session()
    model = getattr(keras.applications, name)(weights=None, **({"alpha": alpha} if alpha else {}))
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            continue
        for weight in layer.weights:
            leaf = weight.name
            if isinstance(layer, keras.layers.DepthwiseConv2D):
                leaf = leaf.replace("depthwise_kernel", "kernel")
            shape = list(weight.shape)
            yield f"{layer.name}/{leaf}", shape[2:] if shape[:2] == [1, 1] else shape


def main(libraries):
    path = HERE / "network-digests.txt"
    lines = [line for line in path.read_text().splitlines() if line.split()[0] not in libraries] if path.exists() else []
    for library, name, facts in part_e.NETWORKS:
        gaze = facts["gaze"]
        # timm's names of these are translated into others.
        if library not in libraries or library == "timm" and not gaze.startswith(("timm-", "tf-")):
            continue
        entries = of_keras(name, facts.get("kwargs", {}).get("alpha")) if library == "keras" else of_torch(library, name)
        listing = sorted(f"{key} {','.join(map(str, shape))}" for key, shape in entries)
        lines.append(f"{library} {name} {gaze} {len(listing)} {fnv1a64(chr(10).join(listing)):016x}")
        print(lines[-1], flush=True)
    path.write_text("\n".join(sorted(lines)) + "\n")


main(sys.argv[1:])
