"""What was once read wrong without a word: each is proved, refused by name, or said."""

import json

import make
import numpy as np
import pytest
import timm
import torch
import torchvision
from safetensors.torch import save_file

SIZE = 224


def write(model, folder, name="m", metadata=None):
    path = folder / f"{name}.safetensors"
    save_file({k: v.clone().contiguous() for k, v in model.state_dict().items()}, path, {"format": "pt", **(metadata or {})})
    return path


def prove(model, folder, layer=None):
    path = folder / "sample.npz"
    np.savez_compressed(path, **make.sample(model, layer, SIZE))
    return path


@pytest.fixture(scope="module")
def squeezenet(tmp_path_factory):
    """A file of a small network that has ImageNet's number of classes."""
    model = make.settle(torchvision.models.squeezenet1_1(weights=None), SIZE)
    return write(model, tmp_path_factory.mktemp("squeezenet"))


# Same names and shapes, another computation.


def resnet(**kwargs):
    return timm.create_model("resnet50", **kwargs)


def without_pooling():
    model = torchvision.models.resnet50(weights=None)
    model.maxpool = torch.nn.Identity()
    return model


DEPARTURES = {
    "aa": lambda: timm.create_model("resnetaa50"),
    "blur": lambda: timm.create_model("resnetblur50"),
    "stride": lambda: resnet(output_stride=16),
    "dilation": lambda: torchvision.models.resnet50(
        weights=None, replace_stride_with_dilation=[False, True, True]),
    "silu": lambda: resnet(act_layer=torch.nn.SiLU),
    "max": lambda: resnet(global_pool="max"),
    "no-pooling": without_pooling,
}
# The first stage after which nothing is as it was.
FIRST = {"aa": "layer1.0", "blur": "maxpool", "stride": "layer4", "dilation": "layer3", "silu": "layer1.0"}


@pytest.mark.parametrize("kind", DEPARTURES)
def test_a_sample_finds_another_computation(store, tmp_path, kind):
    model = make.settle(DEPARTURES[kind](), SIZE)
    file = write(model, tmp_path)
    said = store.refused(file, "--network", "resnet50", "--verify", prove(model, tmp_path))
    assert "does not compute what the model of the sample does" in said
    if kind in ("aa", "blur", "silu"):
        assert f"'{FIRST[kind]}" in said


def test_the_same_computation_is_verified(store, tmp_path):
    model = make.settle(resnet(), SIZE)
    manifest, said = store.imported(write(model, tmp_path), "--verify", prove(model, tmp_path, "layer4"))
    proof = manifest["verification"]
    assert proof["status"] == "verified" and len(proof["sample_sha256"]) == 64
    assert proof["logits"] <= 1e-4 and proof["map"] <= 1e-3 and proof["gradient"] <= 2e-2 and proof["stage_count"] >= 4
    assert "Verified" in said
    # Of a model that is there already, and with a sample that is not its own.
    code, said, _ = store.run("verify", "m", "--sample", tmp_path / "sample.npz")
    assert code == 0 and "verified" in said
    other = make.settle(timm.create_model("resnetaa50"), SIZE)
    code, _, said = store.run("verify", "m", "--sample", prove(other, tmp_path))
    assert code == 65 and "not verified" in said


@pytest.mark.parametrize("name", ["resnetaa50", "resnetblur50.bt_in1k"])
def test_metadata_that_name_another_network_are_believed(store, tmp_path, name):
    file = write(timm.create_model("resnet50"), tmp_path, metadata={"architecture": name})
    assert f"'{name.split('.')[0]}'" in store.refused(file)
    assert name in store.refused(file, "--network", "resnet50", code=64)


def test_what_nobody_says_is_said_to_be_unverified(store, tmp_path):
    manifest, said = store.imported(write(timm.create_model("resnet50"), tmp_path))
    assert manifest["verification"] == {"status": "unverified"}
    assert "Unverified" in said and "resnetaa50 or resnetblur50" in said and "--verify" in said


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("efficientnet_b0", "tf_efficientnet_b0"), ("efficientnet_lite0", "tf_efficientnet_lite0")])
def test_a_file_that_fits_two_networks_stops_and_names_both(store, tmp_path, ours, theirs):
    model = make.settle(timm.create_model(theirs, num_classes=10), SIZE)
    file = write(model, tmp_path)
    said = store.refused(file, code=64)
    assert "fit several networks" in said
    # Its metadata decide where they are at hand.
    named = write(model, tmp_path, "named", {"architecture": f"{theirs}.in1k"})
    manifest, _ = store.imported(named, "--verify", prove(model, tmp_path))
    assert manifest["verification"]["status"] == "verified"


