"""TorchServe's interface, as its users call it: with requests and with curl."""

import base64
import json
import subprocess

import numpy
import pytest
import requests

from drawings import BOAT
from own_maps import SECONDS, own_map, own_predictions
from own_service import OwnService


@pytest.fixture
def post(address):
    return lambda path, **how: requests.post(f"{address}{path}", timeout=SECONDS, **how)


def test_it_is_healthy(address):
    assert requests.get(f"{address}/ping", timeout=SECONDS).json() == {"status": "Healthy"}
    models = requests.get(f"{address}/models", timeout=SECONDS).json()["models"]
    assert [model["modelName"] for model in models] == ["vessels"]
    [model] = requests.get(f"{address}/models/vessels", timeout=SECONDS).json()
    assert model["modelName"] == "vessels" and [worker["status"] for worker in model["workers"]] == ["READY"]


def test_predictions_are_labels_with_probabilities_the_likeliest_first(post, address):
    expected = {entry["label"]: entry["probability"] for entry in own_predictions(address, BOAT)}
    for answer in (
        post("/predictions/vessels", data=BOAT), post("/predictions/vessels/1.0", data=BOAT),
        post("/predictions/vessels", files={"data": BOAT}),
        post("/predictions/vessels", json={"data": base64.b64encode(BOAT).decode()}),
    ):
        assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/json"
        assert answer.json() == expected and list(answer.json()) == list(expected)


def test_curl_sends_files_as_the_documentation_says(address, tmp_path):
    picture = tmp_path / "boat.png"
    picture.write_bytes(BOAT)
    for path in ("/predictions/vessels", "/explanations/vessels"):
        said = subprocess.run(["curl", "-sS", f"{address}{path}", "-T", picture], check=True, capture_output=True,
                              timeout=SECONDS).stdout
        assert json.loads(said) == requests.post(f"{address}{path}", data=BOAT, timeout=SECONDS).json()


def test_no_class_is_lost_where_a_label_stands_twice(command, tmp_path):
    service = OwnService(command, tmp_path)
    try:
        service.add("twins", ["crane", "cup", "crane"])
        service.start()
        answer = requests.post(f"{service.address}/predictions/twins", data=BOAT, timeout=SECONDS).json()
    finally:
        service.stop()
    assert set(answer) == {"crane (0)", "cup", "crane (2)"}
    assert sum(answer.values()) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("asked", [
    {}, {"class": "blue"}, {"method": "integrated-gradients", "steps": 15, "class": 0, "resolution": "input"},
])
def test_explanations_are_maps(post, address, asked):
    array = numpy.array(post("/explanations/vessels", params=asked, data=BOAT).json(), dtype=numpy.float32)
    expected = own_map(address, BOAT, **asked)
    assert array.shape == (1, 1, *expected.shape)
    assert numpy.array_equal(array[0, 0], expected)


@pytest.mark.parametrize("path, data, status, kind", [
    ("/predictions/nosuch", None, 404, "ModelNotFoundException"),
    ("/explanations/nosuch", None, 404, "ModelNotFoundException"),
    ("/predictions/vessels/9.0", None, 404, "ResourceNotFoundException"),
    ("/predictions/vessels", b"not a picture", 415, "BadRequestException"),
    ("/explanations/vessels?clas=1", None, 400, "BadRequestException"),
    ("/explanations/vessels?class=mug", None, 404, "ResourceNotFoundException"),
    ("/predictions", None, 404, "ResourceNotFoundException"),
])
def test_errors_have_code_type_and_message(post, path, data, status, kind):
    answer = post(path, data=data or BOAT)
    said = answer.json()
    assert answer.status_code == said["code"] == status
    assert said["type"] == kind and said["message"] == said["error"]["message"]
