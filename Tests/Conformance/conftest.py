"""Starts the real program with models of its own, for the clients of other model servers."""

import io
import os
import shlex

import pytest
from PIL import Image, ImageDraw

from own_service import OwnService


@pytest.fixture(scope="session")
def own_service(tmp_path_factory):
    """A service with a store of its own: `vessels` of four classes, and `twins`, two of whose labels are one."""
    command = os.environ.get("GAZE_SERVER_COMMAND")
    if not command:
        pytest.skip("GAZE_SERVER_COMMAND is not set, such as '.build/release/gaze serve'.")
    service = OwnService(shlex.split(command), tmp_path_factory.mktemp("store"))
    try:
        service.add("vessels", ["white", "black", "blue", "transparent"])
        service.add("twins", ["crane", "cup", "crane"])
        service.start()
        yield service
    finally:
        service.stop()


@pytest.fixture(scope="session")
def address(own_service):
    """`http://127.0.0.1:PORT`."""
    return own_service.address


def drawn(paint, size, format="PNG"):
    image = Image.new("RGB", size, "#a9cbe0")
    paint(ImageDraw.Draw(image))
    file = io.BytesIO()
    image.save(file, format)
    return file.getvalue()


@pytest.fixture(scope="session")
def boat():
    """A picture's file, wider than high, so that the crop leaves margins."""
    def paint(draw):
        draw.rectangle((0, 200, 451, 300), fill="#23566f")
        draw.polygon([(218, 30), (218, 190), (120, 190)], fill="#f7f5ee")
        draw.polygon([(228, 50), (228, 190), (310, 190)], fill="#e4e0d2")
        draw.polygon([(110, 200), (330, 200), (290, 240), (150, 240)], fill="#7c2e1d")
    return drawn(paint, (451, 300))


@pytest.fixture(scope="session")
def cup():
    """Another, as a JPEG."""
    def paint(draw):
        draw.rectangle((18, 16, 42, 50), fill="#f4f2ea")
        draw.ellipse((36, 22, 54, 42), outline="#f4f2ea", width=4)
        draw.rectangle((22, 26, 38, 34), fill="#a3321f")
    return drawn(paint, (64, 64), "JPEG")
