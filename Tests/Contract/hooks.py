"""What schemathesis cannot read from the description: what an image is, which values go together, and what exists."""

import base64
import io
import os
import zlib

import schemathesis
from hypothesis import strategies as st
from PIL import Image
from schemathesis.core.parameters import ParameterLocation

METHODS_OF = {
    "upsampling": {"score-cam"},
    "channels": {"saliency", "input-x-gradient", "smoothgrad", "integrated-gradients", "guided-backprop",
                 "guided-grad-cam"},
    "samples": {"smoothgrad"},
    "noise": {"smoothgrad"},
    "seed": {"smoothgrad", "integrated-gradients", "rise"},
    "steps": {"integrated-gradients"},
    "baseline": {"integrated-gradients", "occlusion"},
    "sigma": {"integrated-gradients"},
    "stride": {"occlusion"},
    "score": {"occlusion", "rise"},
    "block": {"attention"},
    "head": {"attention"},
    "heads": {"attention-rollout"},
    "discard": {"attention-rollout"},
    "masks": {"rise"},
    "cells": {"rise"},
    "probability": {"rise"},
}
LAYERLESS = {"saliency", "input-x-gradient", "smoothgrad", "integrated-gradients", "guided-backprop", "attention",
             "attention-rollout", "gradient-rollout", "legrad", "occlusion", "rise"}
LONG = os.environ.get("GAZE_LONG") == "1"
#: What costs a pass for each: so few that a case takes moments.
MOST = {"samples": 2, "masks": 8, "steps": 4, "sensitivity_samples": 1, "randomisation_steps": 1}
#: Methods that take many passes unless they are told otherwise, and the parameter that tells.
COSTS = [("rise", "masks", 8), ("smoothgrad", "samples", 2), ("integrated-gradients", "steps", 4)]
#: Those that take a pass for each channel, however they are asked: in the long form alone.
SLOW = {"score-cam", "ablation-cam"}
QUICK = {"grad-cam", "hirescam", "xgrad-cam", "layercam", "eigen-cam", "saliency", "input-x-gradient"}
TWO_SIGNS = {"coolwarm", "bwr"}
LISTS = ("classes", "methods", "shared_with", "layer", "metrics", "road_percentages", "contours")
#: The one model of the store, the number of its classes, names of some of them, and some of its layers.
MODEL, CLASSES = "vessels", 30
NAMES = ("0", "7", "29", "vessel of the 3th kind")
LAYERS = ("features.12", "features.7")
MEAN_LAYER = "classifier.2"


def picture(kind, size, color):
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, kind)
    return file.getvalue()


for kind in ("jpeg", "png", "webp"):
    pictures = [picture(kind, *look) for look in (((64, 48), "teal"), ((33, 90), "orange"), ((1, 1), "white"))]
    schemathesis.openapi.media_type(f"image/{kind}", st.sampled_from(pictures))
small = [picture(kind, (40, 40), "navy") for kind in ("jpeg", "png", "webp")]
schemathesis.openapi.media_type("application/octet-stream", st.sampled_from(small))
# A body's Base64 is an image, too.
schemathesis.openapi.format("byte", st.sampled_from([base64.b64encode(image).decode() for image in small]))


def choice(value, count):
    """The same of `count` for the same value, in every run."""
    return zlib.crc32(str(value).encode()) % count


def listed(value):
    return value if isinstance(value, list) else str(value).split(",") if value not in (None, "") else []


def with_what_exists(values, name, existing):
    """Every other value is one that exists: random names lead to 404 alone."""
    if name not in values:
        return
    if name in LISTS:
        values[name] = list(dict.fromkeys(
            existing[choice(item, len(existing))] if choice(item, 2) else item for item in listed(values[name])))
    elif choice(values[name], 2):
        values[name] = existing[choice(values[name], len(existing))]


