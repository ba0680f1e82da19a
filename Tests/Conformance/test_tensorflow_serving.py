"""TensorFlow Serving's REST interface, as its users ask it: with requests."""

import base64
import json

import pytest
import requests

from conftest import LABELS

SECONDS = 60


@pytest.fixture
def model(address):
    return f"{address}/v1/models/vessels"


def post(url, **how):
    return requests.post(url, timeout=SECONDS, **how)


def get(url):
    return requests.get(url, timeout=SECONDS)


def assert_is_prediction(prediction):
    assert set(prediction) == {"CLASSES", "PROBABILITIES"}
    assert len(prediction["PROBABILITIES"]) == len(LABELS)
    assert sum(prediction["PROBABILITIES"]) == pytest.approx(1, abs=1e-5)
    assert prediction["CLASSES"] == max(range(len(LABELS)), key=prediction["PROBABILITIES"].__getitem__)


def test_rows_columns_and_lines_say_the_same(model, encoded):
    rows = post(f"{model}:predict", json={"instances": [{"bytes": {"b64": text}} for text in encoded]})
    assert rows.status_code == 200
    assert rows.headers["Content-Type"] == "application/json"
    predictions = rows.json()["predictions"]
    assert len(predictions) == len(encoded)
    for prediction in predictions:
        assert_is_prediction(prediction)

    columns = post(f"{model}:predict", json={"signature_name": "serving_default",
                                             "inputs": {"bytes": [{"b64": text} for text in encoded]}}).json()["outputs"]
    assert columns["CLASSES"] == [prediction["CLASSES"] for prediction in predictions]
    assert columns["PROBABILITIES"] == [prediction["PROBABILITIES"] for prediction in predictions]

    lines = "".join(json.dumps({"bytes": {"b64": text}}) + "\n" for text in encoded)
    assert post(f"{model}:predict", data=lines).json() == rows.json()


def test_base64_comes_in_every_spelling(model, pictures, encoded):
    expected = post(f"{model}:predict", json={"instances": [{"b64": encoded[0]}]}).json()
    file = pictures[0]
    for text in [
        base64.encodebytes(file).decode(), base64.urlsafe_b64encode(file).decode(), encoded[0].rstrip("="),
        base64.urlsafe_b64encode(file).decode().rstrip("="), "data:image/jpeg;base64," + encoded[0],
    ]:
        for instance in [text, {"b64": text}, {"bytes": {"b64": text}}, {"bytes": text}, {"data": text},
                         {"data": {"b64": text}}, {"image_bytes": {"b64": text}}]:
            assert post(f"{model}:predict", json={"instances": [instance]}).json() == expected


def test_versions_labels_and_letters_do_not_matter(address, model, encoded):
    body = {"instances": [{"b64": encoded[0]}]}
    expected = post(f"{model}:predict", json=body).json()
    for path in ["/v1/models/vessels/versions/1:predict", "/v1/models/vessels/labels/stable:predict",
                 "/V1/Models/vessels/Versions/1:PREDICT"]:
        assert post(address + path, json=body).json() == expected
    for path in ["/v1/models/vessels/versions/7:predict", "/v1/models/vessels/labels/canary:predict",
                 "/v1/models/nosuch:predict"]:
        answer = post(address + path, json=body)
        assert answer.status_code == 404 and list(answer.json()) == ["error"]


def test_classifications_are_labels_and_probabilities(model, encoded):
    body = {"examples": [{"bytes": {"b64": text}} for text in encoded]}
    results = post(f"{model}:classify", json=body).json()["results"]
    predictions = post(f"{model}:predict", json={"instances": body["examples"]}).json()["predictions"]
    for result, prediction in zip(results, predictions, strict=True):
        assert {label: score for label, score in result} == dict(zip(LABELS, prediction["PROBABILITIES"]))
        assert [score for _, score in result] == sorted(prediction["PROBABILITIES"], reverse=True)


def test_status_and_metadata(model):
    status = get(model).json()
    assert status["model_version_status"] == [
        {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}]
    assert get(f"{model}/versions/1").json() == status
    metadata = get(f"{model}/metadata").json()
    assert metadata["model_spec"] == {"name": "vessels", "signature_name": "", "version": "1"}
    signature = metadata["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["inputs"]["bytes"]["dtype"] == "DT_STRING"
    assert signature["outputs"]["PROBABILITIES"]["tensor_shape"] == {
        "dim": [{"size": "-1", "name": ""}, {"size": "4", "name": ""}], "unknown_rank": False}
    assert signature["method_name"] == "tensorflow/serving/predict"


@pytest.mark.parametrize("verb, body, words", [
    ("predict", {}, "Missing 'inputs' or 'instances' key"),
    ("predict", {"instances": ["QQ=="], "inputs": ["QQ=="]}, "Not both"),
    ("predict", {"instances": [{"bytes": {"b64": "QQ=="}, "key": "1"}]}, "keys must be equal to: bytes"),
    ("predict", {"instances": ["QQ=="], "signature_name": "other"}, "serving_default"),
    ("predict", {"instances": ["QQ=="], "extra": 1}, "no member 'extra'"),
    ("predict", {"instances": ["QQ=="]}, "instances[0]: This is not an image file"),
    ("regress", {"examples": ["QQ=="]}, "classifiers"),
])
def test_errors_are_texts(model, verb, body, words):
    answer = post(f"{model}:{verb}", json=body)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/json"
    assert list(answer.json()) == ["error"] and words in answer.json()["error"]


def test_many_images_come_in_one_request(model, encoded):
    answer = post(f"{model}:predict", json={"instances": [{"b64": encoded[place % 3]} for place in range(20)]})
    predictions = answer.json()["predictions"]
    assert len(predictions) == 20
    assert predictions[:3] == predictions[3:6] == predictions[15:18]
    assert post(f"{model}:predict", json={"instances": [{"b64": encoded[0]}] * 129}).status_code == 413
