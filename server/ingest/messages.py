"""What came from the broker, read: runs, statuses, hints, and what nobody can read. No I/O."""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from server.marks import VEHICLE
from server.record import Arrived
from server.store.poison import Unread
from wire.decode import decode_status, decode_up
from wire.messages import WireError
from wire.topics import parse


class Message(NamedTuple):
    """An MQTT message as it came. `retained`: the broker kept it, so it says nothing about now."""

    topic: str
    payload: bytes
    received_at: datetime
    retained: bool = False

    @property
    def is_live(self) -> bool:
        """Whether it is a hint for the map."""
        return self.topic.endswith("/live")

    @property
    def gateway(self) -> str:
        """Whose it is; only for topics that were parsed."""
        return self.topic.split("/")[-2]


class Said(NamedTuple):
    """A gateway's newest status; `body` is None for a last will, which says only that it is gone."""

    online: bool
    body: dict[str, Any] | None
    seen_at: datetime | None


class Read(NamedTuple):
    """The messages of a group by what they are."""

    group: list[Arrived]
    statuses: dict[str, Said]
    kept: dict[str, str]
    """Gateways that the broker says are there, and the streams that they send now."""
    hints: list[Message]
    unread: list[Unread]


def read(messages: list[Message]) -> Read:
    """Take the messages apart; what cannot be read is set aside with its reason."""
    found = Read([], {}, {}, [], [])
    for message in messages:
        try:
            _read(message, found)
        except WireError as error:
            found.unread.append(Unread(message.topic, str(error), message.payload, message.received_at))
    return found


def _read(message: Message, found: Read) -> None:
    gateway, leaf = parse(message.topic)
    if gateway == VEHICLE:
        raise WireError(f"{VEHICLE} is not an id that a gateway may have")
    if leaf == "up":
        up = decode_up(message.payload)
        found.group.append(Arrived(gateway=gateway, up=up, received_at=message.received_at, payload=message.payload))
    elif leaf == "live":
        found.hints.append(message)
    elif leaf == "status" and message.payload:  # an empty one only clears what the broker retained
        status = decode_status(message.payload)
        before = found.statuses.get(gateway)
        body = msgspec.to_builtins(status) if status.online else before and before.body
        seen_at = message.received_at if status.online and not message.retained else before and before.seen_at
        found.statuses[gateway] = Said(status.online, body, seen_at)
        found.kept.pop(gateway, None)
        if message.retained and status.online and status.stream:
            found.kept[gateway] = status.stream
