"""The client against the real program."""

import hashlib
import io
import json
import pickle
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
import pytest

import gaze_client
from gaze_client import (AmbiguousClass, Analysis, BadImage, BadRequest, Expired, Explanation, Gaze, Limited, NoAnswer,
                         TooLarge, Unauthorized, Unknown)

SAMPLE = Path(__file__).parents[3] / "Static/samples/umbrella.webp"


@pytest.fixture(scope="module")
def analysis(gaze):
    return gaze.analyse(SAMPLE, top=3)


def test_an_upload_gives_predictions(analysis):
    assert analysis.model == "vessels" and analysis.class_count == 10 and analysis.format == "webp"
    assert [one.probability for one in analysis.predictions] == sorted(
        (one.probability for one in analysis.predictions), reverse=True)
    assert len(analysis.predictions) == 3
    top = analysis.top(10)
    assert top[:3] == analysis.predictions and {one.index for one in top} == set(range(10))
    assert sum(one.probability for one in top) == pytest.approx(1, abs=1e-5)


def test_a_path_bytes_and_an_array_are_one_image(gaze):
    pixels = numpy.random.default_rng(1).integers(0, 256, (40, 60, 3), dtype=numpy.uint8)
    of_array = gaze.analyse(pixels)
    assert (of_array.image.width, of_array.image.height, of_array.format) == (60, 40, "png")
    assert gaze.analyse(SAMPLE).predictions == gaze.analyse(str(SAMPLE)).predictions == (
        gaze.analyse(SAMPLE.read_bytes()).predictions)
    grey = gaze.analyse(numpy.full((40, 60), 128, dtype=numpy.uint8))
    assert grey.predictions == gaze.analyse(numpy.full((40, 60, 3), 128, dtype=numpy.uint8)).predictions
    with pytest.raises(ValueError, match="uint8"):
        gaze.analyse(numpy.zeros((40, 60, 3)))


def test_an_array_is_sent_as_it_is():
    """Read back by another's decoder, where there is one, row by row."""
    image = pytest.importorskip("PIL.Image")
    pixels = numpy.random.default_rng(2).integers(0, 256, (5, 7, 3), dtype=numpy.uint8)
    read = numpy.asarray(image.open(io.BytesIO(gaze_client.images.png(pixels))))
    assert (read == pixels).all()


def test_a_second_class_and_another_method(analysis):
    first = analysis.saliency()
    assert first.dtype == numpy.float32 and first.ndim == 2
    best, second = (one.index for one in analysis.predictions[:2])
    assert (analysis.saliency(best) == first).all()
    assert not (analysis.saliency(second) == first).all()
    assert (analysis.saliency(f"kind {second}") == analysis.saliency(second)).all()
    rise = analysis.saliency(best, method="rise", parameters={"masks": 8, "seed": 3})
    assert rise.shape == (analysis.input.height, analysis.input.width)
    assert (analysis.saliency(best, method="rise", parameters={"masks": 8, "seed": 3}) == rise).all()
    assert not (analysis.saliency(best, method="rise", parameters={"masks": 8, "seed": 4}) == rise).all()
    assert (analysis.saliency(best, against=second) != first).any()


def test_several_classes_and_methods_are_one_array(analysis):
    classes = [one.index for one in analysis.predictions[:2]]
    maps = analysis.saliency(classes)
    assert maps.shape[0] == 2 and (maps[1] == analysis.saliency(classes[1])).all()
    both = analysis.saliency(classes, method=["grad-cam", "rise"], parameters={"rise.masks": 8}, resolution="input")
    assert both.shape == (2, 2, analysis.input.height, analysis.input.width)
    assert numpy.isnan(analysis.saliency(resolution="image")).any(), "the crop of a wide picture leaves out its sides"


def test_a_picture(analysis):
    picture = analysis.heatmap(colormap="viridis", alpha=0.7, contours=[0.25, 0.5])
    assert picture.startswith(b"\x89PNG")
    assert picture != analysis.heatmap()
    assert analysis.heatmap(analysis.predictions[1].index, evidence="signed", colorbar=True).startswith(b"\x89PNG")
    assert analysis.image_jpeg().startswith(b"\xff\xd8")


