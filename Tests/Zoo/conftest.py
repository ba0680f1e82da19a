"""The real program, with a store of its own."""

import json
import os
import subprocess

import pytest

from own_service import server_command

SECONDS = 600


class Store:
    """The models of one folder, by the program."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = folder

    def run(self, *arguments):
        """`gaze models ...`: code, standard output, standard error."""
        environment = {**os.environ, "GAZE_MODELS": str(self.folder)}
        command = [self.program, "models", *map(str, arguments)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS)
        return done.returncode, done.stdout, done.stderr

    def imported(self, file, *arguments):
        """The manifest of what is imported under the name `m`, and what the import said."""
        code, said, errors = self.run("import", file, "--name", "m", "--force", *arguments)
        assert code == 0, errors
        return self.manifest("m"), said

    def refused(self, file, *arguments, code=65):
        """The message with which an import is refused; the store is as it was then."""
        before = (self.folder / "m").exists()
        found, said, errors = self.run("import", file, "--name", "m", "--force", *arguments)
        assert found == code, said + errors
        assert (self.folder / "m").exists() == before
        return errors

    def manifest(self, name):
        code, text, errors = self.run("show", name, "--json")
        assert code == 0, errors
        return json.loads(text)


@pytest.fixture(scope="session")
def program():
    return server_command()[0]


@pytest.fixture
def store(program, tmp_path):
    return Store(program, tmp_path / "store")
