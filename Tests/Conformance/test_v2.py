"""The Open Inference Protocol, version 2, by the clients of Triton and of KServe."""

import asyncio
import base64
import io
import json
import socket
import time

import kserve
import numpy
import pytest
import requests
import tritonclient.http as triton
from kserve.protocol.infer_type import RequestedOutput
from PIL import Image
from tritonclient.utils import InferenceServerException

from drawings import BOAT, CUP
from own_maps import SECONDS, own_map, own_predictions

CLASSES = 4


@pytest.fixture
def client(address):
    client = triton.InferenceServerClient(address.removeprefix("http://"))
    yield client
    client.close()


def files(*images, shape=None, binary=True):
    """The input `image`, of files; in JSON as Base64."""
    if not binary:
        images = [base64.b64encode(image) for image in images]
    data = numpy.array(images, dtype=numpy.object_).reshape(shape or [len(images)])
    tensor = triton.InferInput("image", list(data.shape), "BYTES")
    tensor.set_data_from_numpy(data, binary_data=binary)
    return tensor


def output(name, **how):
    return triton.InferRequestedOutput(name, **how)


# Triton's client


def test_server_and_models_say_what_they_are(client):
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready("vessels") and client.is_model_ready("vessels", "1")
    assert not client.is_model_ready("nosuch") and not client.is_model_ready("vessels", "2")
    server = client.get_server_metadata()
    assert server["name"] == "gaze" and "binary_tensor_data" in server["extensions"]
    model = client.get_model_metadata("vessels")
    assert model["versions"] == ["1"]
    assert [(tensor["name"], tensor["datatype"], tensor["shape"]) for tensor in model["inputs"]] == [
        ("image", "BYTES", [-1])]
    assert {tensor["name"]: (tensor["datatype"], tensor["shape"]) for tensor in model["outputs"]} == {
        "probabilities": ("FP32", [-1, CLASSES]), "logits": ("FP32", [-1, CLASSES]), "classes": ("INT64", [-1]),
        "saliency": ("FP32", [-1, -1, -1]), "heatmap": ("BYTES", [-1])}


def test_without_outputs_the_answer_is_binary_probabilities(client, address):
    result = client.infer("vessels", [files(BOAT, CUP)], request_id="42")
    probabilities = result.as_numpy("probabilities")
    assert probabilities.shape == (2, CLASSES) and probabilities.dtype == numpy.float32
    assert result.get_response()["id"] == "42"
    assert "binary_data_size" in result.get_output("probabilities")["parameters"]
    for row, image in zip(probabilities, (BOAT, CUP)):
        for prediction in own_predictions(address, image):
            assert row[prediction["index"]] == numpy.float32(prediction["probability"])


@pytest.mark.parametrize("shape", [[2], [2, 1]])
@pytest.mark.parametrize("binary_in", [True, False])
@pytest.mark.parametrize("binary_out", [True, False])
def test_every_form_gives_the_same_numbers(client, address, shape, binary_in, binary_out):
    result = client.infer(
        "vessels", [files(BOAT, CUP, shape=shape, binary=binary_in)], model_version="1",
        outputs=[output(name, binary_data=binary_out)
                 for name in ("saliency", "logits", "classes", "heatmap", "probabilities")])
    own = [own_predictions(address, image) for image in (BOAT, CUP)]
    assert result.as_numpy("classes").tolist() == [predictions[0]["index"] for predictions in own]
    assert result.as_numpy("classes").dtype == numpy.int64
    for row, predictions in zip(result.as_numpy("logits"), own):
        for prediction in predictions:
            assert row[prediction["index"]] == numpy.float32(prediction["logit"])
    saliency = result.as_numpy("saliency")
    assert saliency.dtype == numpy.float32 and saliency.ndim == 3
    for plane, image in zip(saliency, (BOAT, CUP)):
        assert numpy.array_equal(plane, own_map(address, image))
    heatmap = result.as_numpy("heatmap")[0]
    picture = heatmap if binary_out else base64.b64decode(heatmap)
    assert Image.open(io.BytesIO(picture)).size == (451, 300)