def test_a_map_with_its_context(analysis):
    explanation = analysis.explain(resolution="input", picture=True, against=analysis.predictions[1].index)
    assert explanation.target == analysis.predictions[0] and explanation.against == analysis.predictions[1]
    assert explanation.values.shape == (analysis.input.height, analysis.input.width)
    assert explanation.picture.startswith(b"\x89PNG")
    layer = analysis.explain()
    assert layer.maximum == pytest.approx(layer.values.max(), rel=1e-6) and layer.zero == 0
    assert analysis.explain(method="rise", parameters={"masks": 8}).zero > 0


def test_receipt_and_bundle(analysis):
    receipt = analysis.receipt(method="hirescam")
    assert receipt["method"]["name"] == "hirescam"
    assert receipt["digests"]["image"] == hashlib.sha256(SAMPLE.read_bytes()).hexdigest()
    files = zipfile.ZipFile(io.BytesIO(analysis.bundle(method="hirescam")))
    assert sorted(files.namelist()) == ["image.jpg", "picture.png", "receipt.json", "saliency.json", "saliency.npy"]
    assert json.loads(files.read("receipt.json")) == receipt
    assert (gaze_client.analysis.array(files.read("saliency.npy")) == analysis.saliency(method="hirescam")).all()


def test_the_maps_of_all_classes(analysis, gaze):
    if analysis.has_cube:
        cube = analysis.cube()
        assert cube.shape[2] == 10
        assert cube[:, :, 3] == pytest.approx(analysis.saliency(3), rel=1e-3, abs=1e-4)
    else:
        with pytest.raises(BadRequest, match="mean"):
            analysis.cube()


def test_faithfulness(analysis):
    report = analysis.faithfulness(methods=["grad-cam"], metrics=["deletion"], steps=4)
    names = {one["name"]: one["control"] for one in report["maps"]}
    assert names["grad-cam"] is False and any(names.values())


def test_one_request(gaze, analysis):
    explanation = gaze.explain(SAMPLE, 3, method="hirescam", picture=True, top=2)
    assert explanation.target.index == 3 and explanation.picture.startswith(b"\x89PNG")
    assert explanation.predictions == analysis.predictions[:2]
    assert (explanation.values == analysis.saliency(3, method="hirescam")).all()


def test_many_images_and_one_that_is_none(gaze):
    first, broken, last = gaze.explain_many([SAMPLE, b"not an image", SAMPLE.read_bytes()], top=1)
    assert isinstance(first, Explanation) and isinstance(last, Explanation)
    assert (first.values == last.values).all() and first.predictions == last.predictions
    assert isinstance(broken, BadImage) and "JPEG, PNG or WebP" in str(broken)


def test_two_models(gaze):
    compared = gaze.compare(SAMPLE, ["vessels", "other-vessels"])
    assert list(compared) == ["vessels", "other-vessels"]
    assert compared["vessels"].predictions != compared["other-vessels"].predictions


def test_what_there_is(gaze, service):
    assert [model.name for model in gaze.models()] == ["vessels", "other-vessels"]
    details = gaze.model("vessels")
    assert details.model.class_count == 10 and details.classes[3] == "kind 3" and details.parameters > 100_000
    assert details.model.layer in [layer.name for layer in details.layers]
    methods = {method.name: method for method in gaze.methods()}
    assert list(methods)[0] == "grad-cam" and not methods["rise"].uses_layer
    masks = next(one for one in methods["rise"].parameters if one.name == "masks")
    assert masks.kind == "integer" and masks.minimum == 1 and masks.default == 2000
    assert gaze.keys() == [] and gaze.is_ready()
    assert repr(gaze) == f"Gaze({service.address!r})"


def test_a_kept_analysis_is_found_again_and_forgotten(gaze):
    analysis = gaze.analyse(SAMPLE)
    again = gaze.analysis(analysis.id)
    assert isinstance(again, Analysis) and again == analysis
    request = urllib.request.Request(analysis.page, headers={"Accept": "text/html"})
    assert urllib.request.urlopen(request).status == 200
    analysis.delete()
    with pytest.raises(Expired):
        again.heatmap()


