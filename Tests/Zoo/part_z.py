"""Residual families, VGG, DenseNet, SqueezeNet, RegNet: (library, name there, what Gaze calls it and its layers).

"layer": the library's module that gives what Gaze's default layer gives; "gaze_layer": Gaze's layer, where the library
has no module for the default one.
"""

# Of small pictures few lie on a kink of the gradient (docs/decisions/input-gradients.md). VGG takes no other than 224.
SIZE = 128


def entry(library, name, gaze, layer, **more):
    size = 224 if name.lower().startswith("vgg") else SIZE
    return (library, name, {"gaze": gaze, "layer": layer, "size": size, **more})


RESNETS = ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"]
DENSE = {"layer": "features.denseblock4", "gaze_layer": "features.denseblock4"}
REGNET_SIZES = ["400mf", "800mf", "1_6gf", "3_2gf", "8gf", "16gf", "32gf"]
TIMM_REGNETS = {
    "regnetx_004_tv": "regnet-x-400mf", "regnetx_008": "regnet-x-800mf", "regnetx_016": "regnet-x-1.6gf",
    "regnetx_032": "regnet-x-3.2gf", "regnetx_080": "regnet-x-8gf", "regnetx_160": "regnet-x-16gf",
    "regnetx_320": "regnet-x-32gf", "regnety_004": "regnet-y-400mf", "regnety_008_tv": "regnet-y-800mf",
    "regnety_016": "regnet-y-1.6gf", "regnety_032": "regnet-y-3.2gf", "regnety_080_tv": "regnet-y-8gf",
    "regnety_160": "regnet-y-16gf", "regnety_320": "regnet-y-32gf",
    **{f"regnetx_{n}": f"regnetx-{n}" for n in ["002", "004", "006", "040", "064", "120"]},
    **{f"regnety_{n}": f"regnety-{n}" for n in ["002", "006", "008", "040", "064", "080", "120"]},
}
# The last convolution's ReLU.
VGG_LAYERS = {
    "vgg11": 19, "vgg13": 23, "vgg16": 29, "vgg19": 35, "vgg11_bn": 27, "vgg13_bn": 33, "vgg16_bn": 42, "vgg19_bn": 51,
}


def hyphened(name):
    return name.replace("_", "-")


NETWORKS = [
    *(entry(library, name, name, "layer4") for library in ("torchvision", "timm") for name in RESNETS),
    entry("timm", "resnet26", "resnet26", "layer4"),
    *(
        entry(library, name, hyphened(name), "layer4")
        for library in ("torchvision", "timm")
        for name in [
            "resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d", "wide_resnet50_2", "wide_resnet101_2",
        ]
    ),
    entry("timm", "resnext101_32x4d", "resnext101-32x4d", "layer4"),
    *(
        entry("timm", name, hyphened(name), "layer4")
        for name in [
            "resnet18d", "resnet26d", "resnet34d", "resnet50d", "resnet101d", "resnet152d", "resnext50d_32x4d",
            "seresnet18", "seresnet34", "seresnet50", "seresnet101", "seresnet152", "seresnext50_32x4d",
            "seresnext101_32x4d", "seresnext101_32x8d", "seresnext101_64x4d", "legacy_seresnet18",
            "legacy_seresnet34", "legacy_seresnet50", "legacy_seresnet101", "legacy_seresnet152",
            "legacy_seresnext50_32x4d", "legacy_seresnext101_32x4d",
        ]
    ),
    *(
        entry("keras", f"ResNet{layers}{version}", f"keras-resnet{layers}{version.lower()}", layer)
        for version, layer in [("", "conv5_block3_out"), ("V2", "post_relu")]
        for layers in (50, 101, 152)
    ),
    *(
        entry(library, name, hyphened(name), f"features.{layer}")
        for library in ("torchvision", "timm")
        for name, layer in VGG_LAYERS.items()
    ),
    entry("keras", "VGG16", "keras-vgg16", "block5_conv3"),
    entry("keras", "VGG19", "keras-vgg19", "block5_conv4"),
    *(
        entry(library, f"densenet{layers}", f"densenet{layers}", **DENSE)
        for library in ("torchvision", "timm")
        for layers in (121, 161, 169, 201)
    ),
    *(entry("keras", f"DenseNet{layers}", f"keras-densenet{layers}", "relu") for layers in (121, 169, 201)),
    entry("torchvision", "squeezenet1_0", "squeezenet1.0", "features.12"),
    entry("torchvision", "squeezenet1_1", "squeezenet1.1", "features.12"),
    *(
        entry(
            "torchvision", f"regnet_{letter}_{size}", f"regnet-{letter}-{size.replace('_', '.')}",
            "trunk_output.block4",
        )
        for letter in "xy"
        for size in REGNET_SIZES
    ),
    *(entry("timm", name, gaze, "s4") for name, gaze in TIMM_REGNETS.items()),
]
