"""Writes the table of timm's pretrained configurations: what each published checkpoint is fed with.

    python Tests/Zoo/timm_table.py > Sources/Models/Import/Preprocessing/TimmConfigurations+table.swift

Facts of timm (Apache-2.0), of the families whose networks Gaze has."""

import re
import textwrap

import timm
from timm.models import _registry

FAMILIES = re.compile(
    r"(tf_)?(resnet|resnext|wide_resnet|seresnet|seresnext|vgg|densenet|squeezenet|inception_v3|xception|legacy_xception"
    r"|mobilenetv2|mobilenetv3|efficientnet|efficientnetv2|regnetx|regnety|convnext|convnextv2"
    r"|vit_(tiny|small|base|large)_patch|deit|swin_|swinv2_)"
)
KNOWN = {
    ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)): "imagenet",
    ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)): "half",
    ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)): "clip",
    ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)): "unit",
}


def configurations():
    """Name, with and without tag, to its configuration's text."""
    found = {}
    for name, configuration in _registry._model_pretrained_cfgs.items():
        if not FAMILIES.match(name) or (configuration.num_classes or 0) == 0:
            continue
        statistics = KNOWN.get((tuple(configuration.mean), tuple(configuration.std)))
        if statistics is None:
            continue
        _, height, width = configuration.input_size
        size = f"{height}" if height == width else f"{width}x{height}"
        text = f"{size} {configuration.crop_pct} {configuration.interpolation} {configuration.crop_mode} {statistics}"
        found[name] = text
    return found


def main():
    groups = {}
    for name, text in sorted(configurations().items()):
        groups.setdefault(text, []).append(name)
    print("extension TimmConfigurations {")
    print(f"  /// Made by Tests/Zoo/timm_table.py from timm {timm.__version__} (Apache-2.0). A line that begins at the")
    print("  /// margin is a configuration: size, crop_pct, interpolation, crop_mode, and mean and deviation by a name;")
    print("  /// indented below it stand the checkpoints that have it.")
    print('  static let table = """')
    for text, names in sorted(groups.items(), key=lambda group: -len(group[1])):
        print(f"    {text}")
        for line in textwrap.wrap(" ".join(names), 110, break_on_hyphens=False):
            print(f"      {line}")
    print('    """')
    print("}")


main()
