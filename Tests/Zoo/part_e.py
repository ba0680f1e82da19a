"""EfficientNet, MobileNet, Inception and Xception; see networks.py."""


def _members(library, names, **facts):
    return [(library, name, {"gaze": gaze, **facts}) for name, gaze in names]


NETWORKS = [
    *_members("torchvision", [(f"efficientnet_b{i}", f"efficientnet-b{i}") for i in range(8)], layer="features.8", size=160),
    *_members("timm", [(f"efficientnet_b{i}", f"efficientnet-b{i}") for i in range(5)], layer="bn2", gaze_layer="features.8", size=160),
    *_members("timm", [(f"efficientnet_b{i}", f"timm-efficientnet-b{i}") for i in range(5, 8)], layer="bn2", size=160),
    *_members("timm", [(f"tf_efficientnet_b{i}", f"tf-efficientnet-b{i}") for i in range(8)], layer="bn2", size=161),
    *_members("torchvision", [(f"efficientnet_v2_{m}", f"efficientnet-v2-{m}") for m in "s"], layer="features.7", size=160),
    *_members("torchvision", [(f"efficientnet_v2_{m}", f"efficientnet-v2-{m}") for m in "ml"], layer="features.8", size=160),
    *_members("timm", [(f"efficientnetv2_{m}", f"timm-efficientnetv2-{m}") for m in "sml"], layer="bn2", size=160),
    *_members(
        "timm",
        [(f"tf_efficientnetv2_{m}", f"tf-efficientnetv2-{m}") for m in ("b0", "b1", "b2", "b3", "s", "m", "l")],
        layer="bn2", size=161,
    ),
    *_members("timm", [(f"efficientnet_lite{i}", f"timm-efficientnet-lite{i}") for i in range(5)], layer="bn2", size=160),
    *_members("timm", [(f"tf_efficientnet_lite{i}", f"efficientnet-lite{i}") for i in range(5)], layer="bn2", gaze_layer="head", size=161),
    ("torchvision", "mobilenet_v2", {"gaze": "mobilenet-v2", "layer": "features.18", "size": 160}),
    ("timm", "mobilenetv2_100", {"gaze": "mobilenet-v2", "layer": "bn2", "gaze_layer": "features.18", "size": 160}),
    *_members(
        "timm",
        [(f"mobilenetv2_{w}", f"timm-mobilenetv2-{w}") for w in ("035", "050", "075", "110d", "120d", "140")],
        layer="bn2", size=160,
    ),
    ("torchvision", "mobilenet_v3_large", {"gaze": "mobilenet-v3-large", "layer": "features.16", "size": 160}),
    ("torchvision", "mobilenet_v3_small", {"gaze": "mobilenet-v3-small", "layer": "features.12", "size": 160}),
    *_members(
        "timm",
        [(f"mobilenetv3_large_{w}", f"timm-mobilenetv3-large-{w}") for w in ("075", "100")], layer="blocks.6.0", size=160,
    ),
    *_members(
        "timm",
        [(f"mobilenetv3_small_{w}", f"timm-mobilenetv3-small-{w}") for w in ("050", "075", "100")],
        layer="blocks.5.0", size=160,
    ),
    *_members(
        "timm",
        [(f"tf_mobilenetv3_large_{w}", f"tf-mobilenetv3-large-{w}") for w in ("075", "100")], layer="blocks.6.0", size=161,
    ),
    *_members(
        "timm",
        [(f"tf_mobilenetv3_small_{w}", f"tf-mobilenetv3-small-{w}") for w in ("075", "100")], layer="blocks.5.0", size=161,
    ),
    ("torchvision", "inception_v3", {"gaze": "inception-v3", "layer": "Mixed_7c", "size": 299}),
    ("timm", "inception_v3", {"gaze": "inception-v3", "layer": "Mixed_7c", "size": 160}),
    ("timm", "legacy_xception", {"gaze": "timm-legacy-xception", "layer": "act4", "size": 160}),
    *_members(
        "keras", [(f"EfficientNetB{i}", f"keras-efficientnet-b{i}") for i in range(8)], layer="top_activation", size=160
    ),
    *_members(
        "keras",
        [(f"EfficientNetV2{m}", f"keras-efficientnet-v2-{m.lower()}") for m in ("B0", "B1", "B2", "B3", "S", "M", "L")],
        layer="top_activation", size=160,
    ),
    *_members(
        "keras",
        [(f"MobileNetV3{m}", f"keras-mobilenet-v3-{m.lower()}") for m in ("Large", "Small")], size=160,
    ),
    ("keras", "MobileNetV2", {"gaze": "keras-mobilenet-v2", "layer": "out_relu", "size": 160}),
    *(
        ("keras", "MobileNetV2", {"gaze": f"keras-mobilenet-v2-{round(100 * a):03}", "kwargs": {"alpha": a}, "layer": "out_relu", "size": 160})
        for a in (0.35, 0.5, 0.75, 1.3, 1.4)
    ),
    *(
        ("keras", f"MobileNetV3{m}", {"gaze": f"keras-mobilenet-v3-{m.lower()}-075", "kwargs": {"alpha": 0.75}, "size": 160})
        for m in ("Large", "Small")
    ),
    ("keras", "InceptionV3", {"gaze": "keras-inception-v3", "layer": "mixed10", "size": 160}),
    ("keras", "Xception", {"gaze": "keras-xception", "layer": "block14_sepconv2_act", "size": 160}),
]
