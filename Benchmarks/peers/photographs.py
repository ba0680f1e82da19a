"""Made-up photographs: gradients and grain, which cost a JPEG decoder what a photograph does."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

# Standard deviation in 8-bit units: so much that 12 megapixels take 4 MB.
GRAIN = 3.0

SIZES = {"224": (224, 224), "640x480": (640, 480), "12 MP": (4000, 3000)}


def photograph(size: str) -> bytes:
    """A JPEG, 4:2:0, quality 95; that of 12 megapixels has some 4 MB."""
    width, height = SIZES[size]
    generator = np.random.default_rng(12)
    total = np.zeros((height, width, 3), np.float32)
    cells, strength = 4, 70.0
    while cells < width:
        coarse = generator.standard_normal((max(2, cells * height // width), cells, 3)).astype(np.float32)
        planes = [
            np.asarray(Image.fromarray(coarse[..., c]).resize((width, height), Image.Resampling.BICUBIC)) for c in range(3)
        ]
        total += strength * np.stack(planes, axis=-1)
        cells *= 4
        strength *= 0.35
    total += generator.standard_normal((height, width, 1)).astype(np.float32) * GRAIN
    pixels = np.clip(total + 120, 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=95, subsampling="4:2:0")
    return buffer.getvalue()