@pytest.mark.parametrize("ask, kind, code, said", [
    (lambda gaze, kept: gaze.analyse(b"GIF89a" + bytes(40)), BadImage, "unsupported_image", "GIF"),
    (lambda gaze, kept: gaze.analyse(bytes(33 << 20)), TooLarge, "too_many_bytes", "32 MiB"),
    (lambda gaze, kept: gaze.analyse(SAMPLE, model="none"), Unknown, "unknown_model", "vessels"),
    (lambda gaze, kept: kept.saliency(10), Unknown, "unknown_class", "10"),
    (lambda gaze, kept: kept.saliency("kind"), Unknown, "unknown_class", "kind"),
    (lambda gaze, kept: kept.saliency(method="gradcam"), BadRequest, "bad_request", "grad-cam"),
    (lambda gaze, kept: kept.saliency(parameters={"masks": 8}), BadRequest, "bad_request", "masks"),
    (lambda gaze, kept: kept.heatmap(alpha=2), BadRequest, "bad_request", "alpha"),
    (lambda gaze, kept: kept.saliency(layer="none"), Unknown, "unknown_layer", "none"),
    (lambda gaze, kept: gaze.analysis("0" * 8 + "." + "0" * 32), (Unknown, Expired), None, "analysis"),
])
def test_what_is_refused_says_what_would_work(gaze, analysis, ask, kind, code, said):
    with pytest.raises(kind) as caught:
        ask(gaze, analysis)
    error = caught.value
    assert code in (None, error.code) and said in str(error)
    assert error.request_id and 400 <= error.status < 500
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error) and str(again) == str(error) and again.__dict__ == error.__dict__


def test_labels_that_two_classes_have(command, tmp_path):
    from own_service import OwnService
    service = OwnService(command, tmp_path)
    service.add("vessels", ["mug", "mug", "cup"])
    service.start()
    try:
        with Gaze(service.address) as gaze, pytest.raises(AmbiguousClass, match="index:"):
            gaze.explain(SAMPLE, "mug")
    finally:
        service.stop()


def test_threads_share_a_client(gaze, analysis):
    expected = [analysis.saliency(number) for number in range(10)]
    with ThreadPoolExecutor(5) as threads:
        found = list(threads.map(analysis.saliency, range(10)))
    assert all((one == other).all() for one, other in zip(found, expected))


def test_a_token_and_a_path_prefix(start, tmp_path):
    secret = "a-secret-for-this-test"
    tokens = tmp_path / "tokens.json"
    digest = hashlib.sha256(secret.encode()).hexdigest()
    tokens.write_text(json.dumps({"tokens": [{"name": "test", "sha256": digest}]}))
    address = start("--tokens", str(tokens), "--path-prefix", "/gaze").removesuffix("/gaze") + "/gaze"
    with Gaze(address) as stranger, pytest.raises(Unauthorized):
        stranger.models()
    with Gaze(address + "/", token=secret) as gaze:
        analysis = gaze.analyse(SAMPLE)
        assert analysis.heatmap().startswith(b"\x89PNG") and "/gaze/analyses/" in analysis.page
        assert secret not in repr(gaze) + repr(analysis)


def test_a_limit_is_waited_for_or_told(start):
    address = start("--rate-limit", "1", "--rate-burst", "1")
    with Gaze(address, patience=0) as hasty:
        with pytest.raises(Limited) as caught:
            for _ in range(20):
                hasty.models()
        assert caught.value.retry_after >= 1
    with Gaze(address) as patient:
        waits = []
        sleep = patient.transport.sleep
        patient.transport.sleep = lambda seconds: (waits.append(seconds), sleep(seconds))
        for _ in range(3):
            patient.models()
        assert waits and min(waits) >= 1


def test_nobody_there():
    with Gaze("127.0.0.1:9") as gaze, pytest.raises(NoAnswer, match="is the service running"):
        gaze.models()
    with pytest.raises(ValueError, match="http://127.0.0.1:8080"):
        Gaze("ftp://127.0.0.1")
