"""Write the documents that follow from the code; `make schemas` calls it, and a test fails when they are stale.

docs/wire/messages.schema.json and docs/wire/asyncapi.json are made here from `wire`; docs/openapi.json is what
`milepost server openapi` prints; docs/decisions/README.md lists what lies beside it; docs/reports.md ends with the
columns of the reports.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from docs import report_columns
from docs.asyncapi import asyncapi
from docs.messages_schema import messages_schema

ROOT = Path(__file__).parent.parent
WIRE: dict[str, Callable[[], dict[str, Any]]] = {
    "docs/wire/messages.schema.json": messages_schema,
    "docs/wire/asyncapi.json": asyncapi,
}
OPENAPI = "docs/openapi.json"
DECISIONS = "docs/decisions"


def text_of(document: dict[str, Any]) -> str:
    """A document as it stands in its file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def decisions_index() -> str:
    """The list of decisions, by their own titles (`# 001 What was decided`)."""
    lines = [
        "# Decisions",
        "",
        "Ten lines each: what was decided, what it cost, what was left aside. A new one takes a free number;",
        "`make schemas` writes this list.",
        "",
        "| | |",
        "|---|---|",
    ]
    for path in sorted((ROOT / DECISIONS).glob("[0-9]*.md")):
        number, title = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ").split(" ", 1)
        lines.append(f"| [{number}]({path.name}) | {title} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write them all, and say which."""
    for path, made in WIRE.items():
        _write(path, text_of(made()))
    _write(f"{DECISIONS}/README.md", decisions_index())
    _write(report_columns.PAGE, report_columns.page(ROOT))
    command = [sys.executable, "-m", "milepost.main", "server", "openapi"]
    _write(OPENAPI, subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


def _write(path: str, text: str) -> None:
    (ROOT / path).write_text(text, encoding="utf-8")
    sys.stderr.write(f"{path}: {len(text)} characters\n")


if __name__ == "__main__":
    main()
