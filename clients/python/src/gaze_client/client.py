"""The service: what it is asked, from an image to a receipt."""

from __future__ import annotations

import json
import secrets
import ssl
from collections.abc import Iterable
from types import TracebackType
from typing import Unpack
from urllib.parse import quote

from .analysis import Analysis
from .errors import Refused, of_code
from .images import Image, file_bytes
from .queries import Class, PictureQuery, Resolution, fields
from .transport import PATIENCE, TIMEOUT, Transport
from .values import JSON, Explanation, Method, Model, ModelDetails


class Gaze:
    """A Gaze service.

        with Gaze("http://127.0.0.1:8080") as gaze:
            analysis = gaze.analyse("photo.jpg")
            print(analysis.predictions[0].label)
            Path("heatmap.png").write_bytes(analysis.heatmap())

    - address: with its path prefix where the service has one, `https://lab.example/gaze`.
    - token: where the service asks for one.
    - timeout: seconds for one answer; the service itself computes for ten minutes at most.
    - patience: where the service is busy or a limit is reached it says when to come again; so many seconds are waited
      in all before `Unavailable` or `Limited` is raised. 0 never waits.
    - context: for TLS with a certificate authority of one's own.

    Several threads may use one. It keeps connections open until `close` or the end of `with`.
    """

    def __init__(self, address: str = "http://127.0.0.1:8080", *, token: str | None = None, timeout: float = TIMEOUT,
                 patience: float = PATIENCE, context: ssl.SSLContext | None = None) -> None:
        self.transport = Transport(address, token=token, timeout=timeout, patience=patience, context=context)

    def __enter__(self) -> Gaze:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Gaze({self.transport.address!r})"

    def close(self) -> None:
        self.transport.close()

    def analyse(self, image: Image, *, model: str | None = None, window: tuple[int, int] | None = None,
                top: int = 5) -> Analysis:
        """Uploads an image: one forward pass, and the analysis is kept.

        - window: which samples become black and white, `(0, 4095)` for 12 bits in a PNG of 16.
        """
        query = fields(None, {"model": model, "window": list(window) if window else None, "top": top})
        answer = self.transport.ask("POST", "/api/v1/analyses", query, file_bytes(image))
        return Analysis.of(json.loads(answer.body), self.transport)

    def analysis(self, id: str) -> Analysis:
        """One that is kept, by its id."""
        answer = self.transport.ask("GET", f"/api/v1/analyses/{quote(id, safe='')}")
        return Analysis.of(json.loads(answer.body), self.transport)

    def compare(self, image: Image, models: Iterable[str], *, top: int = 5) -> dict[str, Analysis]:
        """The same image by several models: an analysis by each."""
        content = file_bytes(image)
        return {model: self.analyse(content, model=model, top=top) for model in models}

    def explain(self, image: Image, target: Class | None = None, *, model: str | None = None, method: str | None = None,
                resolution: Resolution = "layer", picture: bool = False, top: int = 5,
                **query: Unpack[PictureQuery]) -> Explanation:
        """Predictions and one map in one request; nothing is kept."""
        answer = self.transport.ask(
            "POST", "/api/v1/explain",
            fields(target, query, model=model, method=method, resolution=resolution, top=top,
                   include="picture" if picture else None),
            file_bytes(image), {"Accept": "application/json"})
        shown = json.loads(answer.body)
        return Explanation.of(shown, shown)

    def explain_many(self, images: Iterable[Image], target: Class | None = None, *, model: str | None = None,
                     method: str | None = None, resolution: Resolution = "layer", picture: bool = False, top: int = 5,
                     **query: Unpack[PictureQuery]) -> list[Explanation | Refused]:
        """The same of each image, in order, up to 128 of them; what is wrong with one stands in its place."""
        boundary = secrets.token_hex(16)
        form = b"".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="{place}"\r\n\r\n'.encode()
            + file_bytes(image) + b"\r\n"
            for place, image in enumerate(images)) + f"--{boundary}--\r\n".encode()
        answer = self.transport.ask(
            "POST", "/api/v1/batch",
            fields(target, query, model=model, method=method, resolution=resolution, top=top,
                   include="picture" if picture else None),
            form, {"Content-Type": f"multipart/form-data; boundary={boundary}"})
        return [explanation_or_refusal(result) for result in json.loads(answer.body)["results"]]

    def models(self) -> list[Model]:
        """The models that the service has, the default first."""
        answer = json.loads(self.transport.ask("GET", "/api/v1/models").body)
        models = [Model.of(model) for model in answer["models"]]
        return sorted(models, key=lambda model: model.name != answer["default"])

    def model(self, name: str) -> ModelDetails:
        """All that is known of one model: its layers, classes, licence, training."""
        return ModelDetails.of(json.loads(self.transport.ask("GET", f"/api/v1/models/{quote(name, safe='')}").body))

    def methods(self) -> list[Method]:
        """Every method, with what can be set of it; the default first."""
        answer = json.loads(self.transport.ask("GET", "/api/v1/methods").body)
        methods = [Method.of(method) for method in answer["methods"]]
        return sorted(methods, key=lambda method: method.name != answer["default"])

    def keys(self) -> list[JSON]:
        """The public keys that verify receipts (JWK); none where they are not signed."""
        keys: list[JSON] = json.loads(self.transport.ask("GET", "/api/v1/keys").body)["keys"]
        return keys

    def is_ready(self) -> bool:
        """Whether it may be sent requests."""
        try:
            return bool(json.loads(self.transport.ask("GET", "/readyz").body)["ready"])
        except Refused as refused:
            if refused.status == 503:
                return False
            raise


def explanation_or_refusal(result: JSON) -> Explanation | Refused:
    if "error" not in result:
        return Explanation.of(result, result)
    error = result["error"]
    return of_code(error["code"], 0)(error["message"], status=0, code=error["code"], field=error.get("field"))
