"""What the service's own interface says of a picture: the other protocols must say the same."""

import io

import numpy
import requests

SECONDS = 60


def own_map(address, image, model="vessels", **asked):
    """The map of `POST /api/explain`, [H, W], of a list of classes [classes, H, W]."""
    answer = requests.post(f"{address}/api/explain", params={"model": model, **asked}, data=image,
                           headers={"Accept": "application/x-npy"}, timeout=SECONDS)
    assert answer.status_code == 200, answer.text
    return numpy.load(io.BytesIO(answer.content))


def own_predictions(address, image, model="vessels", top=4):
    """Labels with their probabilities and logits, by falling logit."""
    answer = requests.post(f"{address}/api/analyses", params={"model": model, "top": top}, data=image, timeout=SECONDS)
    assert answer.status_code == 201, answer.text
    return answer.json()["predictions"]
