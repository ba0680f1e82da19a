"""A service with two models of random weights, and a client of it."""

import pytest

from gaze_client import Gaze
from own_service import OwnService, server_command

LABELS = [f"kind {number}" for number in range(10)]


@pytest.fixture(scope="session")
def command():
    return server_command()


@pytest.fixture(scope="session")
def store(command, tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    service = OwnService(command, folder)
    service.add("vessels", LABELS)
    service.add("other-vessels", LABELS)
    return folder


@pytest.fixture
def start(command, store):
    """Starts services of the test's own; arguments are those of `gaze serve`. Gives the address."""
    services = []

    def start(*arguments):
        services.append(OwnService(command, store))
        services[-1].start(*arguments)
        return services[-1].address

    yield start
    for service in services:
        service.stop()


@pytest.fixture(scope="session")
def service(command, store):
    service = OwnService(command, store)
    service.start()
    yield service
    service.stop()


@pytest.fixture(scope="session")
def gaze(service):
    with Gaze(service.address) as gaze:
        yield gaze
