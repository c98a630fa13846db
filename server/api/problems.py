"""Errors as RFC 9457 problem details: one form for every mistake, with what to do in `detail`."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from server.store.database import DatabaseUnavailable
from server.store.telemetry import TelemetryUnavailable

JSON = "application/problem+json"


class Problem(HTTPException):
    """An error that the asker should see: a status, a sentence, and headers such as Retry-After.

    `errors` say which part of the request is meant: `{"parameter": "properties.margin_m", "says": ...}`.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        headers: dict[str, str] | None = None,
        errors: Sequence[Mapping[str, str]] | None = None,
    ) -> None:
        super().__init__(status, detail, headers)
        self.errors = errors


def problem(status: int, detail: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """The response that says so."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return Response(msgspec.json.encode(body), status, headers, media_type=JSON)


def install(app: FastAPI) -> None:
    """Answer every error of this app in that form."""

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        detail = str(error.detail)
        if error.status_code == HTTPStatus.NOT_FOUND and detail == HTTPStatus.NOT_FOUND.phrase:
            detail = f"There is nothing at {request.url.path}."
        if error.status_code == HTTPStatus.BAD_REQUEST:  # the framework's words for a body that it could not read
            detail = _SAYS[400][1]
        errors = getattr(error, "errors", None)
        return problem(error.status_code, detail, dict(error.headers or {}), **({"errors": errors} if errors else {}))

    @app.exception_handler(RequestValidationError)
    async def _invalid(_request: Request, error: RequestValidationError) -> Response:
        errors = [
            {"parameter": ".".join(str(part) for part in each["loc"][1:]), "says": each["msg"]}
            for each in error.errors()
        ]
        said = "; ".join(f"{each['parameter']}: {each['says']}" for each in errors)
        return problem(422, f"The request could not be understood. {said}.", errors=errors)

    @app.exception_handler(DataError)
    async def _no_such_text(_request: Request, _error: DataError) -> Response:
        return problem(422, "The request holds a character that no name has, such as NUL.")  # PostgreSQL takes none

    @app.exception_handler(TelemetryUnavailable)
    @app.exception_handler(DatabaseUnavailable)
    async def _away(_request: Request, error: Exception) -> Response:
        return problem(503, f"{error} Nothing is lost. Try again.", {"Retry-After": "5"})

    @app.exception_handler(Exception)
    async def _fault(_request: Request, _error: Exception) -> Response:
        return problem(500, "Something is wrong in the server; its log says what. Nothing is lost.")


_SAYS = {
    400: ("The body cannot be read", "The body is not JSON. Send it as UTF-8, with Content-Type: application/json."),
    401: ("Not signed in", "Sign in, or send an API key as `Authorization: Bearer KEY`."),
    403: ("Signed in, but not allowed to", "The role viewer may not do this; admin may. An admin can change that."),
    404: ("There is no such thing", "There is no vehicle 'van-9'."),
    406: ("None of the asked-for formats is there", "There is this track as application/geo+json, text/csv."),
    409: ("It contradicts what is there", "There is a team named 'Depot north' already. Choose another name."),
    422: ("The request cannot be understood", "`from` has to be before `to`."),
    429: ("Too many wrong passwords", "Too many wrong passwords. Try again in 240 s."),
    503: ("A store is away; try again", "The database does not answer. Nothing is lost. Try again."),
}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What an endpoint may answer besides its success, for the OpenAPI document."""
    return {status: _documented(status) for status in statuses}


def _documented(status: int) -> dict[str, Any]:
    description, detail = _SAYS[status]
    example = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    schema = {"$ref": "#/components/schemas/Problem"}
    found: dict[str, Any] = {"description": description, "content": {JSON: {"schema": schema, "example": example}}}
    if status in (429, 503):
        found["headers"] = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}}
    return found
