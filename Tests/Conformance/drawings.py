"""Pictures that belong to no one, as files."""

import io

from PIL import Image, ImageDraw


def boat():
    """A PNG, wider than high, so that the crop leaves margins."""
    image = Image.new("RGB", (451, 300), "#a9cbe0")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 200, 451, 300), fill="#23566f")
    draw.polygon([(218, 30), (218, 190), (120, 190)], fill="#f7f5ee")
    draw.polygon([(228, 50), (228, 190), (310, 190)], fill="#e4e0d2")
    draw.polygon([(110, 200), (330, 200), (290, 240), (150, 240)], fill="#7c2e1d")
    return coded(image, "PNG")


def cup():
    """A small JPEG."""
    image = Image.new("RGB", (64, 64), "#8d968c")
    draw = ImageDraw.Draw(image)
    draw.rectangle((18, 16, 42, 50), fill="#f4f2ea")
    draw.ellipse((36, 22, 54, 42), outline="#f4f2ea", width=4)
    draw.rectangle((22, 26, 38, 34), fill="#a3321f")
    return coded(image, "JPEG")


def coded(image, format):
    file = io.BytesIO()
    image.save(file, format)
    return file.getvalue()


BOAT, CUP = boat(), cup()
