"""Variants of networks that people have: other sizes, one channel, other classifiers, CLIP by each of its names, numbers
of other types. Each is proved by a sample, or refused in a sentence."""

import json
import pickle

import make
import numpy as np
import pytest
import timm
import torch
import torchvision
from safetensors.torch import save_file
from torch import nn

SIZE = 64


def float32(model):
    return {key: value.clone().contiguous() for key, value in model.state_dict().items()}


def write(state, folder, metadata=None):
    save_file(state, folder / "m.safetensors", {"format": "pt", **(metadata or {})})
    return folder / "m.safetensors"


def prove(store, model, folder, *arguments, size=SIZE, layer=None, metadata=None):
    """Imports the model's file with a sample of it."""
    file = write(float32(model), folder, metadata)
    np.savez(folder / "sample.npz", **make.sample(model, layer, size))
    manifest, said = store.imported(file, "--verify", folder / "sample.npz", *arguments)
    assert manifest["verification"]["status"] == "verified"
    return manifest, said


# Position embeddings.


@pytest.mark.parametrize("learned, size", [(384, 384), (224, 160), (96, 64)])
def test_position_embeddings_of_another_size(store, tmp_path, learned, size):
    model = make.settle(timm.create_model("vit_tiny_patch16_224", img_size=learned, num_classes=5), learned)
    np.savez(tmp_path / "native.npz", **make.sample(model, None, learned))
    model = model.float()
    file = write(float32(model), tmp_path)
    manifest, said = store.imported(file, "--network", "vit-tiny-patch16-224", "--verify", tmp_path / "native.npz")
    assert manifest["preprocessing"]["input_width"] == learned
    # At another size, as timm resizes them when it loads a checkpoint.
    other = timm.create_model("vit_tiny_patch16_224", img_size=size, num_classes=5)
    state = timm.models.vision_transformer.checkpoint_filter_fn(dict(model.state_dict()), other)
    other.load_state_dict(state)
    np.savez(tmp_path / "other.npz", **make.sample(other.eval(), None, size))
    manifest, said = store.imported(
        file, "--network", "vit-tiny-patch16-224", "--verify", tmp_path / "other.npz", "--size", size)
    assert manifest["preprocessing"]["input_width"] == size
    assert ("are resized to" in said) == (learned != size)


def test_swin_of_another_window_is_refused(store, tmp_path):
    model = timm.create_model("swin_tiny_patch4_window7_224", window_size=8, img_size=256, num_classes=5)
    store.refused(write(float32(model), tmp_path), "--network", "swin-tiny")


# One channel.


