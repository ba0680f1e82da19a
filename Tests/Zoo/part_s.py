"""ConvNeXt and Swin: library, name there, what Gaze calls it.

`layer` is the library's module whose output the Grad-CAM map is of, `gaze_layer` Gaze's name where it is not the default.
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
]
