"""The client against the service's description, and against its own types."""

import subprocess
import sys
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
import yaml

from gaze_client import errors, queries, values

CLIENT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def schemas():
    return yaml.safe_load((CLIENT.parents[1] / "Static/openapi.yaml").read_text())["components"]


def test_every_code_has_an_exception(schemas):
    assert set(errors.BY_CODE) == set(schemas["schemas"]["ErrorCode"]["enum"])


@pytest.mark.parametrize("name", ["evidence", "colormap", "unseen", "fusion", "augmentation"])
def test_choices_are_those_of_the_service(schemas, name):
    chosen = get_args(get_type_hints(queries.PictureQuery)[name])
    assert set(chosen) == set(schemas["parameters"][name]["schema"]["enum"])


def test_families_and_states_are_those_of_the_service(schemas):
    families = schemas["schemas"]["MethodList"]["properties"]["methods"]["items"]["properties"]["family"]["enum"]
    assert set(get_args(get_type_hints(values.Method)["family"])) == set(families)
    assert set(get_args(values.Status)) == set(schemas["schemas"]["MapStatus"]["enum"])


def test_types():
    done = subprocess.run([sys.executable, "-m", "mypy"], cwd=CLIENT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
