"""ViT, DeiT, DINOv2 and CLIP's image tower: library, name there, Gaze's network, layer to compare, side of the input.

transformers' modules have other names than its published files, which Gaze's layers are called by."""

_VIT = {"hidden_size": 192, "num_attention_heads": 3, "intermediate_size": 768}
_DINO = {"hidden_size": 384, "num_attention_heads": 6, "image_size": 518, "patch_size": 14}


def _timm(name, **facts):
    return ("timm", name, {"gaze": name.replace("_", "-"), "layer": "blocks.11.norm1", "size": 224, **facts})


def _torchvision(name, blocks):
    layer = f"encoder.layers.encoder_layer_{blocks - 1}.ln_1"
    return ("torchvision", name, {"gaze": name.replace("_", "-"), "layer": layer, "size": 224})


NETWORKS = [
    _timm("vit_tiny_patch16_224"),
    _timm("vit_small_patch16_224"),
    _timm("vit_small_patch32_224"),
    _timm("vit_base_patch8_224"),
    _timm("vit_base_patch16_224"),
    _timm("vit_base_patch32_224"),
    _timm("vit_large_patch14_224", layer="blocks.23.norm1"),
    _timm("vit_large_patch16_224", layer="blocks.23.norm1"),
    _timm("deit_tiny_patch16_224"),
    _timm("deit_small_patch16_224"),
    _timm("deit_base_patch16_224"),
    _timm("deit_tiny_distilled_patch16_224"),
    _timm("deit_small_distilled_patch16_224"),
    _timm("deit_base_distilled_patch16_224"),
    _timm("vit_tiny_patch16_224", variant="at 384", size=384, kwargs={"img_size": 384}),
    _timm("vit_small_patch14_dinov2", size=518, classes=10),
    _timm("vit_small_patch14_reg4_dinov2", size=518, classes=10),
    _torchvision("vit_b_16", 12),
    _torchvision("vit_b_32", 12),
    _torchvision("vit_l_16", 24),
    _torchvision("vit_l_32", 24),
    (
        "transformers", "ViTForImageClassification",
        {
            "gaze": "transformers-vit-tiny-patch16-224", "layer": "vit.layers.11.layernorm_before",
            "gaze_layer": "vit.encoder.layer.11.layernorm_before", "size": 224, "kwargs": _VIT,
        },
    ),
    (
        "transformers", "DeiTForImageClassificationWithTeacher",
        {
            "gaze": "transformers-deit-tiny-distilled-patch16-224", "layer": "deit.layers.11.layernorm_before",
            "gaze_layer": "deit.encoder.layer.11.layernorm_before", "size": 224, "kwargs": _VIT,
        },
    ),
    (
        "transformers", "Dinov2ForImageClassification",
        {"gaze": "dinov2-small", "layer": "dinov2.encoder.layer.11.norm1", "size": 224, "kwargs": _DINO},
    ),
    (
        "transformers", "Dinov2WithRegistersForImageClassification",
        {
            "gaze": "dinov2-with-registers-small", "layer": "dinov2_with_registers.encoder.layer.11.norm1",
            "size": 224, "kwargs": _DINO,
        },
    ),
]
