"""Prints Tests/ImagesTests/WebPGoldens.swift: small WebP files, and the pixels that Pillow decodes from them.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install pillow==12.0.0
    /tmp/venv/bin/python Tests/Golden/make_webp_goldens.py > Tests/ImagesTests/WebPGoldens.swift
    swift format format -i --configuration .swift-format Tests/ImagesTests/WebPGoldens.swift
"""

import base64
import io

from PIL import Image, ImageOps

WIDTH, HEIGHT = 37, 22


def picture(mode, shift=0):
    """Ramps with a step, so that lossy and lossless coding both have something to do; alpha from 0 at the left to 255."""
    pixels = [
        (
            20 + 5 * x,
            (230 if x > y + 8 + shift else 60) - 2 * y,
            (x * y + 31 * shift) & 0xFF,
            x * 255 // (WIDTH - 1),
        )[: len(mode)]
        for y in range(HEIGHT)
        for x in range(WIDTH)
    ]
    image = Image.new(mode, (WIDTH, HEIGHT))
    image.putdata(pixels)
    return image


def coded(image, **options):
    target = io.BytesIO()
    image.save(target, "WEBP", **options)
    return target.getvalue()


def orientation(number):
    exif = Image.Exif()
    exif[0x0112] = number
    return exif


FILES = {
    "lossy": coded(picture("RGB"), quality=80),
    "lossless": coded(picture("RGB"), lossless=True, exact=True),
    "lossyAlpha": coded(picture("RGBA"), quality=80, exact=True),
    "losslessAlpha": coded(picture("RGBA"), lossless=True, exact=True),
    "orientation6": coded(picture("RGB"), quality=80, exif=orientation(6)),
    "orientation2": coded(picture("RGBA"), lossless=True, exact=True, exif=orientation(2)),
    "animation": coded(
        picture("RGBA"), lossless=True, exact=True, save_all=True, duration=100,
        append_images=[picture("RGBA", 5), picture("RGBA", 9)]),
}


def over_white(file):
    """Upright, alpha blended over white to the nearest value."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(file))).convert("RGBA")
    data = image.tobytes()
    rgb = bytes(
        (data[i + c] * data[i + 3] + 255 * (255 - data[i + 3]) + 127) // 255 for i in range(0, len(data), 4) for c in range(3)
    )
    return image.size, rgb


def checksum(data):
    """FNV-1a, 64 bit."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & (2**64 - 1)
    return value


print("// Made by Tests/Golden/make_webp_goldens.py; do not edit.")
print("import Images\n")
print("extension WebPGolden {")
print("  static let all: [WebPGolden] = [")
for name, file in FILES.items():
    (width, height), rgb = over_white(file)
    text = base64.b64encode(file).decode()
    lines = [text[start : start + 100] for start in range(0, len(text), 100)]
    joined = '"\n        + "'.join(lines)
    print(f'    WebPGolden(name: "{name}", size: ImageSize(width: {width}, height: {height}),')
    print(f"      checksum: {checksum(rgb):#018x},")
    print(f'      base64: "{joined}"),')
print("  ]\n}")
