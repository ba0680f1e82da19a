"""The networks of other libraries that Gaze reads: (library, name there, what Gaze calls it, layer, size, ...).

Each file `part_*.py` lists those of its families in `NETWORKS`:

    ("torchvision", "resnet18", {"gaze": "resnet18", "layer": "layer4", "size": 224})

`layer` is the library's module of the Grad-CAM map and `gaze_layer` Gaze's, where it has another name; `kwargs` go to the
library's constructor, `classes` is the number of outputs, and `variant` tells entries of one name apart."""

import importlib
from pathlib import Path

OWN = [
    ("torchvision", "resnet50", {"gaze": "resnet50", "layer": "layer4", "size": 224}),
    ("torchvision", "mobilenet_v2", {"gaze": "mobilenet-v2", "layer": "features.18", "size": 224}),
    ("torchvision", "squeezenet1_1", {"gaze": "squeezenet1.1", "layer": "features.12", "size": 224}),
    ("timm", "resnet50", {"gaze": "resnet50", "layer": "layer4", "size": 224}),
]


def networks():
    """All of them, those of the parts before this file's own, each variant of a library's name once."""
    parts = [importlib.import_module(path.stem) for path in sorted(Path(__file__).parent.glob("part_*.py"))]
    found = {}
    for library, name, facts in [entry for part in parts for entry in part.NETWORKS] + OWN:
        found.setdefault((library, name, facts.get("variant")), facts)
    return [(library, name, facts) for (library, name, _), facts in found.items()]


def arguments(facts):
    """Of `make.make`."""
    return {
        "layer": facts.get("layer"), "size": facts.get("size", 224), "classes": facts.get("classes"),
        "kwargs": facts.get("kwargs"), "layer_name": facts.get("gaze_layer", ""),
    }


def short_list():
    """One small member of each family and library."""
    smallest = {}
    for library, name, facts in networks():
        family = "".join(letter for letter in name.split("_")[0].lower() if letter.isalpha())
        smallest.setdefault((library, family), (library, name, facts))
    return list(smallest.values())
