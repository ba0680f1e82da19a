"""Makes the HDF5 files of this folder: python3 make.py, with h5py==3.12.1 and numpy==2.4.6.

Two layouts of a network that exists on paper only: `legacy.h5` as Keras 2 writes it (names of fixed length, here also
of variable length, chunks at the edges of their dataset, deflate and shuffle), `keras3.weights.h5` as Keras 3 does.
All values are small multiples of 1/8, made from their index.
"""

import h5py
import numpy as np


def values(shape, start):
    count = int(np.prod(shape, dtype=int))
    return ((np.arange(count) * 5 + start) % 33 - 16).astype(np.float32).reshape(shape) / 8


def layer(file, name, weights, variable=False, **options):
    group = file.create_group(name)
    names = [weight for weight, _, _ in weights]
    group.attrs["weight_names"] = np.array(names, h5py.string_dtype() if variable else "S")
    for weight, shape, dtype in weights:
        group.create_dataset(weight, data=values(shape, len(weight)).astype(dtype), **options)


def legacy():
    with h5py.File("legacy.h5", "w", libver="earliest") as file:
        names = ["input", "block/conv", "bn", "sep", "fc", "odd"]
        file.attrs["layer_names"] = np.array(names, "S")
        file.attrs["keras_version"] = "2.2.4"
        file.create_group("input").attrs["weight_names"] = np.zeros(0)
        layer(file, "block/conv", [("block/conv/kernel:0", (3, 3, 2, 5), "<f4")],
              chunks=True, compression="gzip", shuffle=True)
        bn = [(f"bn/{leaf}:0", (5,), "<f8") for leaf in ["gamma", "beta", "moving_mean", "moving_variance"]]
        layer(file, "bn", bn, variable=True)
        # 7 x 1 in chunks of 3 x 1, 5 x 6 in chunks of 2 x 4: the last ones reach over the edges.
        layer(file, "sep", [("a", (1, 1, 7, 1), "<f4"), ("b", (1, 1, 5, 6), "<f4")])
        del file["sep/a"], file["sep/b"]
        file["sep"].create_dataset("a", data=values((1, 1, 7, 1), 1), chunks=(1, 1, 3, 1), compression="gzip")
        file["sep"].create_dataset("b", data=values((1, 1, 5, 6), 1), chunks=(1, 1, 2, 4), shuffle=True)
        layer(file, "fc", [("fc_W", (5, 3), "<f2"), ("fc_b", (3,), "<f2")])
        layer(file, "odd", [("odd/scale", (), "<f4"), ("odd/table", (2, 2, 2), "<f4")])


def keras3():
    with h5py.File("keras3.weights.h5", "w", libver="earliest") as file:
        for automatic, name, shapes in [
            ("conv2d", "stem", [(3, 3, 1, 2), (2,)]),
            ("batch_normalization", "stem_bn", [(2,)] * 4),
            ("dense", "head", [(2, 3), (3,)]),
        ]:
            group = file.create_group(f"layers/{automatic}/vars")
            group.attrs["name"] = name
            for index, shape in enumerate(shapes):
                group.create_dataset(str(index), data=values(shape, index))


legacy()
keras3()
