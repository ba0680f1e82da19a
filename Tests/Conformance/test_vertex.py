"""A custom container of Vertex AI: started as Vertex starts it, its answers read by Google's own types."""

import json

import numpy
import pytest
import requests
from google.cloud import aiplatform_v1
from google.protobuf import json_format, struct_pb2

from conftest import LABELS, container

SECONDS = 60
ROUTE = "/v1/endpoints/12/deployedModels/34"


@pytest.fixture(scope="module")
def deployed(command, store):
    """A container with the routes that Vertex gives where nobody says others."""
    with container(command, store, AIP_HEALTH_ROUTE=f"{ROUTE}:predict", AIP_PREDICT_ROUTE=f"{ROUTE}:predict",
                   AIP_DEPLOYED_MODEL_ID="34") as address:
        yield address


def explain(deployed, encoded, **parameters):
    # As Google's clients write parameters: a protobuf value, whose numbers are all of one kind.
    value = json_format.ParseDict(parameters, struct_pb2.Value())
    body = {"instances": [{"bytes": {"b64": text}} for text in encoded], "parameters": json_format.MessageToDict(value)}
    answer = requests.post(f"{deployed}{ROUTE}:explain", json=body, timeout=SECONDS)
    assert answer.status_code == 200, answer.text
    return aiplatform_v1.types.ExplainResponse.from_json(answer.text)


def test_it_is_asked_where_vertex_says(deployed, encoded):
    for host in ["12.europe-west4.aiplatform.example", "169.254.1.2:8080"]:
        health = requests.get(f"{deployed}{ROUTE}:predict", headers={"Host": host}, timeout=SECONDS)
        assert health.status_code == 200
    body = {"instances": [{"b64": text} for text in encoded], "parameters": {}}
    answer = requests.post(f"{deployed}{ROUTE}:predict", json=body, timeout=SECONDS)
    predictions = aiplatform_v1.types.PredictResponse.from_json(answer.text).predictions
    assert len(predictions) == len(encoded)
    for prediction in predictions:
        assert sum(prediction["PROBABILITIES"]) == pytest.approx(1, abs=1e-5)


def test_explanations_have_attributions(deployed, encoded):
    response = explain(deployed, encoded[:2], method="integrated-gradients", steps=4, topK=2)
    assert response.deployed_model_id == "34"
    assert len(response.explanations) == len(response.predictions) == 2
    for explanation, prediction in zip(response.explanations, response.predictions):
        indices = [list(attribution.output_index) for attribution in explanation.attributions]
        ranked = numpy.argsort(-numpy.array(prediction["PROBABILITIES"]), kind="stable")
        assert indices == [[int(index)] for index in ranked[:2]]
        for attribution in explanation.attributions:
            assert attribution.output_name == "logits"
            assert attribution.output_display_name == LABELS[attribution.output_index[0]]


def test_the_approximation_error_is_true(deployed, encoded):
    errors = []
    for steps in [2, 40]:
        response = explain(deployed, encoded[:1], method="integrated-gradients", steps=steps, outputIndices=[2])
        attribution = response.explanations[0].attributions[0]
        values = json.loads(type(attribution).to_json(attribution))["featureAttributions"]["image"]
        difference = attribution.instance_output_value - attribution.baseline_output_value
        error = abs(numpy.sum(values) - difference) / abs(difference)
        assert attribution.approximation_error == pytest.approx(error, rel=1e-2, abs=1e-4)
        errors.append(error)
    assert errors[1] < errors[0]


def test_errors_are_texts(deployed):
    for path, status in [(":predict", 400), (":explain", 400), (":guess", 404)]:
        answer = requests.post(f"{deployed}{ROUTE}{path}", json={"instances": []}, timeout=SECONDS)
        assert answer.status_code == status
        assert isinstance(answer.json()["error"], str)
