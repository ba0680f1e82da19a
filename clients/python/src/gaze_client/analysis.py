"""An image that the service keeps: any class and method can be asked for without another upload."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import Any, Literal, Unpack

import numpy

from .queries import Class, MapQuery, PictureQuery, Resolution, Value, fields
from .transport import Transport
from .values import JSON, Explanation, Prediction, Region, Size

Array = numpy.ndarray[Any, numpy.dtype[numpy.float32]]


@dataclass(frozen=True)
class Analysis:
    """What `Gaze.analyse` gives. It is kept for `expires_in_seconds` after its last use; then all that is asked of it
    raises `Expired`.

    `target` is a class, several in a list, or None for the most likely one.
    """

    transport: Transport = field(repr=False, compare=False)
    id: str
    model: str
    layer: str
    class_count: int
    has_cube: bool
    output: Literal["softmax", "sigmoid", "value"]
    predictions: tuple[Prediction, ...]
    image: Size
    format: Literal["jpeg", "png", "webp"]
    crop: Region
    input: Size
    timings_ms: JSON = field(repr=False, compare=False)
    expires_in_seconds: int = field(compare=False)
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, json: JSON, transport: Transport) -> Analysis:
        return cls(
            transport, json["id"], json["model"], json["layer"], json["class_count"], json["has_cube"], json["output"],
            tuple(map(Prediction.of, json["predictions"])), Size.of(json["image"]), json["image"]["format"],
            Region.of(json["crop"]), Size.of(json["input"]), json["timings_ms"], json["expires_in_seconds"],
            tuple(json.get("warnings", ())))

    @property
    def page(self) -> str:
        """The address of the page that shows it, for a browser."""
        return f"{self.transport.address}/analyses/{self.id}"

    def top(self, count: int) -> tuple[Prediction, ...]:
        """The `count` most likely classes."""
        answer = json.loads(self._get("", {"top": str(count)}))
        return tuple(map(Prediction.of, answer["predictions"]))

    def image_jpeg(self) -> bytes:
        """The upright image, at most 1024 pixels on its longer side."""
        return self._get("/image.jpg")

    def heatmap(self, target: Class | list[Class] | None = None, *, method: str | list[str] | None = None,
                **query: Unpack[PictureQuery]) -> bytes:
        """The picture, as PNG: the map over the image. Of several maps a sheet."""
        return self._get("/heatmap.png", fields(target, query, method=method))

    def saliency(self, target: Class | list[Class] | None = None, *, method: str | list[str] | None = None,
                 resolution: Resolution = "layer", **query: Unpack[MapQuery]) -> Array:
        """The raw signed numbers: (height, width), or with an axis before for a list of classes and for one of
        methods. At `resolution="image"` what the network did not see is NaN.
        """
        return array(self._get("/saliency.npy", fields(target, query, method=method, resolution=resolution)))

    def explain(self, target: Class | None = None, *, method: str | None = None, resolution: Resolution = "layer",
                picture: bool = False, **query: Unpack[PictureQuery]) -> Explanation:
        """One map with its context and its receipt."""
        answer = json.loads(self._get("/saliency.json", fields(
            target, query, method=method, resolution=resolution, include="picture" if picture else None)))
        return Explanation.of(answer, {})

    def receipt(self, target: Class | None = None, *, method: str | None = None,
                **query: Unpack[PictureQuery]) -> JSON:
        """All that a map and its picture depend on; `gaze verify` checks it."""
        answer: JSON = json.loads(self._get("/receipt.json", fields(target, query, method=method)))
        return answer

    def bundle(self, target: Class | list[Class] | None = None, *, method: str | list[str] | None = None,
               resolution: Resolution = "layer", **query: Unpack[PictureQuery]) -> bytes:
        """Picture, numbers, JSON, receipt and image in one ZIP file."""
        return self._get("/bundle.zip", fields(target, query, method=method, resolution=resolution))

    def cube(self, *, method: Literal["grad-cam", "hirescam"] = "grad-cam", layer: str | None = None) -> Array:
        """The maps of all classes: (height, width, classes). `has_cube` says whether the model has one."""
        answer = self.transport.ask("GET", self._path + "/cube.npy", fields(None, {"method": method, "layer": layer}))
        return array(answer.body) * numpy.float32(answer.headers["x-gaze-scale"])

    def faithfulness(self, target: Class | None = None, *, methods: list[str] | None = None,
                     metrics: list[str] | None = None, against: Class | None = None, layer: str | None = None,
                     **protocol: Value) -> JSON:
        """How far the maps of these methods can be trusted, beside controls that know nothing (docs/faithfulness.md).

        - protocol: such as `steps=28`; a method's own parameter by its name: `**{"rise.masks": 500}`.
        """
        query = fields(target, protocol, method=methods, metrics=metrics, against=against, layer=layer)
        answer: JSON = json.loads(self.transport.ask("POST", self._path + "/faithfulness", query).body)
        return answer

    def delete(self) -> None:
        """Forgets it at once."""
        self.transport.ask("DELETE", self._path)

    @property
    def _path(self) -> str:
        return f"/api/v1/analyses/{self.id}"

    def _get(self, path: str, query: dict[str, str] | None = None) -> bytes:
        return self.transport.ask("GET", self._path + path, query).body


def array(npy: bytes) -> Array:
    """A NumPy file as float32. Nothing in it is executed."""
    return numpy.asarray(numpy.load(io.BytesIO(npy), allow_pickle=False), dtype=numpy.float32)
