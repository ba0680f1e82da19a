"""The service and its description, Static/openapi.yaml, against each other."""

import os
import subprocess
import sys
from pathlib import Path

import requests
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

HERE = Path(__file__).resolve().parent
DESCRIPTION = HERE.parents[1] / "Static" / "openapi.yaml"
LONG = os.environ.get("GAZE_LONG") == "1"
#: Cases of each operation and phase.
EXAMPLES = 100 if LONG else 6
SECONDS = 3600 if LONG else 600
#: What is the same question at another address, by the name of the operation: in the long form alone.
TWINS = [] if LONG else ["--exclude-operation-id-regex", "Of(Version|Label|Provider)$|^put"]


def test_the_description_is_openapi():
    errors = OpenAPIV31SpecValidator(yaml.safe_load(DESCRIPTION.read_text())).iter_errors()
    assert [error.message for error in errors] == []


def test_the_service_hands_out_the_description(service):
    answer = requests.get(f"{service.address}/openapi.yaml", timeout=10)
    assert answer.status_code == 200
    assert answer.content == DESCRIPTION.read_bytes()


def test_the_service_does_what_the_description_says(service):
    command = [Path(sys.executable).with_name("st"), "--config-file", HERE / "schemathesis.toml", "run",
               f"{service.address}/openapi.yaml", "--url", service.address, "--checks", "all",
               "--max-examples", str(EXAMPLES),
               # They are there only where tokens are needed, which Tests/Service sees to.
               "--exclude-path", "/sign-in", "--exclude-path", "/sign-out",
               *TWINS]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE)}
    done = subprocess.run(command, env=environment, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=SECONDS)
    print(done.stdout)
    assert done.returncode == 0, "see above what the service does otherwise"
