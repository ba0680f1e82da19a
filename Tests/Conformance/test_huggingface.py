"""Image classification as Hugging Face's client asks for it."""

import pytest
from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError

from drawings import BOAT
from own_maps import own_predictions


@pytest.fixture(params=["/hf/vessels", "/hf/models/vessels"])
def client(request, address):
    return InferenceClient(base_url=address + request.param)


def told(elements):
    return [(element.label, pytest.approx(element.score, abs=1e-6)) for element in elements]


def test_bytes_and_files_are_classified(client, address, tmp_path):
    expected = [(entry["label"], entry["probability"]) for entry in own_predictions(address, BOAT)]
    picture = tmp_path / "boat.png"
    picture.write_bytes(BOAT)
    for image in (BOAT, picture, str(picture)):
        assert expected == told(client.image_classification(image))


def test_parameters_are_used(client, address):
    predictions = own_predictions(address, BOAT)
    assert [(entry["label"], entry["probability"]) for entry in predictions[:2]] == told(
        client.image_classification(BOAT, top_k=2))
    assert [(entry["label"], entry["logit"]) for entry in predictions] == told(
        client.image_classification(BOAT, function_to_apply="none"))
    scores = [element.score for element in client.image_classification(BOAT, function_to_apply="sigmoid", top_k=4)]
    assert len(scores) == 4 and all(0 < score < 1 for score in scores)


def test_a_model_may_be_given_as_an_address(address):
    client = InferenceClient(model=f"{address}/hf/vessels")
    assert client.image_classification(BOAT)[0].label == own_predictions(address, BOAT)[0]["label"]


@pytest.mark.parametrize("path, data, words", [
    ("/hf/nosuch", None, "There is no model 'nosuch'"),
    ("/hf/vessels", b"not a picture", "This is not an image file"),
    ("/hf", None, "nothing at this address"),
])
def test_errors_reach_the_client_as_sentences(address, path, data, words):
    with pytest.raises(HfHubHTTPError, match=words):
        InferenceClient(base_url=address + path).image_classification(data or BOAT)
