"""docs/tags.md says what the code does: its examples are decoded, its quantities are all there are."""

import json
import re

from firmware_bridge.adverts import Decoder, bthome_objects, eddystone, ela, ibeacon, minew, ruuvi, teltonika
from firmware_bridge.adverts.layout import Field
from firmware_bridge.adverts.lines import advert_of
from tests.docs.pages import blocks, page
from tests.firmware_bridge.adverts.published import EXAMPLES
from tests.support.adverts import decoded

DOCUMENT = "docs/tags.md"


def section(heading: str) -> str:
    return page(DOCUMENT).split(f"## {heading}\n")[1].split("\n## ")[0]


def named(text: str) -> set[str]:
    """What a table has in code."""
    return {word for row in text.splitlines() if row.startswith("| ") for word in re.findall(r"`([^`]+)`", row)}


def said_by_tables() -> set[str]:
    """The quantities of every table of the decoders."""

    def fields(thing: object) -> set[str]:
        if isinstance(thing, Field):
            return {thing.name}
        if isinstance(thing, ela.State):
            return set(thing)
        if isinstance(thing, minew.Frame):
            return fields(thing.fields) | {word for _, word in thing.states}
        if isinstance(thing, dict):
            return fields(tuple(thing.values()))
        if isinstance(thing, tuple | list):
            return set().union(*map(fields, thing))
        return set()

    modules = (eddystone, ela, minew, ruuvi, teltonika, ibeacon)
    tables = set().union(*(fields(thing) for module in modules for thing in vars(module).values()))
    objects = {thing.name for thing in bthome_objects.OBJECTS.values()}
    examples = {name for example in EXAMPLES for name in decoded(example.advert).values}
    return (tables | objects | examples | {"dimmer_steps", "command_args"}) - {"major", "minor"}


def test_the_examples_are_answered_as_the_page_says() -> None:
    """Each advert, and the answer below it."""
    shown = blocks("json", of=DOCUMENT)
    assert len(shown) == 8
    for asked, answer in zip(shown[::2], shown[1::2], strict=True):
        said = Decoder().decode(advert_of(asked.text.encode()))
        wanted = json.loads(answer.text)
        assert {"format": said.format, "id": said.id, "values": said.values, "error": said.error} == wanted, str(asked)


def test_every_quantity_is_on_the_page() -> None:
    """Who sets a limit on a sensor looks its name up here."""
    events = {word for words in bthome_objects.EVENTS.values() for word in words.values()}
    assert named(section("Quantities")) - events == said_by_tables()


def test_every_format_is_on_the_page() -> None:
    """With where its identity comes from."""
    shown = named(section("Formats"))
    assert {example.format for example in EXAMPLES} <= shown
    assert {"BTHome v1", "BTHome v1 encrypted", "BTHome v2", "BTHome v2 encrypted"} <= shown
