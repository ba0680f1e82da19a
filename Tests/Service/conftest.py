"""Starts services to be attacked, hands them out, and prints what was timed."""

import resource

import pytest

from own_service import server_command
from service import LABELS, LONG, Service, notes
from waiting import Waiting


def pytest_collection_modifyitems(items):
    for item in items:
        if item.get_closest_marker("long") and not LONG:
            item.add_marker(pytest.mark.skip("the long form: GAZE_LONG=1"))
    items.sort(key=lambda item: item.get_closest_marker("late") is not None)


def pytest_terminal_summary(terminalreporter):
    if notes:
        terminalreporter.section("under attack")
        for note in notes:
            terminalreporter.write_line(note)


@pytest.fixture(scope="session")
def command():
    """What starts the program, up to and with `serve`."""
    command = server_command()
    # The attacks hold thousands of connections.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return command


@pytest.fixture(scope="session")
def store(command, tmp_path_factory):
    """The folder of a store with one model of random weights and a thousand classes."""
    folder = tmp_path_factory.mktemp("store")
    Service(command, folder).add("vessels", LABELS)
    return folder


@pytest.fixture(scope="session")
def waiting(command, store):
    """Connections that wait from the session's beginning on."""
    with Service(command, store) as service, Waiting(service) as waiting:
        yield waiting


@pytest.fixture
def start(command, store, waiting):
    """Makes services of the test's own: `start("--keep", "5", files=(256, 256))`."""
    services = []

    def start(*arguments, **how):
        service = Service(command, how.pop("folder", store), arguments, **how)
        services.append(service)
        return service.__enter__()

    yield start
    for service in services:
        service.end()


@pytest.fixture(scope="session")
def shared_service():
    services = []
    yield services
    for service in services:
        service.end()


@pytest.fixture
def service(command, store, waiting, shared_service):
    """A service in good health that other tests attack too; one that has not survived its test is replaced."""
    if shared_service and (not shared_service[-1].is_alive or shared_service[-1].health() is None):
        shared_service.pop().end()
    if not shared_service:
        shared_service.append(Service(command, store).__enter__())
    return shared_service[-1]
