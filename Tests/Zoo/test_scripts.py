"""The scripts of `gaze models verify-script`, run by the libraries that they are for."""

import os
import subprocess
import sys

import make
import pytest
import torch
from safetensors.torch import save_file

SIZE = 224


def run_script(store, tmp_path, library, file, model, *arguments):
    code, text, errors = store.run("verify-script", library, "--model", model, "--size", SIZE, *arguments)
    assert code == 0, errors
    script = tmp_path / "verify.py"
    script.write_text(text)
    command = [sys.executable, script, file, tmp_path / "sample.npz"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([str(part) for part in command], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return tmp_path / "sample.npz"


def check(manifest, has_map=True):
    proof = manifest["verification"]
    assert proof["status"] == "verified"
    assert proof["logits"] <= 1e-4 and proof["gradient"] <= 2e-2
    assert proof["stage_count"] >= 1
    assert not has_map or proof["map"] <= 1e-3


@pytest.mark.parametrize("name", ["resnet50", "squeezenet1_1", "mobilenet_v2", "densenet121"])
def test_torch(store, tmp_path, name):
    model = make.settle(make.create("torchvision", name), SIZE)
    torch.save(model.state_dict(), tmp_path / "m.pth")
    npz = run_script(store, tmp_path, "torch", tmp_path / "m.pth", name)
    check(store.imported(tmp_path / "m.pth", "--verify", npz)[0], has_map=False)


def test_timm(store, tmp_path):
    model = make.settle(make.create("timm", "resnet50"), SIZE)
    file = tmp_path / "m.safetensors"
    save_file({k: v.clone().contiguous() for k, v in model.state_dict().items()}, file, {"format": "pt"})
    npz = run_script(store, tmp_path, "timm", file, "resnet50", "--layer", "layer4")
    check(store.imported(file, "--verify", npz)[0])


def test_keras(store, tmp_path):
    model = make.settle_keras(make.create("keras", "MobileNetV2"))
    model.save_weights(tmp_path / "m.weights.h5")
    npz = run_script(store, tmp_path, "keras", tmp_path / "m.weights.h5", "MobileNetV2", "--layer", "out_relu")
    check(store.imported(tmp_path / "m.weights.h5", "--verify", npz)[0])


def test_transformers(store, tmp_path):
    model = make.create(
        "transformers", "ViTForImageClassification", 7, hidden_size=192, num_attention_heads=3, intermediate_size=768)
    make.settle(model, SIZE).save_pretrained(tmp_path / "m")
    npz = run_script(store, tmp_path, "transformers", tmp_path / "m", "ViTForImageClassification")
    check(store.imported(tmp_path / "m", "--verify", npz)[0], has_map=False)
