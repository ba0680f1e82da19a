"""Hands out the program, its store, and three replicas of it behind HAProxy."""

import os
import shlex

import pytest

from fleet import Fleet, haproxy
from service import Service

LABELS = [f"kind {number}" for number in range(10)]


@pytest.fixture(scope="session")
def command():
    """What starts the program, up to and with `serve`."""
    text = os.environ.get("GAZE_SERVER_COMMAND")
    if not text:
        pytest.skip("GAZE_SERVER_COMMAND is not set, such as '.build/release/gaze serve'.")
    return shlex.split(text)


@pytest.fixture(scope="session")
def store(command, tmp_path_factory):
    """The folder of a store with one model of random weights and ten classes."""
    folder = tmp_path_factory.mktemp("store")
    Service(command, folder).add("vessels", LABELS)
    return folder


@pytest.fixture
def fleet(command, store, tmp_path):
    if not haproxy():
        pytest.skip("haproxy is not here; apt-get install haproxy.")
    with Fleet(command, store, tmp_path) as fleet:
        yield fleet
