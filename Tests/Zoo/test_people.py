"""What people do to a network before they save it: heads, wrappers, averages, and files that are no weights. Each is
proved by a sample, or refused in a sentence that says what works."""

import make
import numpy as np
import pytest
import torch
import torchvision
from safetensors.torch import save_file
from torch import nn

SIZE = 64


def write(state, folder):
    save_file({key: value.clone().contiguous() for key, value in state.items()}, folder / "m.safetensors")
    return folder / "m.safetensors"


def prove(model, folder):
    np.savez(folder / "sample.npz", **make.sample(model, None, SIZE))
    return folder / "sample.npz"


def float32(model):
    """The state dict as it is saved, before a sample makes doubles of it."""
    return {key: value.clone() for key, value in model.state_dict().items()}


def mobile_net(head):
    torch.manual_seed(7)
    model = torchvision.models.mobilenet_v2()
    model.classifier = head
    return make.settle(model, SIZE)


HEADS = {
    "dropout": (lambda: nn.Sequential(nn.Dropout(), nn.Linear(1280, 5)), []),
    "nested": (lambda: nn.Sequential(nn.Sequential(nn.Dropout(), nn.Linear(1280, 5))), []),
    "no-bias": (lambda: nn.Linear(1280, 5, bias=False), []),
    "relu": (lambda: nn.Sequential(nn.Dropout(), nn.Linear(1280, 64), nn.ReLU(), nn.Linear(64, 5)), ["relu"]),
    "gelu": (lambda: nn.Sequential(nn.Linear(1280, 64), nn.GELU(), nn.Dropout(), nn.Linear(64, 5)), ["gelu"]),
    "hardswish": (lambda: nn.Sequential(nn.Linear(1280, 64), nn.Hardswish(), nn.Linear(64, 5)), ["hardswish"]),
    "none": (lambda: nn.Sequential(nn.Linear(1280, 64), nn.Dropout(), nn.Linear(64, 5)), ["none"]),
    "norm-then-relu": (
        lambda: nn.Sequential(nn.Linear(1280, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 5)), ["relu"]),
    "relu-then-norm": (
        lambda: nn.Sequential(nn.Linear(1280, 64), nn.ReLU(), nn.BatchNorm1d(64), nn.Dropout(), nn.Linear(64, 5)),
        ["relu-before-norm"]),
}


@pytest.mark.parametrize("kind", HEADS)
def test_head(store, tmp_path, kind):
    build, activation = HEADS[kind]
    model = mobile_net(build())
    file = write(float32(model), tmp_path)
    sample = prove(model, tmp_path)
    said = [argument for name in activation for argument in ("--head-activation", name)]
    if said:
        # A file of weights does not say it, so it is asked for.
        assert "--head-activation" in store.refused(file, "--verify", sample, code=64)
    manifest, _ = store.imported(file, "--verify", sample, *said)
    assert manifest["verification"]["status"] == "verified"
    assert manifest["class_count"] == 5


def test_another_activation_is_no_proof(store, tmp_path):
    model = mobile_net(HEADS["gelu"][0]())
    file = write(float32(model), tmp_path)
    store.refused(file, "--verify", prove(model, tmp_path), "--head-activation", "relu")


def resnet():
    torch.manual_seed(7)
    return make.settle(torchvision.models.resnet18(num_classes=5), SIZE)


def test_children_with_a_classifier(store, tmp_path):
    model = resnet()
    body = nn.Sequential(*list(model.children())[:-1])
    state = {f"backbone.{key}": value.clone() for key, value in body.state_dict().items()}
    state |= {f"fc.{key}": value.clone() for key, value in model.fc.state_dict().items()}
    file = write(state, tmp_path)
    manifest, _ = store.imported(file, "--verify", prove(model, tmp_path))
    assert manifest["verification"]["status"] == "verified"


class MaximaAndMeans(nn.Module):
    """fastai's AdaptiveConcatPool2d."""

    def forward(self, x):
        return torch.cat([x.amax((2, 3)), x.mean((2, 3))], 1)


