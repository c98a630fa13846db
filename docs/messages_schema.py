"""JSON Schema (2020-12) of the JSON forms of the messages, from the structs of `wire.messages`.

It says what a sender has to write. Readers are more patient: they ignore fields that they do not know, and keep a
record that fits no kind as it came.
"""

from typing import Any

import msgspec

from docs import examples
from docs.fields import meaning
from wire.decode import MAX_ROWS
from wire.down import MAX_TAGS
from wire.messages import Ack, Event, Manifest, Position, Scanner, Sensor, Sighting, Status

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
KINDS = ("Position", "Sighting", "Scanner", "Sensor", "Event")
MESSAGES = {"up": "Up", "ack": "Ack", "live": "Live", "status": "Status", "down": "Down"}
"""The definition of each leaf's message."""


def messages_schema() -> Schema:
    """The document: one definition for each message, and for each kind of record."""
    defs = _of_structs()
    defs["Record"] = _record()
    defs["OtherRecord"] = _other_record(defs)
    defs["Up"] = _up()
    defs["Manifest"]["properties"]["tags"]["maxItems"] = MAX_TAGS
    defs["Down"] = _down()
    defs["Live"] = _live(defs["Position"])
    for name, shown in _EXAMPLES.items():
        defs[name]["examples"] = shown
    names = ("Up", "Ack", "Live", "Status", "Down", "Record", *KINDS)
    order = [*names, *sorted(defs.keys() - set(names))]
    return {
        "$schema": DIALECT,
        "$id": "urn:milepost:v1:messages",
        "title": "Messages between gateway and server, version 1",
        "description": "JSON forms. Use the definition of the topic's leaf: up, ack, live, status, down. Units are "
        "in the names. docs/wire.md says what to send when.",
        "$defs": {name: defs[name] for name in order},
    }


def _of_structs() -> dict[str, Schema]:
    """The schemas that follow from the structs, with the meaning of each field."""
    structs = (Position, Sighting, Scanner, Sensor, Event, Ack, Status, Manifest)
    _, found = msgspec.json.schema_components(structs, ref_template="#/$defs/{name}")
    for name, schema in found.items():
        for field, said in schema["properties"].items():
            said.update(meaning(name, field))
        if not schema["required"]:
            del schema["required"]
    return found


def _record() -> Schema:
    return {
        "title": "Record",
        "description": "One outbox row: a record of any kind, with its number.",
        "type": "object",
        "properties": {"seq": {"type": "integer", **meaning("Up", "seq")}},
        "required": ["seq", "kind"],
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in (*KINDS, "OtherRecord")],
    }


def _other_record(defs: dict[str, Schema]) -> Schema:
    known = [defs[name]["properties"]["kind"]["enum"][0] for name in KINDS]
    return {
        "title": "OtherRecord",
        "description": "A kind that this version does not know. It is kept as it came, counted and acknowledged.",
        "type": "object",
        "properties": {"kind": {"type": "string", "not": {"enum": known}}},
        "required": ["kind"],
    }


def _up() -> Schema:
    said = {name: {"type": "integer", "default": 0, **meaning("Up", name)} for name in ("prev", "seq_from", "seq_to")}
    records = {
        "description": "The rows, in the order of their numbers; a number may be missing.",
        "type": "array",
        "items": {"$ref": "#/$defs/Record"},
        "maxItems": MAX_ROWS,
        "default": [],
    }
    return {
        "title": "Up",
        "description": "A run of outbox rows: prev < seq_from <= seq_to, and every seq lies within it. Without records "
        "it is the probe, the question how far the server is. It is answered by an Ack.",
        "type": "object",
        "properties": {"stream": {"type": "string", **meaning("Up", "stream")}, **said, "records": records},
        "required": ["stream"],
        "if": {"properties": {"records": {"type": "array", "minItems": 1}}, "required": ["records"]},
        "then": {
            "properties": {"seq_from": {"minimum": 1}, "seq_to": {"minimum": 1}},
            "required": ["seq_from", "seq_to"],
        },
    }


def _down() -> Schema:
    return {
        "title": "Down",
        "description": "What the server tells a gateway; retained. An empty message takes it away.",
        "type": "object",
        "properties": {"manifest": {"allOf": [{"$ref": "#/$defs/Manifest"}], **meaning("Down", "manifest")}},
    }


def _live(position: Schema) -> Schema:
    """A position whose kind goes without saying."""
    required = [name for name in position["required"] if name != "kind"]
    description = "The newest position: a hint for the map, never stored and never answered."
    return {**position, "title": "Live", "description": description, "required": required}


_EXAMPLES: dict[str, list[Any]] = {
    "Up": [examples.UP, examples.UP_MIXED, examples.PROBE],
    "Ack": [examples.ACK],
    "Live": [examples.LIVE],
    "Status": [examples.STATUS, examples.OFFLINE],
    "Down": [examples.DOWN],
    "Record": [examples.UP["records"][0]],
    **{
        name: [{key: value for key, value in record.items() if key != "seq"}]
        for name, record in zip(KINDS, [examples.UP["records"][0], *examples.UP_MIXED["records"]], strict=True)
    },
}
