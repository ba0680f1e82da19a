"""Hands out the program, its store, and three replicas of it behind HAProxy."""

import pytest

from fleet import Fleet, haproxy
from own_service import server_command
from service import Service

LABELS = [f"kind {number}" for number in range(10)]


@pytest.fixture(scope="session")
def command():
    """What starts the program, up to and with `serve`."""
    return server_command()


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