@pytest.mark.parametrize("asked", [
    {"class": 2}, {"class": "blue", "against": "white"}, {"method": "layercam", "layer": "features.7", "class": 0},
    {"method": "integrated-gradients", "steps": 4, "class": 1, "resolution": "input"},
    {"method": "rise", "masks": 32, "seed": 3, "class": 3}, {"resolution": "image"},
])
def test_parameters_ask_for_any_map(client, address, asked):
    result = client.infer("vessels", [files(BOAT)], outputs=[output("saliency")], parameters=asked)
    saliency = result.as_numpy("saliency")
    expected = own_map(address, BOAT, **asked)
    assert saliency.shape == (1, *expected.shape)
    assert numpy.array_equal(saliency[0], expected, equal_nan=True)
    said = result.get_output("saliency")["parameters"]
    assert said["method"] == asked.get("method", "grad-cam")
    if isinstance(asked.get("class"), int):
        assert said["class"] == str(asked["class"])


def test_several_classes_are_a_dimension(client, address):
    result = client.infer("vessels", [files(BOAT, CUP)], outputs=[output("saliency")], parameters={"classes": "0,2"})
    saliency = result.as_numpy("saliency")
    assert saliency.shape[:2] == (2, 2)
    for maps, image in zip(saliency, (BOAT, CUP)):
        assert numpy.array_equal(maps, own_map(address, image, classes="0,2"))


def test_pixels_are_looked_at_as_a_file_is(client):
    pixels = numpy.asarray(Image.open(io.BytesIO(BOAT)).convert("RGB"))[None]
    tensor = triton.InferInput("image", list(pixels.shape), "UINT8")
    outputs = [output("saliency"), output("logits")]
    of_file = client.infer("vessels", [files(BOAT)], outputs=outputs)
    tensor.set_data_from_numpy(pixels)
    of_pixels = client.infer("vessels", [tensor], outputs=outputs)
    for name in ("saliency", "logits"):
        assert numpy.array_equal(of_file.as_numpy(name), of_pixels.as_numpy(name))


def test_class_count_gives_value_index_and_label(client, address):
    result = client.infer("vessels", [files(BOAT, CUP)], outputs=[output("probabilities", class_count=3)])
    classes = result.as_numpy("probabilities")
    assert classes.shape == (2, 3)
    for row, image in zip(classes, (BOAT, CUP)):
        for text, prediction in zip(row, own_predictions(address, image)):
            value, index, label = text.decode().split(":", 2)
            assert numpy.float32(value) == numpy.float32(prediction["probability"])
            assert (int(index), label) == (prediction["index"], prediction["label"])


def test_a_file_alone_is_a_request(address, client):
    answer = requests.post(f"{address}/v2/models/vessels/infer", data=BOAT, timeout=SECONDS,
                           headers={"Inference-Header-Content-Length": "0"})
    assert answer.status_code == 200
    result = triton.InferResult.from_response_body(
        answer.content, header_length=int(answer.headers["Inference-Header-Content-Length"]))
    expected = client.infer("vessels", [files(BOAT)]).as_numpy("probabilities")
    assert numpy.array_equal(result.as_numpy("probabilities"), expected)


def test_a_request_without_an_id_is_given_one(client):
    assert isinstance(client.infer("vessels", [files(BOAT)]).get_response()["id"], str)


