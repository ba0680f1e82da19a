"""Starts the real program with a model of its own, for the clients of other model servers."""

import os
import shlex

import pytest

from own_service import OwnService

LABELS = ["white", "black", "blue", "transparent"]


@pytest.fixture(scope="session")
def command():
    """What starts the program, up to and with `serve`."""
    text = os.environ.get("GAZE_SERVER_COMMAND")
    if not text:
        pytest.skip("GAZE_SERVER_COMMAND is not set, such as '.build/release/gaze serve'.")
    return shlex.split(text)


@pytest.fixture(scope="session")
def address(command, tmp_path_factory):
    """Where a service listens whose one model is `vessels`: `http://127.0.0.1:PORT`."""
    service = OwnService(command, tmp_path_factory.mktemp("store"))
    try:
        service.add("vessels", LABELS)
        service.start()
        yield service.address
    finally:
        service.stop()