def is_number(value):
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def with_own_parameters(query):
    """The query with those of the methods' parameters that its method has."""
    method = query.get("method", "grad-cam")
    for name, methods in METHODS_OF.items():
        if method not in methods:
            query.pop(name, None)
    if "baseline" in query and (method == "occlusion") != is_number(query["baseline"]):
        del query["baseline"]
    if "," not in str(query.get("window", ",")) and method != "occlusion":
        del query["window"]
    if method in LAYERLESS or set(listed(query.get("methods"))) & LAYERLESS:
        query.pop("layer", None)


def fitting(query, path):
    """The query without what does not go with the rest of it."""
    query = dict(query)
    if "methods" in query:
        query["methods"] = [name for name in listed(query["methods"]) if name in QUICK][:3] or ["grad-cam", "saliency"]
        query.pop("method", None)
    if "faithfulness" not in path:
        with_own_parameters(query)
    for name in ("class", "classes", "against", "shared_with"):
        with_what_exists(query, name, NAMES)
    with_what_exists(query, "model", (MODEL,))
    with_what_exists(query, "layer", LAYERS)
    if path.endswith("/cube.npy") and "layer" in query:
        # All classes at once are had at the layer before the mean alone.
        query["layer"] = MEAN_LAYER
    if path.endswith(".npy") and "methods" in query:
        # Maps of several sizes are no array.
        query["resolution"] = "input"
    if "classes" in query:
        query.pop("class", None)
    elif "against" in query:
        # Without a class the most likely one is explained, which may be the one that it is held against.
        query.setdefault("class", "0")
    if query.get("against") in [query.get("class"), *listed(query.get("classes"))]:
        query.pop("against", None)
    if "colormap" in query and (query["colormap"] in TWO_SIGNS) != (query.get("evidence") == "signed"):
        del query["colormap"]
    if str(query.get("overlay")).lower() == "false":
        query.pop("colorbar", None)
        query.pop("classes", None)
    if query.get("range") == "shared" and "shared_with" not in query and len(listed(query.get("classes"))) < 2:
        del query["range"]
    if query.get("range") != "shared":
        query.pop("shared_with", None)
    if "top" in query:
        query["top"] = min(int(query["top"]), CLASSES)
    if "," in str(query.get("window")):
        query["window"] = window(query["window"])
    return query


def window(text):
    """The nearest window that fits samples of a byte."""
    low, high = sorted(int(part) % 256 for part in text.split(","))
    return f"{low},{high}" if low < high else "0,255"


def cheap(query, path):
    """The same with as few passes as it can be asked for."""
    if "faithfulness" in path:
        query.setdefault("metrics", "deletion")
        query.setdefault("steps", 4)
        query["method"] = [name for name in listed(query.get("method")) if name in QUICK][:2] or ["grad-cam"]
        if not set(query["method"]) - LAYERLESS:
            query.pop("layer", None)
    else:
        if not LONG and query.get("method") in SLOW:
            query["method"] = "grad-cam"
            query.pop("upsampling", None)
        for method, name, usual in COSTS:
            if query.get("method") == method:
                query.setdefault(name, usual)
        if query.get("method") == "occlusion":
            query["window"] = query["stride"] = 64 + choice(query, 128)
    for name, most in MOST.items():
        if name in query:
            query[name] = min(int(query[name]), most)
    return {name: ",".join(map(str, value)) if isinstance(value, list) else value for name, value in query.items()}


def evaluated(body):
    """The body of a question for faithfulness, as cheap."""
    methods = [name for name in listed(body.get("method", [])) if name in QUICK | {"rise"}][:2] or ["grad-cam"]
    kept = {name: value for name, value in body.items() if name.split(".")[0] in methods or "." not in name}
    for name in kept:
        most = MOST.get(name.split(".")[-1])
        if most and isinstance(kept[name], int):
            kept[name] = min(kept[name], most)
    if "rise" in methods:
        kept["rise.masks"] = 8
    return {**kept, "method": methods, "steps": kept.get("steps", 4), "metrics": ["deletion"]}


