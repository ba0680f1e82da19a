"""ConvNeXt and Swin: library, name there, what Gaze calls it.

`layer` is the library's module whose output the Grad-CAM map is of. Swin's modules give [1, h, w, C] or tokens; of
torchvision's last normalisation `permute` gives [1, C, h, w].
"""

NETWORKS = [
    ("torchvision", "convnext_tiny", {"gaze": "convnext-tiny", "layer": "features.7", "size": 224}),
    ("torchvision", "convnext_small", {"gaze": "convnext-small", "layer": "features.7", "size": 224}),
    ("torchvision", "convnext_base", {"gaze": "convnext-base", "layer": "features.7", "size": 224}),
    ("torchvision", "convnext_large", {"gaze": "convnext-large", "layer": "features.7", "size": 224}),
    ("timm", "convnext_tiny", {"gaze": "convnext-tiny", "layer": "stages.3", "size": 224}),
    ("timm", "convnext_small", {"gaze": "convnext-small", "layer": "stages.3", "size": 224}),
    ("timm", "convnext_base", {"gaze": "convnext-base", "layer": "stages.3", "size": 224}),
    ("timm", "convnext_large", {"gaze": "convnext-large", "layer": "stages.3", "size": 224}),
    ("timm", "convnextv2_atto", {"gaze": "convnextv2-atto", "layer": "stages.3", "size": 224}),
    ("timm", "convnextv2_femto", {"gaze": "convnextv2-femto", "layer": "stages.3", "size": 224}),
    ("timm", "convnextv2_pico", {"gaze": "convnextv2-pico", "layer": "stages.3", "size": 224}),
    ("timm", "convnextv2_nano", {"gaze": "convnextv2-nano", "layer": "stages.3", "size": 224}),
    ("timm", "convnextv2_tiny", {"gaze": "convnextv2-tiny", "layer": "stages.3", "size": 224}),
    ("timm", "convnextv2_base", {"gaze": "convnextv2-base", "layer": "stages.3", "size": 224}),
    (
        "transformers",
        "ConvNextForImageClassification",
        {"gaze": "convnext-tiny", "layer": "convnext.encoder.stages.3", "size": 224},
    ),
    (
        "transformers",
        "ConvNextV2ForImageClassification",
        {"gaze": "convnextv2-tiny", "layer": "convnextv2.encoder.stages.3", "size": 224},
    ),
    ("torchvision", "swin_t", {"gaze": "swin-tiny", "layer": "permute", "size": 224}),
    ("torchvision", "swin_s", {"gaze": "swin-small", "layer": "permute", "size": 224}),
    ("torchvision", "swin_b", {"gaze": "swin-base", "layer": "permute", "size": 224}),
    ("torchvision", "swin_v2_t", {"gaze": "swinv2-tiny", "layer": "permute", "size": 256}),
    ("torchvision", "swin_v2_s", {"gaze": "swinv2-small", "layer": "permute", "size": 256}),
    ("torchvision", "swin_v2_b", {"gaze": "swinv2-base", "layer": "permute", "size": 256}),
    (
        "timm",
        "swin_tiny_patch4_window7_224",
        {"gaze": "swin-tiny", "size": 224},
    ),
    (
        "timm",
        "swin_base_patch4_window12_384",
        {"gaze": "swin-base-window12", "size": 384},
    ),
    (
        "timm",
        "swinv2_tiny_window8_256",
        {"gaze": "swinv2-tiny", "size": 256},
    ),
    (
        "timm",
        "swinv2_tiny_window16_256",
        {"gaze": "swinv2-tiny-window16", "size": 256},
    ),
    ("transformers", "SwinForImageClassification", {"gaze": "swin-tiny", "size": 224}),
    (
        "transformers",
        "Swinv2ForImageClassification",
        {
            "gaze": "swinv2-tiny",
            "size": 256,
            "kwargs": {"image_size": 256, "window_size": 8},
        },
    ),
]
