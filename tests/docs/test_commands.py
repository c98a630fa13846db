"""Every command says what it does; every command that a page shows exists, with the options that it is shown with."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
import typer
from typer.main import get_command

from milepost.main import ROOMS
from tests.docs.pages import Block, blocks, page

Words = tuple[str, ...]


def loaded(name: str) -> Any:
    """A room's command, as `milepost NAME` runs it."""
    found = getattr(import_module(ROOMS[name].module), ROOMS[name].attribute)
    if not isinstance(found, typer.Typer):
        app = typer.Typer()
        app.command(name)(found)
        found = app
    return get_command(found)


def every(command: Any, words: Words) -> Iterator[tuple[Words, Any]]:
    """A command and all below it."""
    yield words, command
    for name, inner in getattr(command, "commands", {}).items():
        if not inner.hidden:
            yield from every(inner, (*words, name))


COMMANDS = dict(pair for name in ROOMS for pair in every(loaded(name), (name,)))
SHOWN: list[tuple[Block, str]] = [
    (block, line.partition("  #")[0])
    for block in blocks("", "sh")
    for line in block.text.splitlines()
    if re.search(r"(^|\| )milepost ", line)
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_helps(words: Words, capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` is where people look first, and often last."""
    COMMANDS[words].main(["--help"], prog_name=f"milepost {' '.join(words)}", standalone_mode=False)
    said = capsys.readouterr().out
    assert f"milepost {words[0]}" in said
    assert len(said.split()) > 20
    assert COMMANDS[words].help.strip().endswith(".")


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_option_says_what_it_is_for(words: Words) -> None:
    """An option without a word is a riddle."""
    for parameter in COMMANDS[words].params:
        assert getattr(parameter, "help", None), parameter.name


@pytest.mark.parametrize(("block", "line"), SHOWN, ids=str)
def test_a_command_on_a_page_can_be_called_so(block: Block, line: str) -> None:
    """Pages outlive options."""
    words = shlex.split(line[line.index("milepost ") :], comments=True)[1:]
    words = words[: next((place for place, word in enumerate(words) if word in {"|", ">", "<"}), len(words))]
    depth = max(len(names) for names in COMMANDS if tuple(words[: len(names)]) == names)
    command = COMMANDS[tuple(words[:depth])]
    options = {name for parameter in command.params for name in parameter.opts}
    required = {parameter.opts[0] for parameter in command.params if parameter.required and parameter.opts[0][0] == "-"}
    used = {word.partition("=")[0] for word in words[depth:] if word.startswith("--")}
    assert used <= options, f"{block}: {line}"
    assert required <= used, f"{block}: {line}"


def test_the_command_itself_lists_its_rooms() -> None:
    """Whoever types `milepost` alone finds the way."""
    done = subprocess.run([sys.executable, "-m", "milepost.main", "--help"], capture_output=True, text=True, check=True)
    for name, room in ROOMS.items():
        assert re.search(rf"\b{name}\b", done.stdout)
        assert room.help.endswith(".")


@pytest.mark.parametrize("name", ROOMS)
def test_every_room_is_on_a_page(name: str) -> None:
    """A command that no page names is found by nobody."""
    texts = [
        page(path)
        for path in (
            *("docs/operators-guide.md", "docs/installers-guide.md", "docs/simulation.md", "README.md"),
            *("docs/facts.md", "docs/reports.md", "docs/tags.md"),
        )
    ]
    assert any(f"milepost {name}" in text for text in texts)