class Grey(nn.Module):
    """Takes three equal channels as one."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x[:, :1])


ONE_CHANNEL = {
    "resnet18": lambda: timm.create_model("resnet18", in_chans=1, num_classes=5),
    "densenet121": lambda: timm.create_model("densenet121", in_chans=1, num_classes=5),
    "efficientnet": lambda: timm.create_model("mobilenetv2_100", in_chans=1, num_classes=5),
    "vit": lambda: timm.create_model("vit_tiny_patch16_224", in_chans=1, img_size=SIZE, num_classes=5),
    "convnext": lambda: timm.create_model("convnext_tiny", in_chans=1, num_classes=5),
}


def one_channel(model, size=SIZE):
    """The sample of a network with one channel."""
    model = model.double()
    x = make.picture(1, size, 5)[:, :1].float().double().requires_grad_()
    logits = model(x)
    gradient = torch.autograd.grad(logits[0, 1], x)[0]
    arrays = {"input": x, "logits": logits, "gradient": gradient}
    return {key: value.detach().numpy().astype("float32") for key, value in arrays.items()} | {"class": np.int64(1)}


@pytest.mark.parametrize("kind", ONE_CHANNEL)
def test_one_channel(store, tmp_path, kind):
    model = ONE_CHANNEL[kind]()
    for module in model.modules():
        if isinstance(module, make.BATCH_NORMS):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    model.eval()
    file = write(float32(model), tmp_path)
    np.savez(tmp_path / "sample.npz", **one_channel(model))
    network = ["--network", "vit-tiny-patch16-224"] if kind == "vit" else []
    manifest, said = store.imported(file, "--verify", tmp_path / "sample.npz", "--mean", "0.5", *network)
    assert "one channel" in manifest["title"] and "0.299 red" in said
    assert manifest["preprocessing"]["mean"] == [127.5] * 3


# Classifiers.

VGG = {
    "linear": (lambda: nn.Linear(25088, 5), []),
    "hidden": (lambda: nn.Sequential(nn.Linear(25088, 32), nn.ReLU(), nn.Dropout(), nn.Linear(32, 5)), ["relu"]),
    "dropout": (lambda: nn.Sequential(nn.Dropout(), nn.Linear(25088, 5)), []),
}


@pytest.mark.parametrize("kind", VGG)
def test_another_classifier_of_vgg(store, tmp_path, kind):
    build, activation = VGG[kind]
    torch.manual_seed(3)
    model = torchvision.models.vgg11()
    model.classifier = build()
    prove(store, make.settle(model, 224), tmp_path, *[word for name in activation for word in ("--head-activation", name)],
          size=224)


# CLIP.


def clip(act):
    import transformers

    vision = transformers.CLIPVisionConfig(
        hidden_size=768, intermediate_size=3072, num_attention_heads=12, num_hidden_layers=12, patch_size=32,
        image_size=64, projection_dim=512, hidden_act=act)
    torch.manual_seed(5)
    return make.settle(transformers.CLIPVisionModelWithProjection(vision), SIZE), vision


def open_clip_names(state):
    """transformers' names to OpenAI's."""
    renamed = {}
    for key, value in state.items():
        if key == "visual_projection.weight":
            renamed["visual.proj"] = value.T
            continue
        key = key.removeprefix("vision_model.")
        for theirs, ours in {
            "embeddings.class_embedding": "class_embedding", "embeddings.patch_embedding.weight": "conv1.weight",
            "embeddings.position_embedding.weight": "positional_embedding", "pre_layrnorm": "ln_pre",
            "post_layernorm": "ln_post", "encoder.layers": "transformer.resblocks", "layer_norm1": "ln_1",
            "layer_norm2": "ln_2", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj", "self_attn.out_proj": "attn.out_proj",
        }.items():
            key = key.replace(theirs, ours)
        if "q_proj" in key:
            parts = [state["vision_model." + original(key, letter)] for letter in "qkv"]
            renamed["visual." + key.replace("self_attn.q_proj.", "attn.in_proj_")] = torch.cat(parts)
        elif "k_proj" not in key and "v_proj" not in key:
            renamed["visual." + key] = value
    return renamed


def original(key, letter):
    return key.replace("transformer.resblocks", "encoder.layers").replace("q_proj", f"{letter}_proj")


class ZeroShot(nn.Module):
    def __init__(self, tower, texts):
        super().__init__()
        self.tower, self.texts = tower, nn.Parameter(texts)

    def forward(self, x):
        image = self.tower(pixel_values=x).image_embeds
        return 100 * nn.functional.normalize(image) @ nn.functional.normalize(self.texts).T


@pytest.mark.parametrize("act", ["quick_gelu", "gelu"])
@pytest.mark.parametrize("names", ["transformers", "openai"])
def test_clip(store, tmp_path, act, names):
    tower, config = clip(act)
    state = {key: value for key, value in float32(tower).items() if "position_ids" not in key}
    texts = torch.randn(4, 512, generator=torch.Generator().manual_seed(2))
    np.save(tmp_path / "texts.npy", texts.numpy())
    np.savez(tmp_path / "sample.npz", **make.sample(ZeroShot(tower, texts), None, SIZE))
    embeddings = ["--text-embeddings", tmp_path / "texts.npy"]
    if names == "openai":
        state = {key: value.contiguous() for key, value in open_clip_names(state).items()}
        state |= {"token_embedding.weight": torch.zeros(8, 512), "positional_embedding": torch.zeros(4, 512),
                  "text_projection": torch.zeros(512, 512), "ln_final.weight": torch.ones(512),
                  "transformer.resblocks.0.ln_1.weight": torch.ones(512)}
    file = write(state, tmp_path)
    # The tensors do not say which activation it is.
    assert "--network" in store.refused(file, *embeddings, code=64)
    network = {
        ("transformers", "quick_gelu"): "clip-vit-base-patch32", ("transformers", "gelu"): "gelu-clip-vit-base-patch32",
        ("openai", "quick_gelu"): "openai-clip-vit-base-patch32", ("openai", "gelu"): "openclip-vit-base-patch32",
    }[names, act]
    manifest, _ = store.imported(file, *embeddings, "--network", network, "--verify", tmp_path / "sample.npz")
    assert manifest["verification"]["status"] == "verified" and manifest["class_count"] == 4
    if names == "transformers":
        folder = tmp_path / "hub"
        folder.mkdir()
        save_file(state, folder / "model.safetensors", {"format": "pt"})
        (folder / "config.json").write_text(json.dumps({"model_type": "clip", "vision_config": config.to_dict()}))
        assert store.imported(folder, *embeddings)[0]["architecture"] == network


# Numbers of other types, and how they lie.


@pytest.fixture(scope="module")
def squeezenet():
    return make.settle(torchvision.models.squeezenet1_1(num_classes=5), SIZE)


def sampled(model, folder):
    np.savez(folder / "sample.npz", **make.sample(model, None, SIZE))
    return folder / "sample.npz"


@pytest.mark.parametrize("kind", ["half", "bfloat16", "double", "channels_last"])
def test_other_numbers(store, tmp_path, squeezenet, kind):
    model = squeezenet.float()
    if kind == "channels_last":
        state = {key: value.contiguous(memory_format=torch.channels_last) if value.ndim == 4 else value
                 for key, value in model.state_dict().items()}
    else:
        state = {key: getattr(value, kind)() for key, value in model.state_dict().items()}
    torch.save(state, tmp_path / "m.pth")
    rounded = torchvision.models.squeezenet1_1(num_classes=5).eval()
    rounded.load_state_dict(state)
    store.imported(tmp_path / "m.pth", "--verify", sampled(rounded, tmp_path))


def test_tensors_of_one_storage(store, tmp_path, squeezenet):
    flat = torch.cat([value.flatten() for value in squeezenet.float().state_dict().values()])
    state, start = {}, 0
    for key, value in squeezenet.state_dict().items():
        state[key] = flat[start:start + value.numel()].view(value.shape)
        start += value.numel()
    torch.save({"model_state_dict": state, "optimizer_state_dict": {"state": {0: {"step": torch.tensor(3.0)}}}},
               tmp_path / "m.pth")
    store.imported(tmp_path / "m.pth", "--verify", sampled(squeezenet, tmp_path))


def test_quantized_weights_are_refused(store, tmp_path, squeezenet):
    state = {key: (127 * value / value.abs().max()).round().to(torch.int8) for key, value in squeezenet.float().state_dict().items()}
    assert "quantized" in store.refused(write(state, tmp_path))


def test_pruned_and_adapted_weights_are_refused(store, tmp_path, squeezenet):
    state = float32(squeezenet.float())
    pruned = {key: value for key, value in state.items() if key != "features.0.weight"}
    pruned |= {"features.0.weight_orig": state["features.0.weight"], "features.0.weight_mask": torch.ones_like(state["features.0.weight"])}
    store.refused(write(pruned, tmp_path), "--network", "squeezenet1.1")
    adapted = state | {"features.0.lora_A.weight": torch.zeros(4, 27), "features.0.lora_B.weight": torch.zeros(64, 4)}
    store.refused(write(adapted, tmp_path), "--ignore-unused")


def test_shards_with_an_index(store, tmp_path, squeezenet):
    state = float32(squeezenet.float())
    keys, folder = list(state), tmp_path / "hub"
    folder.mkdir()
    parts = {"model-00001-of-00002.safetensors": keys[:20], "model-00002-of-00002.safetensors": keys[20:]}
    for name, part in parts.items():
        save_file({key: state[key] for key in part}, folder / name, {"format": "pt"})
    index = {"weight_map": {key: name for name, part in parts.items() for key in part}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    store.imported(folder, "--verify", sampled(squeezenet, tmp_path))
    assert "folder" in store.refused(folder / "model.safetensors.index.json")


class Trap:
    def __reduce__(self):
        return (print, ("executed",))


def test_nothing_in_a_file_runs(store, tmp_path, squeezenet):
    state = squeezenet.float().state_dict()
    torch.save({"model": state, "config": Trap()}, tmp_path / "m.pth")
    code, said, errors = store.run("import", tmp_path / "m.pth", "--name", "m")
    assert "executed" not in said and code in (0, 65)
    (tmp_path / "p.pkl").write_bytes(pickle.dumps({"w": Trap()}))
    assert "executed" not in store.refused(tmp_path / "p.pkl")


def test_an_average_alone_is_said_to_be_one(store, tmp_path, squeezenet):
    torch.save({"state_dict_ema": squeezenet.float().state_dict(), "epoch": 3}, tmp_path / "m.pth")
    _, said = store.imported(tmp_path / "m.pth")
    assert "average over the training" in said
    store.imported(tmp_path / "m.pth", "--ema")


def test_one_sigmoid_between_two_names(store, tmp_path):
    model = make.settle(torchvision.models.squeezenet1_1(num_classes=1), SIZE)
    file = write(float32(model), tmp_path)
    np.savez(tmp_path / "sample.npz", **make.sample(model, "features.12", SIZE))
    (tmp_path / "names.txt").write_text("healthy\nill\n")
    arguments = ["--output", "sigmoid", "--labels", tmp_path / "names.txt"]
    store.imported(file, *arguments, "--verify", tmp_path / "sample.npz")
    code, said, errors = store.run("verify", "m", "--sample", tmp_path / "sample.npz")
    assert code == 0 and "verified" in said, errors


def test_a_sample_of_a_size_that_the_network_does_not_take(store, tmp_path):
    model = torchvision.models.vgg11(num_classes=3)
    file = write(float32(model), tmp_path)
    np.savez(tmp_path / "s.npz", input=np.zeros((1, 3, 96, 96), np.float32), logits=np.array([[1, 2, 3]], np.float32))
    assert "224" in store.refused(file, "--verify", tmp_path / "s.npz")
