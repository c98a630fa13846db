"""Pages of documentation taken apart: their fenced blocks, their links, the paths that they name."""

import re
from pathlib import Path
from typing import NamedTuple

from tests.support.real import ROOT

FENCE = re.compile(r"^```([a-z]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")


class Block(NamedTuple):
    """A fenced block, its language, and where it stands."""

    language: str
    text: str
    page: Path
    line: int

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """Every page that people read."""
    top = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    return [*top, *sorted((ROOT / "docs").rglob("*.md"))]


def page(name: str) -> str:
    """The text of a page, by its path from the root."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(*languages: str, of: str = "") -> list[Block]:
    """The fenced blocks in these languages (all when none is given), of every page or of one."""
    found = (
        Block(match[1], match[2], path, text.count("\n", 0, match.start()) + 1)
        for path in ([ROOT / of] if of else pages())
        for text in [path.read_text(encoding="utf-8")]
        for match in FENCE.finditer(text)
    )
    return [block for block in found if not languages or block.language in languages]


def prose(text: str) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", text)
