"""What a model's outputs stand for, from the import to the answer: one output, two names of it, and a number."""

import json
import math
import os
import subprocess

import pytest

from own_service import SECONDS_TO_IMPORT, safetensors, squeezenet
from service import PICTURE
from wire import get, post


@pytest.fixture(scope="module")
def outputs(command, store, tmp_path_factory):
    """A store beside which a file with one output lies, and what runs a command on it."""
    folder = tmp_path_factory.mktemp("outputs")
    (folder / "models").mkdir()
    (folder / "models/vessels").symlink_to(store / "models/vessels")
    (folder / "one.safetensors").write_bytes(safetensors(squeezenet(1, seed=5)))
    (folder / "two.txt").write_text("benign\nmalignant\n")
    (folder / "picture.png").write_bytes(PICTURE)

    def run(*arguments):
        return subprocess.run([command[0], *map(str, arguments)], cwd=folder, capture_output=True, text=True,
                              env={**os.environ, "GAZE_MODELS": str(folder / "models")},
                              timeout=SECONDS_TO_IMPORT)

    run.folder = folder
    return run


def test_one_output_is_asked_about(outputs):
    for more in ([], ["--output", "softmax"], ["--output", "sigmoid", "--unit", "mm"]):
        result = outputs("models", "import", "one.safetensors", "--name", "refused", *more)
        assert result.returncode == 64, result
        assert "--output" in result.stderr, result.stderr
    assert not (outputs.folder / "models/refused").exists()


def test_a_sigmoid_between_two_names_and_a_value_are_served(outputs, start):
    two = outputs(
        "models", "import", "one.safetensors", "--name", "binary", "--output", "sigmoid", "--labels", "two.txt")
    assert two.returncode == 0, two.stderr
    value = outputs("models", "import", "one.safetensors", "--name", "age", "--output", "value", "--unit", "years")
    assert value.returncode == 0, value.stderr
    manifest = json.loads((outputs.folder / "models/age/model.json").read_text())
    assert (manifest["output"], manifest["unit"]) == ("value", "years")
    assert "output" not in json.loads((outputs.folder / "models/vessels/model.json").read_text())

    service = start(folder=outputs.folder)
    models = {model["name"]: model for model in service.ask(get("/api/models")).json()["models"]}
    assert {name: model["output"] for name, model in models.items()} == {
        "vessels": "softmax", "binary": "sigmoid", "age": "value"}

    kept = service.ask(post("/api/analyses?model=binary", PICTURE)).json()
    told = {prediction["label"]: prediction for prediction in kept["predictions"]}
    no, yes = told["benign"], told["malignant"]
    assert no["logit"] == -yes["logit"]
    assert math.isclose(yes["probability"], 1 / (1 + math.exp(-yes["logit"])), rel_tol=1e-5)
    assert math.isclose(no["probability"] + yes["probability"], 1, rel_tol=1e-5)
    maps = {name: service.ask(get(f"/api/analyses/{kept['id']}/saliency.json?class={name}")).json()["values"]
            for name in told}
    for first, second in zip(maps["benign"], maps["malignant"]):
        assert first == [-number for number in second]

    kept = service.ask(post("/api/analyses?model=age", PICTURE)).json()
    prediction = kept["predictions"][0]
    assert prediction["value"] == prediction["logit"] == yes["logit"]
    assert prediction["unit"] == "years" and "probability" not in prediction
    assert service.ask(get(f"/api/analyses/{kept['id']}/heatmap.png?against=0")).status == 400


def test_the_commands_tell_values_and_refuse_what_means_nothing(outputs):
    outputs("models", "import", "one.safetensors", "--name", "age", "--output", "value", "--unit", "years")
    said = outputs("explain", "picture.png", "--model", "age", "--out", "map.png")
    assert said.returncode == 0, said.stderr
    assert "years" in said.stdout and "%" not in said.stdout
    calibrated = outputs("models", "calibrate", "age", "--data", ".")
    assert calibrated.returncode == 65 and "no probabilities" in calibrated.stderr

    (outputs.folder / "ages.csv").write_text("file,years\npicture.png,40\n")
    measured = outputs("evaluate", "--model", "age", "--data", "ages.csv", "--json")
    assert measured.returncode == 0, measured.stderr
    report = json.loads(measured.stdout)
    value = report["images"][0]["told"]["value"]
    assert math.isclose(report["results"]["values"][0]["mean_absolute_error"], abs(value - 40), rel_tol=1e-5)
    folders = outputs("evaluate", "--model", "age", "--data", ".")
    assert folders.returncode == 64 and "CSV" in folders.stderr