@pytest.mark.parametrize("how, status, words", [
    ({"model_name": "nosuch"}, "404", "There is no model 'nosuch'"),
    ({"model_name": "vessels", "model_version": "7"}, "404", "one version is 1"),
    ({"model_name": "vessels", "parameters": {"clas": 1}}, "400", "'clas'"),
    ({"model_name": "vessels", "parameters": {"class": 1}}, "400", "outputs saliency and heatmap"),
    ({"model_name": "vessels", "sequence_id": 3}, "400", "sequence_id"),
    ({"model_name": "vessels", "priority": 1}, "400", "priority"),
    ({"model_name": "vessels", "timeout": 1000}, "400", "timeout"),
    ({"model_name": "vessels", "outputs": [output("nosuch")]}, "400", "probabilities, logits"),
    ({"model_name": "vessels", "outputs": [output("saliency")], "parameters": {"class": "mug"}}, "404", "no class"),
    ({"model_name": "vessels", "outputs": [output("saliency", binary_data=False)],
      "parameters": {"resolution": "image"}}, "400", "Ask for binary data"),
])
def test_errors_reach_the_client_as_sentences(client, how, status, words):
    with pytest.raises(InferenceServerException) as refusal:
        client.infer(inputs=[files(BOAT)], **how)
    assert refusal.value.status() == status
    assert words in refusal.value.message()


@pytest.mark.parametrize("call", [
    lambda client: client.get_model_config("vessels"),
    lambda client: client.get_model_repository_index(),
    lambda client: client.load_model("vessels"),
    lambda client: client.get_inference_statistics(),
    lambda client: client.get_model_metadata("nosuch"),
])
def test_what_triton_has_beyond_is_refused_in_its_form(client, call):
    with pytest.raises(InferenceServerException) as refusal:
        call(client)
    assert refusal.value.status() == "404" and refusal.value.message()


def computing(address):
    """How many pieces of work compute or are parked."""
    report = requests.get(f"{address}/metrics", timeout=SECONDS).text
    return sum(float(line.split()[1]) for line in report.splitlines()
               if line.startswith(("gaze_compute_slots_busy ", "gaze_compute_parked ")))


def wait_until(condition):
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.05)


def test_work_ends_when_its_client_leaves(address):
    """Thousands of passes, which would take minutes here."""
    body = json.dumps({
        "inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "data": [base64.b64encode(BOAT).decode()]}],
        "outputs": [{"name": "saliency"}], "parameters": {"method": "rise", "masks": 9000}}).encode()
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=SECONDS) as connection:
        connection.sendall(
            f"POST /v2/models/vessels/infer HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body)
        wait_until(lambda: computing(address) > 0)
    wait_until(lambda: computing(address) == 0)


# KServe's client


def run(address, work):
    async def session():
        async with kserve.InferenceRESTClient(kserve.RESTConfig(protocol="v2")) as client:
            return await work(client, address)
    return asyncio.run(session())


def test_kserve_asks_whether_all_is_ready(address):
    async def work(client, base):
        return [await client.is_server_live(base), await client.is_server_ready(base),
                await client.is_model_ready(base, "vessels"), await client.is_model_ready(base, "nosuch")]
    assert run(address, work) == [True, True, True, False]


@pytest.mark.parametrize("binary", [True, False])
def test_kserve_infers(address, binary):
    tensor = kserve.InferInput("image", [2], "BYTES")
    images = [BOAT, CUP] if binary else [base64.b64encode(image) for image in (BOAT, CUP)]
    tensor.set_data_from_numpy(numpy.array(images, dtype=numpy.object_), binary_data=binary)
    request = kserve.InferRequest(
        "vessels", [tensor], request_id="7", parameters={"class": 2},
        request_outputs=[RequestedOutput("saliency", {"binary_data": binary}), RequestedOutput("probabilities")])

    async def work(client, base):
        return await client.infer(base, request, model_name="vessels")

    response = run(address, work)
    assert (response.id, response.model_name) == ("7", "vessels")
    saliency = {output.name: output for output in response.outputs}["saliency"].as_numpy()
    for plane, image in zip(saliency, (BOAT, CUP)):
        assert numpy.array_equal(plane, own_map(address, image, **{"class": 2}))


def test_kserve_is_told_what_is_wrong(address):
    tensor = kserve.InferInput("image", [1], "BYTES", [base64.b64encode(BOAT).decode()])

    async def work(client, base):
        await client.infer(base, kserve.InferRequest("nosuch", [tensor]), model_name="nosuch")

    with pytest.raises(Exception, match="There is no model 'nosuch'"):
        run(address, work)
