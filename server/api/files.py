"""Files that are sent as the body of a request, and how the document says so."""

from typing import Annotated, Any

from fastapi import Depends, Request

from server.api.problems import Problem
from server.api.shapes_packages import BINDINGS_CSV, PACKAGES_CSV

LARGEST = 20_000_000
"""Bytes of a file: 100,000 packages are 10 MB."""


async def _body(request: Request) -> bytes:
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > LARGEST:
            raise Problem(422, f"The file is larger than {LARGEST // 1_000_000} MB. Bring it in in parts.")
    return bytes(data)


Csv = Annotated[bytes, Depends(_body)]


def _said(example: str) -> dict[str, Any]:
    content = {"text/csv": {"schema": {"type": "string"}, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


CSV_BODY = {"packages": _said(PACKAGES_CSV), "bindings": _said(BINDINGS_CSV)}
"""The documentation of a body that is such a file."""
