"""What is asked of a map, as keyword arguments, and as the service's query has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypedDict

#: A label (`"tabby"`), a WordNet id (`"n02123045"`) or an index (`281`).
Class = str | int
Value = str | int | float | bool
Resolution = Literal["layer", "input", "image"]


class MapQuery(TypedDict, total=False):
    """Which map (docs/api.md, MAP). `parameters` are the method's own; with several methods each name stands after
    the method's and a point: `{"rise.masks": 500}`.
    """

    parameters: Mapping[str, Value]
    against: Class
    layer: str | list[str]
    fusion: Literal["mean", "max"]
    augmentation: Literal["none", "flip", "flip-and-scale"]


class PictureQuery(MapQuery, total=False):
    """Which map, and how it is shown (docs/api.md, DISPLAY)."""

    evidence: Literal["positive", "negative", "signed"]
    colormap: Literal["turbo", "viridis", "inferno", "magma", "jet", "gray", "coolwarm", "bwr"]
    range: float | str
    shared_with: list[Class]
    contours: list[float]
    colorbar: bool
    unseen: Literal["hatched", "plain"]
    alpha: float
    overlay: bool


def fields(target: Class | list[Class] | None, query: Mapping[str, object], **more: object) -> dict[str, str]:
    """The query's fields: what is None is left out, a list is comma-separated under the plural's name."""
    given: dict[str, object] = {"class": target, **query, **more}
    parameters = given.pop("parameters", None) or {}
    assert isinstance(parameters, Mapping)
    texts = {}
    for name, value in {**given, **parameters}.items():
        if value is None:
            continue
        if isinstance(value, list):
            name = {"class": "classes", "method": "methods"}.get(name, name)
        texts[name] = text(value)
    return texts


def text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, Iterable):
        return ",".join(map(text, value))
    return str(value)
