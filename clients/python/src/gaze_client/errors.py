"""What can go wrong. The text of every exception says what is wrong and, as a rule, what would work."""

from __future__ import annotations

import json
from collections.abc import Mapping


class GazeError(Exception):
    """The base of all that this package raises by itself."""


class NoAnswer(GazeError):
    """The service was not reached, broke off, or took longer than `timeout`."""


class Refused(GazeError):
    """The service answered with an error. `str(error)` is its sentence.

    `code` is the word for programs that docs/api.md lists, `field` the parameter at fault where it is a single one.
    `retry_after` is the wait in seconds that the service asks for, if it does; `request_id` finds the request in the
    service's log.
    """

    def __init__(self, message: str, *, status: int, code: str, field: str | None = None,
                 retry_after: float | None = None, request_id: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.field = field
        self.retry_after = retry_after
        self.request_id = request_id

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (type(self), self.args, self.__dict__)


class BadRequest(Refused):
    """A parameter that cannot be read, or does not go with the others."""


class AmbiguousClass(BadRequest):
    """A text that can mean several classes; the message says how to write each."""


class Unauthorized(Refused):
    """The service asks for a token, and none came or one that it does not know."""


class Forbidden(Refused):
    """The service does not answer under this name, or not to this origin."""


class Unknown(Refused):
    """There is no class, layer, model or analysis of that name; `code` says which."""


class Expired(Refused):
    """The analysis was kept once and is no longer: upload the image again."""


class TooLarge(Refused):
    """Too many bytes, pixels or numbers."""


class BadImage(Refused):
    """Not an image, of a kind that is not read, or damaged."""


class Limited(Refused):
    """This client has had what it may; `retry_after` says when there is more."""


class Unavailable(Refused):
    """The service has too much to do, no model, or is being stopped."""


class TookTooLong(Refused):
    """The computation was stopped at its limit, or the upload was too slow; the message says what would be faster."""


class ServiceFault(Refused):
    """The service made a mistake."""


#: The exception of each code of docs/api.md.
BY_CODE: Mapping[str, type[Refused]] = {
    "bad_request": BadRequest,
    "ambiguous_class": AmbiguousClass,
    "target_too_long": BadRequest,
    "head_too_large": BadRequest,
    "method_not_allowed": BadRequest,
    "not_acceptable": BadRequest,
    "unsupported_encoding": BadRequest,
    "timeout": TookTooLong,
    "unauthorized": Unauthorized,
    "foreign_origin": Forbidden,
    "foreign_host": Forbidden,
    "unknown_class": Unknown,
    "unknown_layer": Unknown,
    "unknown_model": Unknown,
    "unknown_analysis": Unknown,
    "not_found": Unknown,
    "expired_analysis": Expired,
    "too_many_bytes": TooLarge,
    "too_many_pixels": TooLarge,
    "too_many_values": TooLarge,
    "not_an_image": BadImage,
    "unsupported_image": BadImage,
    "broken_image": BadImage,
    "rate_limited": Limited,
    "quota_spent": Limited,
    "busy": Unavailable,
    "ending": Unavailable,
    "no_model": Unavailable,
    "audit_unavailable": Unavailable,
    "took_too_long": TookTooLong,
    "internal": ServiceFault,
}


def refusal(status: int, reason: str, headers: Mapping[str, str], body: bytes) -> Refused:
    """The exception for an answer that is an error. A proxy's answer, which has another form, keeps its status."""
    code, message, field = "", "", None
    try:
        error = json.loads(body)["error"]
        code, message, field = error["code"], error["message"], error.get("field")
    except (ValueError, KeyError, TypeError):
        message = f"{status} {reason}, which is not an answer of Gaze: is a proxy in the way?"
    return of_code(code, status)(message, status=status, code=code, field=field,
                                 retry_after=seconds(headers.get("retry-after")),
                                 request_id=headers.get("x-request-id"))


def of_code(code: str, status: int) -> type[Refused]:
    """By the code; without one that is known, by the status, as of a proxy or of a newer service."""
    if code in BY_CODE:
        return BY_CODE[code]
    if status in (401, 429, 503):
        return {401: Unauthorized, 429: Limited, 503: Unavailable}[status]
    return ServiceFault if status >= 500 else Refused


def seconds(text: str | None) -> float | None:
    """`Retry-After` in seconds; a date, which Gaze never sends, counts as none."""
    return float(text) if text is not None and text.isdecimal() else None


def _restored(kind: type[Refused], arguments: tuple[object, ...], state: dict[str, object]) -> Refused:
    error = kind.__new__(kind, *arguments)
    error.args = arguments
    error.__dict__.update(state)
    return error
