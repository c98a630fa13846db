"""Write the documents that follow from the code; `make schemas` calls it, and a test fails when they are stale.

docs/wire/messages.schema.json and docs/wire/asyncapi.json are made here from `wire`; docs/openapi.json is what
`milepost server openapi` prints.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from docs.asyncapi import asyncapi
from docs.messages_schema import messages_schema

ROOT = Path(__file__).parent.parent
WIRE: dict[str, Callable[[], dict[str, Any]]] = {
    "docs/wire/messages.schema.json": messages_schema,
    "docs/wire/asyncapi.json": asyncapi,
}
OPENAPI = "docs/openapi.json"


def text_of(document: dict[str, Any]) -> str:
    """A document as it stands in its file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write them all, and say which."""
    for path, made in WIRE.items():
        _write(path, text_of(made()))
    command = [sys.executable, "-m", "milepost.main", "server", "openapi"]
    _write(OPENAPI, subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


def _write(path: str, text: str) -> None:
    (ROOT / path).write_text(text, encoding="utf-8")
    sys.stderr.write(f"{path}: {len(text)} characters\n")


if __name__ == "__main__":
    main()
