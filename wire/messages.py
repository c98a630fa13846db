"""What travels between a gateway and the server, as values.

Records are what a gateway saw (positions, sightings, sensors, events); an `Up` carries a run of outbox rows that hold
them; an `Ack` says how far the server has committed; a `Status` says how the gateway is. Units are in the names, times
are aware UTC, coordinates are WGS 84 degrees. How they become bytes is `wire.codec`'s business.
"""

import re
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

Clock = Literal["gnss", "synchronised", "unknown"]
"""How good `at` is: GNSS time, a synchronised system clock, or a clock that nobody vouches for."""

Mode = Literal["2d", "3d", "dead_reckoning", "simulated", "manual"]
MODES: tuple[Mode, ...] = ("2d", "3d", "dead_reckoning", "simulated", "manual")
CLOCKS: tuple[Clock, ...] = ("gnss", "synchronised", "unknown")

GATEWAY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""A gateway's id stands in topics and URLs, so it has no slash, no wildcard and at most 64 characters."""

MAX_SEQ = 2**53 - 1
"""Sequence numbers stay exact in every JSON reader."""


MAX_FLAGS = 8
_FLAG = re.compile(r"[a-z0-9_]{1,40}")


class WireError(ValueError):
    """The bytes are not a message: the sender broke the contract. Says what was expected and what came."""


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """What every record has: `at`, when it happened, and how good the clock was."""

    at: datetime
    clock: Clock = "gnss"


class Position(Record, frozen=True, kw_only=True, omit_defaults=True, tag="position"):
    """What the vehicle's receiver said. `accuracy_m` is one sigma per axis; `course_deg` clockwise from true north."""

    lon: float
    lat: float
    alt_m: float | None = None
    speed_mps: float | None = None
    course_deg: float | None = None
    accuracy_m: float | None = None
    satellites: int | None = None
    hdop: float | None = None
    mode: Mode | None = None
    flags: tuple[str, ...] = ()


class Sighting(Record, frozen=True, kw_only=True, omit_defaults=True, tag="sighting"):
    """A tag heard `count` times in the `window_s` seconds that end at `at`."""

    tag: str
    window_s: float
    count: int
    rssi_max_dbm: float | None = None
    rssi_mean_dbm: float | None = None
    expected: float | None = None
    gap_s: float | None = None


class Scanner(Record, frozen=True, kw_only=True, omit_defaults=True, tag="scanner"):
    """How well a gateway could hear tags in the `window_s` seconds that end at `at`.

    Silence of a tag means something only while `healthy`. Tags that are not in the manifest are counted in `unknown`.
    """

    window_s: float
    healthy: bool
    adverts: int = 0
    tags: int = 0
    unknown: int = 0
    unknown_rssi_mean_dbm: float | None = None
    adapter: str | None = None
    problem: str | None = None


class Sensor(Record, frozen=True, kw_only=True, omit_defaults=True, tag="sensor"):
    """One reading; the unit is in `quantity` (`temperature_c`, `battery_v`)."""

    sensor: str
    quantity: str
    value: float


class Event(Record, frozen=True, kw_only=True, omit_defaults=True, tag="event"):
    """Something that happened in the vehicle: `receiver_lost`, `tamper`, `restarted`."""

    event: str
    detail: dict[str, Any] = {}


KNOWN = Position | Sighting | Scanner | Sensor | Event


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run of outbox rows `seq_from..seq_to`, as the gateway sends it.

    `prev` is the row before the run, 0 when the outbox holds none. A record that is a plain dict is sent as it is.
    Without records it is the probe: the question "how far are you?", which is answered by an Ack.
    """

    stream: str
    prev: int = 0
    seq_from: int = 0
    seq_to: int = 0
    records: tuple[tuple[int, KNOWN | dict[str, Any]], ...] = ()


class Ack(msgspec.Struct, frozen=True, kw_only=True):
    """The server has committed every row of `stream` up to and including `last`."""

    stream: str
    last: int


class Outbox(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How much waits in the vehicle. `dropped` counts rows given up for space since the outbox was born."""

    waiting: int = 0
    oldest_at: datetime | None = None
    bytes: int = 0
    dropped: int = 0


class Receiver(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The GNSS receiver as the gateway sees it. `state`: searching, fix, no_fix, silent, garbage, absent."""

    state: str = "searching"
    satellites: int | None = None
    hdop: float | None = None
    last_fix_at: datetime | None = None


class Radio(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A Bluetooth adapter as the gateway sees it. `state`: starting, scanning, deaf, repairing, absent, off."""

    adapter: str
    state: str = "starting"
    adverts_per_s: float | None = None
    tags: int | None = None
    last_heard_at: datetime | None = None
    problem: str | None = None


class Status(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the gateway is; retained, and the last will (with `online` false and nothing else that could be stale).

    `stream` is the one it sends now: a server that starts asks nobody, it answers what the broker kept by an Ack.
    """

    online: bool
    stream: str | None = None
    at: datetime | None = None
    version: str | None = None
    clock: Clock | None = None
    started_at: datetime | None = None
    outbox: Outbox | None = None
    receiver: Receiver | None = None
    radios: tuple[Radio, ...] = ()
    manifest: str | None = None
    problems: tuple[str, ...] = ()


class Manifest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the server tells a gateway in `down`: the tags that matter today, by their ids. Of no use after `until`.

    `version` follows from the tags; the gateway repeats it in its status. Keys of encrypted tags never travel.
    """

    version: str
    until: datetime
    tags: tuple[str, ...] = ()


def check_stream(stream: str) -> None:
    """Refuse a stream id that no outbox would make."""
    if not GATEWAY_ID.fullmatch(stream):
        raise WireError(f"not a stream id: {stream[:80]!r}; 1 to 64 letters, digits, dots, dashes and underscores")


def check_flags(flags: tuple[str, ...]) -> None:
    """Refuse flags that are not a few short words: they are stored with every position, joined by commas."""
    if len(flags) > MAX_FLAGS or not all(_FLAG.fullmatch(flag) for flag in flags):
        raise WireError(f"not flags: {str(flags)[:80]}; at most {MAX_FLAGS} words of a-z, 0-9 and _")


def milliseconds(at: datetime) -> int:
    """The instant as whole milliseconds since 1970-01-01 UTC, rounded half up; refuses naive times."""
    if at.tzinfo is None:
        raise WireError(f"a time without a zone: {at.isoformat()}; write it with Z or an offset")
    since = at - _EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + (since.microseconds + 500) // 1000


def instant(at_ms: int) -> datetime:
    """The aware UTC time of so many milliseconds since 1970-01-01."""
    try:
        return datetime.fromtimestamp(at_ms // 1000, UTC).replace(microsecond=at_ms % 1000 * 1000)
    except (ValueError, OverflowError, OSError):
        raise WireError(f"no such time: {at_ms} ms since 1970") from None


def rfc3339(at: datetime) -> str:
    """`2026-11-22T10:00:00.000Z`."""
    return instant(milliseconds(at)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
