"""What answers hold. Names are those of the service's JSON (docs/api.md)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy

JSON = Mapping[str, Any]
Status = Literal["ok", "no_positive_evidence", "flat"]


@dataclass(frozen=True)
class Size:
    width: int
    height: int

    @classmethod
    def of(cls, json: JSON) -> Size:
        return cls(json["width"], json["height"])


@dataclass(frozen=True)
class Region:
    """A part of the upright image, in its pixels from the top left."""

    x: float
    y: float
    width: float
    height: float

    @classmethod
    def of(cls, json: JSON) -> Region:
        return cls(json["x"], json["y"], json["width"], json["height"])


@dataclass(frozen=True)
class Prediction:
    """A class and what the model answers for it: a probability, or a value (with its unit) where it gives values."""

    index: int
    label: str
    logit: float
    probability: float | None = None
    value: float | None = None
    unit: str | None = None
    wnid: str | None = None

    @classmethod
    def of(cls, json: JSON) -> Prediction:
        return cls(json["index"], json["label"], json["logit"], json.get("probability"), json.get("value"),
                   json.get("unit"), json.get("wnid"))


@dataclass(frozen=True)
class Explanation:
    """A map with its context. `values` are raw and signed, (height, width), NaN where the network did not look.

    `minimum`, `maximum` and `mean` are of the map at the layer's resolution. `zero` is what the map is without
    evidence: 0, but for RISE. `receipt` says all that the map depends on. `picture` is a PNG, if it was asked for;
    `predictions` are there where no analysis is kept.
    """

    model: str
    method: str
    layer: str | None
    target: Prediction
    against: Prediction | None
    status: Status
    values: numpy.ndarray[Any, numpy.dtype[numpy.float32]] = field(repr=False)
    minimum: float
    maximum: float
    mean: float
    zero: float
    image: Size
    crop: Region
    receipt: JSON = field(repr=False)
    picture: bytes | None = field(repr=False, default=None)
    predictions: tuple[Prediction, ...] = ()
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(cls, json: JSON, shared: JSON) -> Explanation:
        """- shared: what stands once beside several maps."""
        picture = json.get("picture_png")
        against = json.get("against")
        return cls(
            model=json["model"], method=json["method"], layer=json["layer"], target=Prediction.of(json["class"]),
            against=Prediction.of(against) if against else None, status=json["status"],
            values=numpy.array(json["values"], dtype=numpy.float32), minimum=json["min"], maximum=json["max"],
            mean=json["mean"], zero=json.get("zero", 0.0), image=Size.of(json["image"]), crop=Region.of(json["crop"]),
            receipt=json["receipt"], picture=base64.b64decode(picture) if picture else None,
            predictions=tuple(map(Prediction.of, shared.get("predictions", ()))),
            warnings=tuple(shared.get("warnings", ())))


@dataclass(frozen=True)
class Model:
    name: str
    title: str
    network: str
    class_count: int
    input: Size
    layer: str
    output: Literal["softmax", "sigmoid", "value"]
    unit: str | None
    temperature: float | None
    ready: bool
    reason: str | None
    verification: JSON

    @classmethod
    def of(cls, json: JSON) -> Model:
        return cls(json["name"], json["title"], json["network"], json["class_count"], Size.of(json["input"]),
                   json["layer"], json["output"], json.get("unit"), json["temperature"], json["ready"],
                   json.get("reason"), json["verification"])


@dataclass(frozen=True)
class Layer:
    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class ModelDetails:
    """`training` is the receipt of a model that Gaze trained, `calibration` how its temperature was fitted."""

    model: Model
    parameters: int
    licence: str | None
    publisher: str | None
    layers: tuple[Layer, ...]
    classes: tuple[str, ...] = field(repr=False)
    training: JSON | None = field(repr=False)
    calibration: JSON | None = field(repr=False)

    @classmethod
    def of(cls, json: JSON) -> ModelDetails:
        layers = tuple(Layer(layer["name"], tuple(layer["shape"])) for layer in json["layers"])
        return cls(Model.of(json), json["parameters"], json["licence"], json["publisher"], layers,
                   tuple(json["classes"]), json["training"], json["calibration"])


@dataclass(frozen=True)
class Parameter:
    """What can be set of a method. Numbers have `minimum` and `maximum`, a choice has `choices`."""

    name: str
    kind: Literal["integer", "number", "choice", "flag"]
    default: int | float | str | bool
    help: str
    minimum: float | None
    maximum: float | None
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Method:
    name: str
    title: str
    family: Literal["activation", "gradient", "attention", "black-box"]
    summary: str
    uses_layer: bool
    parameters: tuple[Parameter, ...]

    @classmethod
    def of(cls, json: JSON) -> Method:
        parameters = tuple(
            Parameter(one["name"], one["kind"], one["default"], one["help"], one.get("min"), one.get("max"),
                      tuple(one.get("choices", ())))
            for one in json["parameters"])
        return cls(json["name"], json["title"], json["family"], json["summary"], json["uses_layer"], parameters)
