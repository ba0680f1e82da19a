"""Starts the service that is held against its description."""

import pytest

from own_service import OwnService, server_command

#: Few, so that the answers with a number for each class stay small.
LABELS = [f"vessel of the {number}th kind" for number in range(30)]


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    service = OwnService(server_command(), tmp_path_factory.mktemp("store"))
    service.add("vessels", LABELS)
    # The addresses of a container of Vertex AI are described, too.
    service.environment["AIP_HTTP_PORT"] = "8080"
    service.start("--host", "127.0.0.1")
    yield service
    service.stop()
