"""The OpenAPI 3.1 document: what the page's types and other people's clients are generated from.

`milepost server openapi` prints it; docs/openapi.json is that output, and a test says when it is stale.
"""

from copy import deepcopy
from typing import Any

from fastapi import FastAPI

from server.api.parts import COOKIE
from server.api.problems import JSON, errors
from server.api.shapes import ProblemDetails
from server.api.shapes_fences import FenceCollection, FenceTrial
from server.domain.permissions import needed

ABOUT = """Vehicles, gateways and tracks of a Milepost server.

Sign in with `POST /api/v1/session`, or send an API key (`milepost key create`) as `Authorization: Bearer KEY`.
Times are RFC 3339 in UTC, coordinates are WGS 84 in GeoJSON order, units are in the names.
Lists are read page by page: `next` of one is `cursor` of the following request. Errors are RFC 9457 problems.
An answer with an `ETag` need not be sent again: ask with `If-None-Match`, and 304 says that nothing has changed.
"""


def document(app: FastAPI) -> dict[str, Any]:
    """The document of this application."""
    said = deepcopy(app.openapi())
    schemas = said["components"]["schemas"]
    schemas["Problem"] = ProblemDetails.model_json_schema()
    for read_by_us in (FenceCollection, FenceTrial):  # bodies that our own rules read, not the framework
        schema = read_by_us.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= {**schema.pop("$defs", {}), read_by_us.__name__: schema}
    for unused in ("HTTPValidationError", "ValidationError"):  # the framework's form of a mistake; ours is Problem
        schemas.pop(unused, None)
    said["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key: `milepost key create`"},
        "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
    }
    said["security"] = [{"key": []}, {"session": []}]
    shared: dict[str, Any] = {}
    for operation in (operation for methods in said["paths"].values() for operation in methods.values()):
        _complete(operation)
        for status, response in operation["responses"].items():
            if JSON in response.get("content", {}):  # the same words everywhere: once is enough
                shared[f"Problem{status}"] = response
                operation["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}
    said["components"]["responses"] = shared
    for path, methods in said["paths"].items():
        for method, operation in methods.items():
            if needed(method.upper(), path) == "anybody":
                operation["security"] = []
    return said


def _complete(operation: dict[str, Any]) -> None:
    """What every endpoint may answer, whatever it says of itself."""
    if "422" in operation["responses"] and JSON not in operation["responses"]["422"].get("content", {}):
        operation["responses"]["422"] = errors(422)[422]  # the framework's words for an endpoint that has none
    if "requestBody" in operation:
        operation["responses"].setdefault("400", errors(400)[400])  # a body that is no JSON
