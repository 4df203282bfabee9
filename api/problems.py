"""Errors as RFC 9457 problem details: a stable code and a sentence, and never a value of the request."""

import http
from collections.abc import Iterable, Mapping
from typing import Any

from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"

# Code → (status, what it says). A code is stable; the sentence may change.
PROBLEMS: dict[str, tuple[int, str]] = {
    "bad_request": (400, "The request is not one that HTTP or this service knows."),
    "bad_parameter": (422, "A parameter of the request is wrong; errors names it."),
    "bad_idempotency_key": (400, "Idempotency-Key must have 1 to 255 visible ASCII characters."),
    "bad_file_name": (400, "The file needs a plain name: letters, digits, blanks and ._-()+ with no path."),
    "malformed_rows": (422, "The body is no list of rows; nothing was kept. errors says which row and why."),
    "no_acceptable_row": (422, "No row passed; nothing was kept. errors says why."),
    "unauthorized": (401, "A good key is needed: Authorization: Bearer gauss_…"),
    "forbidden": (403, "The key may not do this."),
    "not_found": (404, "There is nothing here."),
    "unknown_source": (404, "There is no source of this name that takes files."),
    "method_not_allowed": (405, "This method is not for this path."),
    "too_slow": (408, "The body came too slowly."),
    "in_flight": (409, "A request with this Idempotency-Key is still being answered."),
    "file_waiting": (409, "A file of this name waits in the inbox already: name it otherwise, or wait."),
    "length_mismatch": (400, "The body ended before its announced length."),
    "too_large": (413, "The body is larger than this path takes."),
    "unsupported_media_type": (415, "The body's type is not one that this path takes."),
    "key_reused": (422, "This Idempotency-Key was used with another request."),
    "unknown_layout": (422, "No layout of the source's profile fits the file's name."),
    "rate_limited": (429, "The key sends more requests than it may: wait as Retry-After says."),
    "internal": (500, "Something went wrong here; the log knows the request's id."),
    "busy": (503, "Too many large requests at once: try again."),
    "warehouse_unavailable": (503, "The database does not answer: try again."),
    "storage_unavailable": (503, "The request could not be written to the disk: try again."),
}
OF_STATUS = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}


class Problem(Exception):
    """An answer that is no success.

    :param errors: objects with row (from 1), field and code, whichever are known
    """

    def __init__(
        self,
        code: str,
        detail: str | None = None,
        *,
        errors: Iterable[Mapping[str, Any]] = (),
        retry_after: int | None = None,
        more: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status, sentence = PROBLEMS[code]
        self.detail = detail or sentence
        self.errors = list(errors)
        self.more = dict(more or {})
        self.headers = dict(headers or {})
        if retry_after is None and self.status == 503:
            retry_after = 5
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)
        if self.status == 401:
            self.headers["WWW-Authenticate"] = "Bearer"

    def body(self) -> dict[str, Any]:
        """The problem's members."""
        return {
            "type": f"urn:gauss:problem:{self.code}",
            "title": http.HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **({"errors": self.errors} if self.errors else {}),
            **self.more,
        }

    def response(self) -> JSONResponse:
        """The problem as an answer."""
        return JSONResponse(self.body(), self.status, headers=self.headers, media_type=MEDIA_TYPE)
