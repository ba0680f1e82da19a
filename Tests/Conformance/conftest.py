"""Starts the service, and has pictures for it."""

import base64
import io
import socket
from contextlib import contextmanager

import numpy
import pytest
from PIL import Image

from own_service import OwnService, server_command

LABELS = ["white", "black", "blue", "transparent"]


@pytest.fixture(scope="session")
def command():
    """What starts the program, up to and with `serve`."""
    return server_command()


@pytest.fixture(scope="session")
def store(command, tmp_path_factory):
    """The folder of a store with a model of four classes, `vessels`."""
    folder = tmp_path_factory.mktemp("store")
    OwnService(command, folder).add("vessels", LABELS)
    return folder


@pytest.fixture(scope="session")
def address(command, store):
    """Where the service answers."""
    service = OwnService(command, store)
    try:
        service.start()
        yield service.address
    finally:
        service.stop()


@contextmanager
def container(command, store, **variables):
    """Where a container answers that was started as Vertex AI starts it: with a port and these variables."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    service = OwnService(command, store)
    service.environment |= {"AIP_HTTP_PORT": str(port), **variables}
    try:
        service.start(port=None)
        assert service.address.endswith(f":{port}")
        yield service.address
    finally:
        service.stop()


@pytest.fixture(scope="session")
def vertex_address(command, store):
    with container(command, store, AIP_HEALTH_ROUTE="/health", AIP_PREDICT_ROUTE="/predict") as address:
        yield address


def picture(seed, kind="JPEG"):
    """The file of a picture of coloured patches, 96 x 64."""
    patches = numpy.random.default_rng(seed).integers(0, 256, (4, 6, 3), dtype=numpy.uint8)
    file = io.BytesIO()
    Image.fromarray(patches).resize((96, 64), Image.Resampling.BILINEAR).save(file, kind)
    return file.getvalue()


@pytest.fixture(scope="session")
def pictures():
    return [picture(seed) for seed in range(3)]


@pytest.fixture(scope="session")
def encoded(pictures):
    """The same in Base64."""
    return [base64.b64encode(file).decode() for file in pictures]
