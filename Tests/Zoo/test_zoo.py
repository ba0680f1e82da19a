"""Networks of other libraries, imported with the proof: logits, stages, Grad-CAM map and input gradient.

One small network of each family and library; with GAZE_LONG=1 all of them."""

import os

import make
import networks
import pytest

CHOSEN = networks.networks() if os.environ.get("GAZE_LONG") else networks.short_list()
# Networks whose activations have no kink.
SMOOTH = ("vit", "deit", "dino", "clip", "swin", "convnext", "efficientnet")
IDS = ["-".join([library, name, *([facts["variant"]] if "variant" in facts else [])]) for library, name, facts in CHOSEN]


@pytest.mark.parametrize(("library", "name", "facts"), CHOSEN, ids=IDS)
def test_network(store, tmp_path, library, name, facts):
    weights, npz = make.make(library, name, tmp_path, **networks.arguments(facts))
    manifest, _ = store.imported(weights, "--network", facts["gaze"], "--verify", npz)
    proof = manifest["verification"]
    assert manifest["architecture"] == facts["gaze"]
    assert proof["status"] == "verified"
    assert proof["logits"] <= 1e-4
    assert proof.get("map", 0) <= 1e-3
    # Where a network has kinks, a unit on the other side of its own moves the gradient: the import proves that it is so.
    assert proof["gradient"] <= (5e-3 if any(part in name.lower() for part in SMOOTH) else 0.1)