def test_a_sample_of_probabilities_is_refused(store, tmp_path, squeezenet):
    x = np.zeros((1, 3, SIZE, SIZE), np.float32)
    np.savez(tmp_path / "s.npz", input=x, logits=np.full((1, 1000), 1e-3, np.float32))
    assert "sum to 1" in store.refused(squeezenet, "--verify", tmp_path / "s.npz")


@pytest.mark.parametrize(
    "arrays",
    [
        {"logits": np.zeros((1, 1000), np.float32)},
        {"input": np.zeros((1, 3, 8, 8), np.float32)},
        {"input": np.zeros((2, 3, 64, 64), np.float32), "logits": np.ones((1, 1000), np.float32)},
        {"input": np.zeros((1, 3, 64, 64), np.float32), "logits": np.ones((1, 7), np.float32)},
        {"input": np.full((1, 3, 64, 64), np.nan, np.float32), "logits": np.ones((1, 1000), np.float32)},
        {"input": np.array([{}], object), "logits": np.ones((1, 1000), np.float32)},
    ])
def test_a_sample_that_is_none_is_refused(store, tmp_path, squeezenet, arrays):
    np.savez(tmp_path / "s.npz", **arrays)
    assert "sample" in store.refused(squeezenet, "--verify", tmp_path / "s.npz")


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04" + bytes(200), b"\x93NUMPY\x01\x00" + bytes(100)])
def test_a_sample_that_is_no_archive_is_refused(store, tmp_path, squeezenet, content):
    (tmp_path / "s.npz").write_bytes(content)
    assert "sample" in store.refused(squeezenet, "--verify", tmp_path / "s.npz")
    assert "cannot be read" in store.refused(squeezenet, "--verify", tmp_path / "none.npz", code=66)


# Preprocessing.


def shares(values):
    return [round(value / 255, 4) for value in values]


def test_nobody_says_how_pictures_become_the_input(store, squeezenet):
    _, said = store.imported(squeezenet)
    assert "The file says nothing of it" in said


FLAGS = ["--size", "224", "--crop-percentage", "0.95", "--interpolation", "bicubic", "--mean", "0.5,0.4,0.3", "--std",
         "0.2,0.21,0.22", "--channel-order", "bgr"]


def test_flags_say_it(store, squeezenet):
    manifest, said = store.imported(squeezenet, *FLAGS)
    found = manifest["preprocessing"]
    assert found["shorter_side"] == 235 and found["filter"] == "bicubic" and found["channel_order"] == "bgr"
    assert shares(found["mean"]) == [0.5, 0.4, 0.3] and shares(found["deviation"]) == [0.2, 0.21, 0.22]
    assert "by the command line" in said


@pytest.mark.parametrize(
    ("preset", "side", "filter", "mean"),
    [
        ("torchvision-v1", 256, "bilinear", 0.485), ("torchvision-v2", 232, "bilinear", 0.485),
        ("timm:resnet50.a1_in1k", 235, "bicubic", 0.485), ("timm:densenet121", 256, "bicubic", 0.485),
        ("keras:tf", None, "bilinear", 0.5), ("keras:torch", None, "bilinear", 0.485), ("none", None, "bilinear", 0),
    ])
def test_presets(store, squeezenet, preset, side, filter, mean):
    found = store.imported(squeezenet, "--preprocessing", preset)[0]["preprocessing"]
    assert found.get("shorter_side") == side and found["filter"] == filter
    assert shares(found["mean"])[0] == mean


@pytest.mark.parametrize(
    "arguments",
    [["--resize", "200"], ["--size", "9000"], ["--size", "x"], ["--mean", "1,2"], ["--std", "0,0,0"],
     ["--interpolation", "fine"], ["--preprocessing", "best"], ["--preprocessing", "timm:nothing"],
     ["--crop-percentage", "1.5"], ["--resize", "256", "--crop-percentage", "0.9"], ["--channel-order", "hsv"]])
def test_what_contradicts_itself_is_refused(store, squeezenet, arguments):
    store.refused(squeezenet, *arguments, code=64)


