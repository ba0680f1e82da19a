#!/usr/bin/env python3
"""Every cue on some pictures, strong and weak, as one picture to look at.

    Benchmarks/shortcuts/sheet.py cues.png WORK/base/shapes-0/test/*/0003.png
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from plant import CUES, planted

NAMES = 120
GAP = 2


def row(name, pictures):
    """The name, the pictures with the strong cue, then with the weak one."""
    width = max(picture.width for picture in pictures) + GAP
    height = max(picture.height for picture in pictures) + GAP
    strip = Image.new("RGB", (NAMES + 2 * len(pictures) * width, height), "white")
    ImageDraw.Draw(strip).text((GAP, height // 3), name or "no cue", fill="black")
    for half, strength in enumerate((1, 0.5)):
        for index, picture in enumerate(pictures):
            if name is not None:
                picture = Image.fromarray(planted(picture, name, strength, [0], index))
            strip.paste(picture, (NAMES + (half * len(pictures) + index) * width, 0))
    return strip


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("sheet", type=Path)
    options.add_argument("pictures", type=Path, nargs="+")
    options = options.parse_args()
    pictures = [Image.open(path).convert("RGB") for path in options.pictures]
    rows = [np.asarray(row(name, pictures)) for name in (None, *CUES)]
    Image.fromarray(np.concatenate(rows)).save(options.sheet)


if __name__ == "__main__":
    main()
