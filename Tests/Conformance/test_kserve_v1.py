"""KServe's V1 protocol, by its own client."""

import asyncio

import httpx
import pytest
import requests
from kserve import InferenceRESTClient, RESTConfig

from conftest import LABELS


@pytest.fixture
def ask(address):
    """Calls a method of the client: `ask("explain", "vessels", {...})`."""

    def ask(method, *arguments, **how):
        async def call():
            client = InferenceRESTClient(RESTConfig(protocol="v1"))
            try:
                return await getattr(client, method)(address, *arguments, **how)
            finally:
                await client.close()

        return asyncio.run(call())

    return ask


def test_the_server_lives_and_the_model_is_ready(ask, address):
    assert ask("is_server_live") is True
    assert ask("is_model_ready", "vessels") is True
    assert requests.get(f"{address}/v1/models", timeout=60).json() == {"models": ["vessels"]}


def test_images_are_predicted(ask, encoded):
    answer = ask("infer", {"instances": [{"image_bytes": {"b64": text}} for text in encoded]}, model_name="vessels")
    assert [len(prediction["PROBABILITIES"]) for prediction in answer["predictions"]] == [4, 4, 4]


def test_images_are_explained(ask, encoded):
    answer = ask("explain", "vessels", {"instances": [{"data": text} for text in encoded]})
    assert len(answer["explanations"]) == 3
    predictions = ask("infer", {"instances": encoded}, model_name="vessels")["predictions"]
    for explanation, prediction in zip(answer["explanations"], predictions, strict=True):
        assert explanation["method"] == "grad-cam" and explanation["status"]
        assert explanation["class"]["index"] == prediction["CLASSES"]
        assert explanation["class"]["label"] == LABELS[prediction["CLASSES"]]
        height, width = explanation["shape"]
        assert len(explanation["values"]) == height
        assert all(len(row) == width for row in explanation["values"])
        assert explanation["receipt"]["method"]["name"] == "grad-cam"


def test_parameters_are_those_of_the_own_interface(ask, address, pictures, encoded):
    parameters = {"class": "blue", "method": "rise", "masks": 12, "seed": 3, "resolution": "input"}
    answer = ask("explain", "vessels", {"instances": encoded, "parameters": parameters})
    for explanation, picture in zip(answer["explanations"], pictures, strict=True):
        own = requests.post(f"{address}/api/explain", params=parameters, data=picture,
                            headers={"Accept": "application/json"}, timeout=60)
        assert own.json() == explanation


def test_errors_are_read_by_the_client(ask, encoded):
    for model, body, status, words in [
        ("nosuch", {"instances": encoded}, 404, "There is no model 'nosuch'"),
        ("vessels", {"instances": ["QQ=="]}, 400, "instances[0]"),
        ("vessels", {"instances": encoded, "parameters": {"clas": 1}}, 400, "clas"),
        ("vessels", {"instances": encoded, "parameters": {"class": "green"}}, 404, "green"),
    ]:
        with pytest.raises(httpx.HTTPStatusError) as caught:
            ask("explain", model, body)
        assert caught.value.response.status_code == status
        assert words in str(caught.value)
