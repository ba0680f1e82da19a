"""Keras models as people train them on top of Keras Applications: each is proved from the pixels on, through the
preprocessing that the import took, or refused in a sentence."""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import make
import numpy as np
import pytest
import torch
from keras import layers

SIZE = 96
CLASSES = 3
BASES = {
    "MobileNetV2": keras.applications.mobilenet_v2.preprocess_input,
    "ResNet50": keras.applications.resnet.preprocess_input,
    "EfficientNetB0": None,
}


@pytest.fixture(autouse=True)
def fresh():
    """Layers without a name of their own are numbered from the start, with the same weights in each test."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(7)


def base(name, size=SIZE, **options):
    return getattr(keras.applications, name)(
        weights=None, include_top=False, input_shape=(size, size, 3), **options)


def settled(model):
    """Weights like those of a trained model, those of models within it too."""
    numbers = np.random.default_rng(11)
    for weight in model.weights:
        leaf, shape = weight.path.split("/")[-1], weight.shape
        if leaf == "gamma":
            weight.assign(numbers.uniform(0.7, 1.3, shape).astype("float32"))
        elif leaf in ("moving_variance", "variance"):
            weight.assign(numbers.uniform(0.5, 1.5, shape).astype("float32"))
        elif leaf in ("beta", "bias", "moving_mean", "mean"):
            weight.assign((0.1 * numbers.standard_normal(shape)).astype("float32"))
    for layer in model._flatten_layers():
        if isinstance(layer, layers.Normalization):
            layer.finalize_state()
    return model


def saved(model, folder, ending):
    path = folder / f"m.{ending}"
    model.save_weights(path) if ending == "weights.h5" else model.save(path)
    return path


def logits(model, image):
    """Before the last layer's activation."""
    last = model.layers[-1]
    activation, last.activation = last.activation, keras.activations.linear
    result = model(image, training=False).detach().numpy()
    last.activation = activation
    return result


def prove(store, model, folder, manifest, size=SIZE):
    """Pixels, through the preprocessing of the import, against the whole model."""
    image = torch.clamp(127.5 + 50 * make.picture(1, size, 5).permute(0, 2, 3, 1), 0, 255).numpy()
    found = manifest["preprocessing"]
    assert (found["input_width"], found["input_height"]) == (size, size)
    turned = image[..., ::-1] if found["channel_order"] == "bgr" else image
    np.savez(
        folder / "sample.npz", logits=logits(model, image),
        input=((turned - np.float32(found["mean"])) / np.float32(found["deviation"])).astype("float32"))
    code, said, errors = store.run("verify", "m", "--sample", folder / "sample.npz")
    assert code == 0, errors


def tower(name, before=(), head=(), activation="softmax", **options):
    """Layers, the network as a model within the model, a mean, a head."""
    parts = [layers.Input((SIZE, SIZE, 3)), *before, base(name, **options), layers.GlobalAveragePooling2D(), *head]
    return settled(keras.Sequential([*parts, layers.Dense(CLASSES, activation=activation)]))


@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize("name", BASES)
def test_network_within_a_model(store, tmp_path, name, ending):
    model = tower(name, [layers.RandomFlip(), layers.Rescaling(1 / 127.5, offset=-1)], [layers.Dropout(0.2)])
    manifest, said = store.imported(saved(model, tmp_path, ending))
    prove(store, model, tmp_path, manifest)


def test_network_that_scales_its_input_itself(store, tmp_path):
    """Nothing before it: pixels go in."""
    model = tower("EfficientNetB0")
    for ending in ("keras", "h5", "weights.h5"):
        manifest, _ = store.imported(saved(model, tmp_path, ending), "--size", SIZE)
        prove(store, model, tmp_path, manifest)
        assert manifest["preprocessing"]["deviation"] == [1, 1, 1]


@pytest.mark.parametrize("name", ["MobileNetV2", "EfficientNetB0"])
def test_head_on_the_network_s_own_graph(store, tmp_path, name):
    inner = base(name)
    hidden = layers.Dense(32, activation="relu")(layers.GlobalAveragePooling2D()(inner.output))
    model = settled(keras.Model(inner.input, layers.Dense(CLASSES, activation="softmax")(layers.Dropout(0.3)(hidden))))
    for ending in ("keras", "h5"):
        manifest, _ = store.imported(saved(model, tmp_path, ending))
        prove(store, model, tmp_path, manifest)


def test_statistics_of_pictures(store, tmp_path):
    statistics = layers.Normalization()
    statistics.adapt(np.random.default_rng(1).uniform(0, 255, (4, 8, 8, 3)).astype("float32"))
    model = tower("ResNet50", [statistics])
    statistics.adapt(np.random.default_rng(1).uniform(0, 255, (4, 8, 8, 3)).astype("float32"))
    manifest, _ = store.imported(saved(model, tmp_path, "keras"))
    prove(store, model, tmp_path, manifest)
    # Of weights alone nobody knows what stands before the statistics.
    file = saved(model, tmp_path, "weights.h5")
    assert "normalization" in store.refused(file, code=64)
    store.imported(file, "--preprocessing", "keras:tf")