def test_body_and_head_of_fastai(store, tmp_path):
    head = nn.Sequential(
        MaximaAndMeans(), nn.Flatten(), nn.BatchNorm1d(1024), nn.Dropout(), nn.Linear(1024, 64, bias=False), nn.ReLU(),
        nn.BatchNorm1d(64), nn.Dropout(), nn.Linear(64, 5, bias=False))
    model = make.settle(nn.Sequential(nn.Sequential(*list(resnet().children())[:-2]), head), SIZE)
    torch.save({"model": float32(model), "opt": {"state": {}}}, tmp_path / "m.pth")
    sample = prove(model, tmp_path)
    manifest, _ = store.imported(
        tmp_path / "m.pth", "--verify", sample, "--head-activation", "relu-before-norm")
    assert manifest["verification"]["status"] == "verified"


@pytest.fixture(scope="module")
def squeezenet():
    return make.settle(torchvision.models.squeezenet1_1(num_classes=5), SIZE)


@pytest.mark.parametrize("wrapper", ["cnn.", "base.", "encoder.", "timm_model.", "model.backbone.", "module._orig_mod."])
def test_wrapper(store, tmp_path, squeezenet, wrapper):
    file = write({wrapper + key: value for key, value in squeezenet.float().state_dict().items()}, tmp_path)
    manifest, _ = store.imported(file)
    assert manifest["architecture"] == "squeezenet1.1"


def test_average_of_the_weights(store, tmp_path, squeezenet):
    state = squeezenet.float().state_dict()
    average = {"n_averaged": torch.tensor(3), **{f"module.{key}": value + 1 for key, value in state.items()}}
    torch.save({"model": state, "model_ema": average, "optimizer": {"state": {}}}, tmp_path / "m.pth")
    plain, said = store.imported(tmp_path / "m.pth")
    assert "--ema" in said and "optimizer" in said
    taken, said = store.imported(tmp_path / "m.pth", "--ema")
    assert taken["weights_sha256"] != plain["weights_sha256"]
    torch.save(state, tmp_path / "plain.pth")
    code, _, errors = store.run("import", tmp_path / "plain.pth", "--name", "n", "--ema")
    assert code == 65 and "without --ema" in errors


def test_losses_and_metrics_are_left_aside(store, tmp_path, squeezenet):
    state = {f"model.{key}": value for key, value in squeezenet.float().state_dict().items()}
    state |= {"criterion.weight": torch.ones(5), "val_acc.tp": torch.zeros(5)}
    _, said = store.imported(write(state, tmp_path))
    assert "criterion" in said and "val_acc" in said


@pytest.mark.parametrize("name, network", [("resnet101", "resnet50"), ("efficientnet_b1", "efficientnet-b0")])
def test_nothing_on_the_way_to_the_logits_is_dropped(store, tmp_path, name, network):
    file = write(torchvision.models.get_model(name).state_dict(), tmp_path)
    store.refused(file, "--network", network, "--ignore-unused")


def pickled_module(model, folder):
    torch.save(model, folder / "m.pt")


def script(model, folder):
    torch.jit.trace(model.float(), torch.zeros(1, 3, SIZE, SIZE)).save(folder / "m.pt")


def exported(model, folder):
    torch.export.save(torch.export.export(model.float(), (torch.zeros(1, 3, SIZE, SIZE),)), folder / "m.pt2")


def arrays(model, folder):
    np.savez_compressed(folder / "m.npz", **{key: value.numpy() for key, value in model.state_dict().items()})


@pytest.mark.parametrize(
    "save, words",
    [(pickled_module, "whole model"), (script, "TorchScript"), (exported, "torch.export"), (arrays, "NumPy archive")],
    ids=lambda value: getattr(value, "__name__", None))
def test_files_that_are_no_weights(store, tmp_path, squeezenet, save, words):
    save(squeezenet, tmp_path)
    message = store.refused(next(tmp_path.glob("m.*")))
    assert words in message and "save" in message