def test_edit_show_and_remove(store, squeezenet, tmp_path):
    store.imported(squeezenet)
    names = tmp_path / "names.txt"
    names.write_text("".join(f"kind {index}\n" for index in range(1000)))
    code, said, _ = store.run("edit", "m", *FLAGS, "--title", "Mine", "--labels", names)
    assert code == 0
    manifest = store.manifest("m")
    assert manifest["title"] == "Mine" and manifest["labels"][3]["label"] == "kind 3"
    assert manifest["preprocessing"]["shorter_side"] == 235
    # What is not said stays.
    store.run("edit", "m", "--interpolation", "nearest")
    assert store.manifest("m")["preprocessing"] == {**manifest["preprocessing"], "filter": "nearest"}
    assert store.run("edit", "m")[0] == 64
    assert store.run("edit", "other", "--title", "x")[0] == 69
    assert store.run("remove", "m", "other")[0] == 69
    code, said, _ = store.run("remove", "m")
    assert code == 0 and "Removed m (Mine)" in said
    assert store.run("show", "m")[0] == 69


# Labels.


def test_a_mistyped_path_of_labels_is_an_error(store, squeezenet, tmp_path):
    assert "none.txt" in store.refused(squeezenet, "--labels", tmp_path / "none.txt", code=66)


def test_a_thousand_classes_without_names(store, squeezenet):
    manifest, said = store.imported(squeezenet)
    assert "labels" not in manifest and "ImageNet's names" in said
    manifest, said = store.imported(squeezenet, "--no-labels")
    assert manifest["labels"][7]["label"] == "class 7" and "ImageNet's names" not in said


# Folders with their metadata.


def folder(path, model, config, processor=None):
    path.mkdir()
    save_file({k: v.clone().contiguous() for k, v in model.state_dict().items()}, path / "model.safetensors", {"format": "pt"})
    (path / "config.json").write_text(json.dumps(config))
    if processor:
        (path / "preprocessor_config.json").write_text(json.dumps(processor))
    return path


def test_timm_s_folder(store, tmp_path):
    model = timm.create_model("resnet50", num_classes=3)
    config = {
        "architecture": "resnet50", "num_classes": 3, "label_names": ["cat", "dog", "fish"],
        "pretrained_cfg": {
            "input_size": [3, 224, 224], "crop_pct": 0.95, "interpolation": "bicubic", "crop_mode": "center",
            "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]},
    }
    manifest, said = store.imported(folder(tmp_path / "hub", model, config))
    assert manifest["preprocessing"]["shorter_side"] == 235 and manifest["preprocessing"]["filter"] == "bicubic"
    assert shares(manifest["preprocessing"]["mean"]) == [0.5, 0.5, 0.5]
    assert [label["label"] for label in manifest["labels"]] == ["cat", "dog", "fish"]
    assert "config.json (pretrained_cfg)" in said

    strided = folder(tmp_path / "strided", model, {**config, "model_args": {"output_stride": 16}})
    assert "output_stride 16" in store.refused(strided)
    named = folder(tmp_path / "named", model, {**config, "architecture": "resnetaa50"})
    assert "'resnetaa50'" in store.refused(named)
    border = {**config, "pretrained_cfg": {**config["pretrained_cfg"], "crop_mode": "border"}}
    store.refused(folder(tmp_path / "border", model, border), code=64)


@pytest.mark.parametrize(
    ("processor", "side", "whole", "mean"),
    [
        ({"size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}, "do_center_crop": True,
          "resample": 3, "image_mean": [0.1, 0.2, 0.3], "image_std": [0.2, 0.2, 0.2]}, 256, None, 0.1),
        ({"size": {"height": 224, "width": 224}, "resample": 2, "image_mean": [0.5] * 3, "image_std": [0.5] * 3},
         None, None, 0.5),
        ({"size": {"height": 256, "width": 256}, "crop_size": {"height": 224, "width": 224}, "do_center_crop": True,
          "resample": 2, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}, None, {"width": 256, "height": 256}, 0.5),
        ({"size": {"height": 224, "width": 224}, "resample": 2, "do_normalize": False, "image_mean": [0.5] * 3,
          "image_std": [0.5] * 3}, None, None, 0),
    ])
def test_transformers_processors(store, tmp_path, processor, side, whole, mean):
    model = timm.create_model("resnet50", num_classes=3)
    path = folder(tmp_path / "hub", model, {"architecture": "resnet50", "id2label": {"0": "a", "1": "b", "2": "c"}}, processor)
    manifest, said = store.imported(path)
    found = manifest["preprocessing"]
    assert found.get("shorter_side") == side and found.get("whole_size") == whole
    assert shares(found["mean"])[0] == mean
    assert "preprocessor_config.json" in said
    assert [label["label"] for label in manifest["labels"]] == ["a", "b", "c"]