HEADS = {
    "norm": [layers.BatchNormalization, lambda: layers.Dense(16, activation="relu")],
    "relu": [lambda: layers.Dense(16), layers.ReLU],
    "gelu": [lambda: layers.Dense(16, activation="gelu"), lambda: layers.Dropout(0.5)],
    "swish": [lambda: layers.Dense(16), lambda: layers.Activation("swish")],
    "two": [lambda: layers.Dense(32, activation="relu"), lambda: layers.Dense(16, activation="relu")],
}


@pytest.mark.parametrize("kind", HEADS)
def test_heads(store, tmp_path, kind):
    model = tower("MobileNetV2", [layers.Rescaling(1 / 255)], [make_layer() for make_layer in HEADS[kind]])
    manifest, _ = store.imported(saved(model, tmp_path, "keras"))
    prove(store, model, tmp_path, manifest)


OTHERWISE = {
    "leaky": lambda: [layers.Dense(16), layers.LeakyReLU()],
    "elu": lambda: [layers.Dense(16, activation="elu")],
    "own": lambda: [layers.Dense(16, activation=layers.LeakyReLU(negative_slope=0.3))],
    "layer-norm": lambda: [layers.LayerNormalization()],
    "rescaled": lambda: [layers.Rescaling(0.1)],
    "unit": lambda: [layers.UnitNormalization()],
    "capped": lambda: [layers.Dense(16), layers.ReLU(max_value=1)],
}


@pytest.mark.parametrize("kind", OTHERWISE)
def test_heads_that_gaze_has_not(store, tmp_path, kind):
    # The code is 64 where the file names an activation, which --head-activation is for.
    code = 64 if kind in ("elu", "own", "capped") else 65
    store.refused(saved(tower("MobileNetV2", head=OTHERWISE[kind]()), tmp_path, "keras"), code=code)


def test_a_maximum_instead_of_a_mean(store, tmp_path):
    model = keras.Sequential([base("MobileNetV2"), layers.GlobalMaxPooling2D(), layers.Dense(CLASSES)])
    for ending in ("keras", "h5", "weights.h5"):
        assert "global_max_pooling2d" in store.refused(saved(settled(model), tmp_path, ending))


def test_a_mean_of_part_of_what_the_network_gives(store, tmp_path):
    def model(size):
        return settled(keras.Sequential([
            layers.Input((SIZE, SIZE, 3)), base("MobileNetV2"), layers.AveragePooling2D(size), layers.Flatten(),
            layers.Dense(CLASSES, activation="softmax")]))

    whole = model(3)
    manifest, _ = store.imported(saved(whole, tmp_path, "keras"))
    prove(store, whole, tmp_path, manifest)
    assert "average_pooling2d" in store.refused(saved(model(2), tmp_path, "keras"))


@pytest.mark.parametrize("name", ["MobileNetV2", "ResNet50"])
def test_operations_before_the_network(store, tmp_path, name):
    inputs = layers.Input((SIZE, SIZE, 3))
    features = layers.GlobalAveragePooling2D()(base(name)(BASES[name](inputs)))
    model = settled(keras.Model(inputs, layers.Dense(CLASSES)(features)))
    file = saved(model, tmp_path, "keras")
    assert "before the network" in store.refused(file, code=64)
    mode = {"MobileNetV2": "tf", "ResNet50": "caffe"}[name]
    manifest, _ = store.imported(file, "--preprocessing", f"keras:{mode}")
    prove(store, model, tmp_path, manifest)


def test_a_picture_that_the_model_resizes(store, tmp_path):
    model = tower("MobileNetV2", [layers.Resizing(SIZE, SIZE)])
    assert "Resizing" in store.refused(saved(model, tmp_path, "keras"), code=64)


def test_outputs_are_what_the_last_layer_says(store, tmp_path):
    model = tower("MobileNetV2", activation="sigmoid")
    manifest, said = store.imported(saved(model, tmp_path, "keras"))
    assert manifest["output"] == "sigmoid" and "sigmoid" in said
    prove(store, model, tmp_path, manifest)
    assert "tanh" in store.refused(saved(tower("MobileNetV2", activation="tanh"), tmp_path, "keras"))


def test_quantized_weights(store, tmp_path):
    model = tower("MobileNetV2")
    model.layers[-1].quantize("int8")
    store.refused(saved(model, tmp_path, "keras"))


@pytest.mark.parametrize("pooling", ["mean", "flat"])
def test_another_classifier_of_vgg(store, tmp_path, pooling):
    pool = layers.GlobalAveragePooling2D() if pooling == "mean" else layers.Flatten()
    model = settled(keras.Sequential([
        layers.Input((224, 224, 3)), base("VGG16", 224), pool, layers.Dense(16, activation="relu"),
        layers.Dropout(0.5), layers.Dense(CLASSES, activation="softmax")]))
    store.imported(saved(model, tmp_path, "keras"))
    # Nothing before the network prepares the pixels: the model is fed with what the network takes.
    image = 60 * make.picture(1, 224, 5).permute(0, 2, 3, 1).numpy()
    np.savez(tmp_path / "sample.npz", input=image, logits=logits(model, image))
    code, _, errors = store.run("verify", "m", "--sample", tmp_path / "sample.npz")
    assert code == 0, errors
