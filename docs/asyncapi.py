"""The AsyncAPI 3.0 document of the topics between gateways, broker and server.

Payloads are described in their JSON form (AsyncAPI's own dialect is JSON Schema draft 7, so the definitions of
`docs.messages_schema` are copied in); of the binary form there is an example, and docs/wire.md says its bytes.
"""

import base64
from typing import Any

import msgspec

from docs import examples
from docs.messages_schema import MESSAGES, messages_schema
from wire.ack import encode_ack
from wire.encode import encode_live, encode_up
from wire.frames import PLAIN, unframed
from wire.messages import Ack, Position, Run
from wire.topics import LEAVES, Leaf, topic

Document = dict[str, Any]

BINDING_VERSION = "0.2.0"
JSON, BINARY = "application/json", "application/octet-stream"
HAS_BINARY: tuple[Leaf, ...] = ("up", "ack", "live")

CHANNELS: dict[Leaf, str] = {
    "up": "Runs of outbox rows, and probes, to the server.",
    "ack": "How far the server has committed, to the gateway: the answer to every `up`, in the form of its question.",
    "live": "The newest position, for the map only. It may get lost.",
    "status": "How the gateway is. Retained, and the last will; always JSON.",
    "down": "What the server tells the gateway, with its expiry inside: the manifest, the tags that matter today. "
    "Retained; always JSON; an empty message takes it away.",
}
OPERATIONS: dict[str, tuple[str, Leaf, str, int, bool]] = {
    "gatewaySendsUp": ("send", "up", "gateway", 1, False),
    "gatewayReceivesAck": ("receive", "ack", "gateway", 1, False),
    "gatewaySendsLive": ("send", "live", "gateway", 0, False),
    "gatewaySendsStatus": ("send", "status", "gateway", 1, True),
    "gatewayReceivesDown": ("receive", "down", "gateway", 1, False),
    "serverReceivesUp": ("receive", "up", "server", 1, False),
    "serverSendsAck": ("send", "ack", "server", 0, False),
    "serverReceivesLive": ("receive", "live", "server", 0, False),
    "serverReceivesStatus": ("receive", "status", "server", 1, False),
    "serverSendsDown": ("send", "down", "server", 1, True),
}
"""Action, leaf, whose it is, QoS, retained."""

_GATEWAY = "The gateway's id: 1 to 64 letters, digits, dots, dashes and underscores, the first a letter or digit."


def asyncapi() -> Document:
    """The document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Milepost, gateway to server",
            "version": "1",
            "description": "MQTT 3.1.1. What is delivered is what the server acknowledged on `ack`; the delivery rule "
            "and the binary form are in docs/wire.md. Readers ignore unknown fields.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": JSON,
        "servers": {"gateways": _server()},
        "channels": {leaf: _channel(leaf) for leaf in LEAVES},
        "operations": {name: _operation(name) for name in OPERATIONS},
        "components": {
            "parameters": {"gateway": {"description": _GATEWAY}},
            "messages": _messages(),
            "schemas": _schemas(),
            "tags": {side: {"name": side} for side in ("gateway", "server")},
        },
    }


def _server() -> Document:
    will = {"topic": _address("status"), "qos": 1, "message": _json(examples.OFFLINE), "retain": True}
    return {
        "host": "broker.example:8883",
        "protocol": "mqtts",
        "protocolVersion": "3.1.1",
        "description": "The broker as gateways see it. The client id is the gateway's id.",
        "bindings": {
            "mqtt": {"cleanSession": True, "keepAlive": 20, "lastWill": will, "bindingVersion": BINDING_VERSION}
        },
    }


def _address(leaf: Leaf) -> str:
    return topic("GATEWAY", leaf).replace("GATEWAY", "{gateway}")


def _channel(leaf: Leaf) -> Document:
    names = [name for name in (leaf, f"{leaf}Binary") if name in _messages()]
    return {
        "address": _address(leaf),
        "description": CHANNELS[leaf],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "parameters": {"gateway": {"$ref": "#/components/parameters/gateway"}},
    }


def _operation(name: str) -> Document:
    action, leaf, side, qos, retain = OPERATIONS[name]
    mqtt: Document = {"qos": qos, "bindingVersion": BINDING_VERSION}
    if action == "send":
        mqtt["retain"] = retain
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{leaf}"},
        "tags": [{"$ref": f"#/components/tags/{side}"}],
        "bindings": {"mqtt": mqtt},
    }


def _messages() -> dict[str, Document]:
    shown: dict[Leaf, list[tuple[str, Any]]] = {
        "up": [("positions", examples.UP), ("otherKinds", examples.UP_MIXED), ("probe", examples.PROBE)],
        "ack": [("ack", examples.ACK)],
        "live": [("live", examples.LIVE)],
        "status": [("status", examples.STATUS), ("lastWill", examples.OFFLINE)],
        "down": [("manifest", examples.DOWN)],
    }
    found: dict[str, Document] = {}
    for leaf, named in shown.items():
        found[leaf] = {
            "name": leaf,
            "title": f"{MESSAGES[leaf]}, JSON",
            "contentType": JSON,
            "payload": {"$ref": f"#/components/schemas/{MESSAGES[leaf]}"},
            "examples": [{"name": name, "payload": payload} for name, payload in named],
        }
    for leaf in HAS_BINARY:
        found[f"{leaf}Binary"] = {
            "name": f"{leaf}Binary",
            "title": f"{MESSAGES[leaf]}, binary",
            "summary": "Format byte 0x01 and MessagePack, or 0x02 and deflated MessagePack; see docs/wire.md.",
            "contentType": BINARY,
            "payload": {"type": "string", "format": "binary"},
            "x-example-base64": base64.b64encode(_binary(leaf)).decode(),
        }
    return found


def _binary(leaf: Leaf) -> bytes:
    """The JSON example of a leaf in its binary form; not deflated, because zlib's output is not the same everywhere."""
    if leaf == "ack":
        return encode_ack(msgspec.convert(examples.ACK, Ack))
    if leaf == "live":
        live = encode_live(msgspec.convert({"kind": "position", **examples.LIVE}, Position))
        return bytes([PLAIN]) + unframed(live)
    said = {key: value for key, value in examples.UP.items() if key != "records"}
    records = tuple((record["seq"], msgspec.convert(record, Position)) for record in examples.UP["records"])
    return bytes([PLAIN]) + unframed(encode_up(Run(**said, records=records)))


def _schemas() -> dict[str, Any]:
    """The definitions, under the names that references have in an AsyncAPI document."""
    text = _json(messages_schema()["$defs"]).replace("#/$defs/", "#/components/schemas/")
    found: dict[str, Any] = msgspec.json.decode(text)
    return found


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