def tensor(body):
    """A body of the Open Inference Protocol whose shape is that of its data, and whose parameters mean something."""
    if "inputs" not in body:
        # A link between operations makes bodies of its own, which are to be refused as they are.
        return body
    images = [dict(image, data=few(image["data"]), shape=[len(few(image["data"]))]) for image in body["inputs"]]
    outputs = {output["name"]: output for output in body.get("outputs", [])}
    for name, output in outputs.items():
        if "parameters" in output:
            known = ("binary_data", "classification") if name in ("probabilities", "logits") else ("binary_data",)
            parameters = {key: value for key, value in output["parameters"].items() if key in known}
            outputs[name] = {**output, "parameters": parameters}
    flags = {key: value for key, value in body.get("parameters", {}).items() if key == "binary_data_output"}
    kept = {key: value for key, value in body.items() if key not in ("model_name", "parameters")}
    return {**kept, "inputs": images, "outputs": list(outputs.values()), "parameters": flags}


def few(images):
    """Of a list of images the first ones."""
    return images[:None if LONG else 4] if isinstance(images, list) else images


#: What members of valid bodies become.
FITTED = {"window": lambda text: window(text) if isinstance(text, str) and "," in text else text,
          "instances": few, "examples": few, "inputs": few}


#: Ids of analyses that were kept lately.
kept = []


@schemathesis.hook
def after_call(context, case, response):
    if case.operation.path == "/api/analyses" and response.status_code == 201:
        kept[:] = [*kept[-9:], response.json()["id"]]


@schemathesis.hook
def before_call(context, case, kwargs):
    """What is valid and would be refused, or take long, becomes valid and will do. What is invalid stays so."""
    path, is_valid = case.operation.path, {
        location: not (case.meta and case.meta.is_negative_at(location))
        for location in (ParameterLocation.QUERY, ParameterLocation.PATH, ParameterLocation.BODY)}
    if is_valid[ParameterLocation.QUERY] and (case.query or "faithfulness" in path):
        case.query = cheap(fitting(case.query or {}, path), path)
    if is_valid[ParameterLocation.PATH] and case.path_parameters:
        values = dict(case.path_parameters)
        for name in ("name", "model"):
            with_what_exists(values, name, (MODEL,))
        if kept and case.method.upper() != "DELETE" and not any(values.get("id") == known for known in kept):
            with_what_exists(values, "id", kept)
        case.path_parameters = values
    if is_valid[ParameterLocation.BODY] and isinstance(case.body, dict):
        case.body = {name: FITTED.get(name, lambda value: value)(value) for name, value in case.body.items()}
    if "faithfulness" in path and is_valid[ParameterLocation.BODY] and isinstance(case.body, dict):
        case.body = evaluated(case.body)
        if is_valid[ParameterLocation.QUERY]:
            for name in ("method", "layer", "metrics"):
                case.query.pop(name, None)
    if isinstance(case.body, dict) and "parameters" in case.body and "infer" not in path:
        # Their names mean something; what is asked stands in the query here.
        case.body = {**case.body, "parameters": {}}
    if path.endswith("/infer") and is_valid[ParameterLocation.BODY]:
        is_json = isinstance(case.body, dict)
        case.body = tensor(case.body) if is_json else case.body
        if not (case.meta and case.meta.is_negative_at(ParameterLocation.HEADER)):
            case.headers = {} if is_json else {"Inference-Header-Content-Length": "0"}
    if path.startswith("/explanations") and case.query and case.query.get("resolution") == "image":
        # What the network did not see is no number.
        case.query = {**case.query, "resolution": "input"}
    # An empty field of the page's form counts as one that was not sent.
    if path == "/analyses/{id}" and case.query:
        case.query = {name: "-" if value == "" else value for name, value in case.query.items()}
    # Every form of an answer is asked for.
    forms = [media for media in forms_of(case.operation) if "/" in media]
    if len(forms) > 1 and not any(name.lower() == "accept" for name in case.headers or {}):
        case.headers = {**(case.headers or {}), "Accept": forms[choice(case.query, len(forms))]}


def forms_of(operation):
    """The media types of the answer that is all well."""
    responses = operation.definition.raw["responses"]
    return list(responses.get("200", {}).get("content", {}))
