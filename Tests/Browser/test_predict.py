"""The contract of TensorFlow Serving's REST clients, as they speak it: with requests."""

import base64

import pytest
import requests

SECONDS = 60


@pytest.fixture(scope="module")
def predict(own_service):
    """Posts to a model of four classes."""
    return lambda model="vessels", **body: requests.post(
        f"{own_service.address}/v1/models/{model}:predict", timeout=SECONDS, **body
    )


@pytest.fixture
def image(thumbnail):
    return base64.b64encode(thumbnail.read_bytes()).decode()


def assert_is_prediction(prediction):
    assert set(prediction) == {"CLASSES", "PROBABILITIES"}
    assert len(prediction["PROBABILITIES"]) == 4
    assert sum(prediction["PROBABILITIES"]) == pytest.approx(1, abs=1e-5)
    assert prediction["CLASSES"] == max(range(4), key=prediction["PROBABILITIES"].__getitem__)


def test_instances_become_predictions(predict, image):
    response = predict(json={"instances": [{"bytes": {"b64": image}}] * 3})
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    predictions = response.json()["predictions"]
    assert len(predictions) == 3
    for prediction in predictions:
        assert_is_prediction(prediction)


def test_json_lines_are_instances(predict, image):
    response = predict(data=f'{{"bytes": {{"b64": "{image}"}}}}\n' * 2)
    assert response.status_code == 200
    assert len(response.json()["predictions"]) == 2
    assert_is_prediction(response.json()["predictions"][0])


def test_columns_become_outputs(predict, image):
    body = {"signature_name": "serving_default", "inputs": {"bytes": [{"b64": image}]}}
    outputs = predict(json=body).json()["outputs"]
    assert_is_prediction({name: values[0] for name, values in outputs.items()})


@pytest.mark.parametrize("model, body, status, words", [
    ("vessels", {"instances": [{"bytes": {"b64": "bm90IGFuIGltYWdl"}}]}, 400, "instances[0]"),
    ("vessels", {"examples": []}, 400, "Missing 'inputs' or 'instances' key"),
    ("nosuch", {"instances": [{"b64": ""}]}, 404, "There is no model 'nosuch'"),
])
def test_errors_are_in_the_protocols_form(predict, model, body, status, words):
    response = predict(model, json=body)
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/json"
    assert list(response.json()) == ["error"]
    assert words in response.json()["error"]


def test_the_status_is_what_both_servings_ask_for(own_service):
    status = requests.get(f"{own_service.address}/v1/models/vessels", timeout=SECONDS).json()
    assert status["name"] == "vessels" and status["ready"] is True
    assert status["model_version_status"][0]["state"] == "AVAILABLE"
    assert status["model_version_status"][0]["status"]["error_code"] == "OK"
