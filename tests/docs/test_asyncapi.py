"""docs/wire/asyncapi.json is a whole AsyncAPI 3.0 document, and says what the programs do."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft7Validator

from docs.asyncapi import HAS_BINARY, OPERATIONS
from server.ingest.mqtt import _LEAVES
from tests.support.real import ROOT
from wire import ack, decode, down
from wire.topics import LEAVES, parse

DOCUMENT: dict[str, Any] = json.loads((ROOT / "docs/wire/asyncapi.json").read_text())
KEYS = {"asyncapi", "info", "defaultContentType", "servers", "channels", "operations", "components"}
READ = {
    "up": decode.decode_up,
    "ack": ack.decode_ack,
    "live": decode.decode_live,
    "status": decode.decode_status,
    "down": down.decode_down,
}


def references(part: Any) -> Iterator[str]:
    """Every $ref below a part of the document."""
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for inner in part.values():
            yield from references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from references(inner)


def found(reference: str) -> Any:
    """What a reference within the document names; KeyError when there is none."""
    assert reference.startswith("#/"), reference
    part: Any = DOCUMENT
    for step in reference[2:].split("/"):
        part = part[step]
    return part


def test_it_has_the_shape_of_asyncapi_3() -> None:
    """Tools refuse a document with a key of their own less, or of ours more (specification 3.0.0)."""
    assert set(DOCUMENT) == KEYS
    assert DOCUMENT["asyncapi"] == "3.0.0"
    for name, channel in DOCUMENT["channels"].items():
        assert set(channel) <= {"address", "description", "messages", "parameters"}, name
        assert set(channel["parameters"]) == {"gateway"}
    for name, operation in DOCUMENT["operations"].items():
        assert set(operation) <= {"action", "channel", "tags", "bindings"}, name
        assert operation["action"] in {"send", "receive"}
        assert operation["bindings"]["mqtt"]["qos"] in {0, 1, 2}


def test_every_reference_leads_somewhere() -> None:
    """A dangling one ends every generator."""
    named = set(references(DOCUMENT))
    assert len(named) > 20
    for reference in named:
        assert found(reference)


def test_the_channels_are_the_topics() -> None:
    """The address is what a box of another maker publishes to."""
    assert tuple(DOCUMENT["channels"]) == LEAVES
    for leaf, channel in DOCUMENT["channels"].items():
        assert parse(channel["address"].replace("{gateway}", "van-7")) == ("van-7", leaf)


def test_the_schemas_in_it_are_schemas() -> None:
    """AsyncAPI's own dialect is JSON Schema draft 7."""
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft7Validator.check_schema(schema)


@pytest.mark.parametrize("name", DOCUMENT["components"]["messages"])
def test_the_examples_fit_and_are_read(name: str) -> None:
    """Both forms of each message, shown once, have to mean something to the server."""
    message = DOCUMENT["components"]["messages"][name]
    read = READ[name.removesuffix("Binary")]
    if name.endswith("Binary"):
        assert read(base64.b64decode(message["x-example-base64"]))
        return
    validator = Draft7Validator({**message["payload"], "components": DOCUMENT["components"]})
    for example in message["examples"]:
        validator.validate(example["payload"])
        assert read(json.dumps(example["payload"]).encode())


@pytest.mark.parametrize("leaf", HAS_BINARY)
def test_both_forms_of_an_example_say_the_same(leaf: str) -> None:
    """Whoever writes an encoder compares with it."""
    messages = DOCUMENT["components"]["messages"]
    data = base64.b64decode(messages[f"{leaf}Binary"]["x-example-base64"])
    text = json.dumps(messages[leaf]["examples"][0]["payload"]).encode()
    if leaf == "up":
        assert decode.decode_up(data).positions() == decode.decode_up(text).positions()
    else:
        assert READ[leaf](data) == READ[leaf](text)


def test_the_server_subscribes_as_it_is_written() -> None:
    """A quality of service that nobody uses misleads whoever sizes a broker."""
    written = {
        (leaf, qos) for action, leaf, side, qos, _ in OPERATIONS.values() if (action, side) == ("receive", "server")
    }
    assert written == set(_LEAVES)


def test_the_last_will_is_the_retained_status() -> None:
    """It is how the map knows at once that a van went dark."""
    will = DOCUMENT["servers"]["gateways"]["bindings"]["mqtt"]["lastWill"]
    assert will["retain"]
    assert will["topic"] == DOCUMENT["channels"]["status"]["address"]
    assert not decode.decode_status(will["message"].encode()).online
    assert OPERATIONS["gatewaySendsStatus"][4]
