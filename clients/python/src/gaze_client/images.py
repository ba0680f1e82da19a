"""Images as bytes of a file that the service reads."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy

#: A path, the bytes of a file, or an array of uint8: (height, width, 3), red, green, blue, or (height, width).
Image = str | os.PathLike[str] | bytes | numpy.ndarray[Any, numpy.dtype[numpy.uint8]]


def file_bytes(image: Image) -> bytes:
    """What is sent: a file as it is, an array as PNG, which loses nothing."""
    if isinstance(image, bytes):
        return image
    if isinstance(image, numpy.ndarray):
        return png(image)
    return Path(image).read_bytes()


def png(pixels: numpy.ndarray[Any, numpy.dtype[numpy.uint8]]) -> bytes:
    if pixels.dtype != numpy.uint8 or not (pixels.ndim == 2 or pixels.ndim == 3 and pixels.shape[2] == 3):
        raise ValueError(f"an image is an array of uint8, (height, width, 3) or (height, width); this is "
                         f"{pixels.dtype}, {pixels.shape}")
    height, width = pixels.shape[:2]
    # Each row begins with its filter: none.
    rows = numpy.pad(pixels.reshape(height, -1), ((0, 0), (1, 0)))
    header = struct.pack(">IIBBBBB", width, height, 8, 2 if pixels.ndim == 3 else 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows.tobytes(), 1))
            + chunk(b"IEND", b""))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
