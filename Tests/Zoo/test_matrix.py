"""Containers in which people keep weights, by library, with a small network of each: the proof must hold from all."""

import argparse
import json

import make
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

SIZE = 224
# Library, name there, number of classes.
NETWORKS = [("torchvision", "squeezenet1_1"), ("torchvision", "mobilenet_v2"), ("timm", "mobilenetv2_100")]


@pytest.fixture(scope="module", params=NETWORKS, ids=["-".join(network) for network in NETWORKS])
def network(request, tmp_path_factory):
    """A state dict and the path of the sample."""
    library, name = request.param
    model = make.settle(make.create(library, name, 5), SIZE)
    state = {key: value.clone().contiguous() for key, value in model.state_dict().items()}
    path = tmp_path_factory.mktemp(name) / "sample.npz"
    np.savez_compressed(path, **make.sample(model, None, SIZE))
    return name, state, path


def prefixed(state, prefix):
    return {prefix + key: value for key, value in state.items()}


def safetensors(state, name, folder):
    save_file(state, folder / "m.safetensors")
    return folder / "m.safetensors"


def saved(content, folder, ending="pth", **options):
    torch.save(content, folder / f"m.{ending}", **options)
    return folder / f"m.{ending}"


def hub_folder(state, name, folder):
    save_file(state, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"architecture": name, "num_classes": 5}))
    return folder


def training(state, name):
    """As the training scripts of torchvision and timm save them."""
    return {
        "model": state, "epoch": 3, "optimizer": {"state": {}, "param_groups": [{"lr": np.float64(0.1)}]},
        "args": argparse.Namespace(model=name, lr=0.1, output_dir="."), "best": np.float64(0.7),
    }


def lightning(state, name):
    return {
        "state_dict": prefixed(state, "model."), "epoch": 3, "global_step": 7, "pytorch-lightning_version": "2.5.0",
        "hyper_parameters": {"lr": 0.1}, "optimizer_states": [], "lr_schedulers": [], "callbacks": {}, "loops": {},
    }


CONTAINERS = {
    "safetensors": safetensors,
    "pth": lambda state, name, folder: saved(state, folder),
    "legacy": lambda state, name, folder: saved(state, folder, _use_new_zipfile_serialization=False),
    "state_dict": lambda state, name, folder: saved({"state_dict": state, "epoch": 3}, folder),
    "net": lambda state, name, folder: saved({"net": state, "acc": 0.5}, folder),
    "parallel": lambda state, name, folder: saved(prefixed(state, "module."), folder),
    "wrapped": lambda state, name, folder: saved(prefixed(state, "my_model.cnn."), folder),
    "training": lambda state, name, folder: saved(training(state, name), folder),
    "lightning": lambda state, name, folder: saved(lightning(state, name), folder, "ckpt"),
    "folder": hub_folder,
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_container(store, tmp_path, network, container):
    name, state, sample = network
    file = CONTAINERS[container](state, name, tmp_path)
    manifest, _ = store.imported(file, "--verify", sample)
    assert manifest["verification"]["status"] == "verified"
    assert manifest["class_count"] == 5


@pytest.mark.parametrize("ending", ["weights.h5", "h5", "keras"])
def test_keras_container(store, tmp_path, ending):
    model = make.create("keras", "MobileNetV2", 5)
    file, sample = make.make_keras(model, "m", tmp_path, "out_relu", SIZE)
    if ending != "weights.h5":
        file = tmp_path / f"whole.{ending}"
        model.save(file)
    manifest, _ = store.imported(file, "--verify", sample)
    assert manifest["verification"]["status"] == "verified"
    assert manifest["verification"]["map"] <= 1e-3
