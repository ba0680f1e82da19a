"""Prints Tests/ImagesTests/ResizeGoldens.swift: what Pillow's Image.resize makes of a picture given by a formula.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install pillow==12.0.0
    /tmp/venv/bin/python Tests/Golden/make_resize_goldens.py > Tests/ImagesTests/ResizeGoldens.swift
    swift format format -i --configuration .swift-format Tests/ImagesTests/ResizeGoldens.swift
"""

import PIL
from PIL import Image

assert PIL.__version__ == "12.0.0", PIL.__version__

FILTERS = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "hamming": Image.Resampling.HAMMING,
    "lanczos": Image.Resampling.LANCZOS,
}

SIZES = [  # source, target
    ((64, 48), (32, 24)),
    ((97, 61), (33, 20)),
    ((33, 20), (97, 61)),
    ((200, 150), (341, 256)),
    ((640, 427), (384, 256)),
    ((427, 640), (150, 225)),
    ((31, 45), (46, 30)),  # wider and lower at once
    ((64, 48), (64, 20)),  # one pass only
    ((64, 48), (20, 48)),
    ((30, 31), (30, 31)),
    ((1, 1), (5, 3)),
    ((1, 40), (7, 9)),
    ((40, 1), (9, 7)),
    ((50, 37), (1, 1)),
    ((500, 3), (224, 224)),
    ((3, 500), (224, 224)),
]

REGIONS = [  # source, target, (x, y, width, height) of the target
    ((640, 427), (384, 256), (80, 16, 224, 224)),
    ((97, 61), (33, 20), (32, 0, 1, 20)),
    ((33, 20), (97, 61), (5, 60, 90, 1)),
    ((64, 48), (64, 20), (3, 2, 50, 11)),
    ((64, 48), (20, 48), (1, 7, 18, 30)),
]

PARTS = [  # source, target, (x, y, width, height) of the source
    ((51, 27), (23, 12), (0, 0, 50.25, 26.5)),
    ((51, 27), (80, 40), (0.75, 0.5, 50.25, 26.5)),
    ((64, 48), (64, 48), (0, 0.25, 64, 47.75)),
    ((97, 61), (20, 90), (10.5, 7, 60, 50.125)),
]


def picture(size):
    """The same formula stands in Tests/ImagesTests/TestPictures.swift."""
    width, height = size
    data = bytes(
        (x * 7 + y * 5 + channel * 40 + (x * y ^ x >> 1) * (channel + 1) // 3) & 0xFF
        for y in range(height)
        for x in range(width)
        for channel in range(3)
    )
    return Image.frombytes("RGB", size, data)


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def golden(source, target, name, region=None, part=None):
    box = part and (part[0], part[1], part[0] + part[2], part[1] + part[3])
    resized = picture(source).resize(target, FILTERS[name], box=box)
    if region:
        x, y, width, height = region
        resized = resized.crop((x, y, x + width, y + height))
    width, height = resized.size
    middle = resized.getpixel((width // 2, height // 2))
    print(
        f"  .init(source: ({source[0]}, {source[1]}), target: ({target[0]}, {target[1]}), filter: .{name}, "
        f"region: {region if region else 'nil'},\n"
        f"    middle: [{', '.join(map(str, middle))}], checksum: 0x{fnv1a(resized.tobytes()):016X}"
        + (f", part: {part})," if part else "),")
    )


print(f"// Printed by Tests/Golden/make_resize_goldens.py with Pillow {PIL.__version__}.\n\nimport Images\n")
print("let resizeGoldens: [ResizeGolden] = [")
for name in FILTERS:
    for source, target in SIZES:
        golden(source, target, name)
    for source, target, region in REGIONS:
        golden(source, target, name, region)
    for source, target, part in PARTS:
        golden(source, target, name, part=part)
print("]")
