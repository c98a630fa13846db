"""The OpenAPI 3.1 document: what the page's types and other people's clients are generated from.

`milepost server openapi` prints it; docs/openapi.json is that output, and a test says when it is stale.
"""

from copy import deepcopy
from typing import Any

from fastapi import FastAPI

from server.api.parts import COOKIE
from server.api.problems import JSON
from server.api.shapes import ProblemDetails

ABOUT = """Vehicles, gateways and tracks of a Milepost server.

Sign in with `POST /api/v1/session`, or send an API key (`milepost key create`) as `Authorization: Bearer KEY`.
Times are RFC 3339 in UTC, coordinates are WGS 84 in GeoJSON order, units are in the names.
Lists are read page by page: `next` of one is `cursor` of the following request. Errors are RFC 9457 problems.
An answer with an `ETag` need not be sent again: ask with `If-None-Match`, and 304 says that nothing has changed.
"""

OPEN = (("/api/v1/health", "get"), ("/api/v1/ready", "get"), ("/api/v1/session", "post"), ("/api/v1/session", "delete"))
"""What needs no key and no session."""


def document(app: FastAPI) -> dict[str, Any]:
    """The document of this application."""
    said = deepcopy(app.openapi())
    schemas = said["components"]["schemas"]
    schemas["Problem"] = ProblemDetails.model_json_schema()
    for unused in ("HTTPValidationError", "ValidationError"):  # the framework's form of a mistake; ours is Problem
        schemas.pop(unused, None)
    said["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key: `milepost key create`"},
        "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
    }
    said["security"] = [{"key": []}, {"session": []}]
    shared: dict[str, Any] = {}
    for operation in (operation for methods in said["paths"].values() for operation in methods.values()):
        for status, response in operation["responses"].items():
            if JSON in response.get("content", {}):  # the same words everywhere: once is enough
                shared[f"Problem{status}"] = response
                operation["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}
    said["components"]["responses"] = shared
    for path, method in OPEN:
        said["paths"][path][method]["security"] = []
    return said
