"""Where a vehicle's rules stand: everything that the next item needs, and nothing that grows.

Kept as MessagePack, of 200 to 600 bytes; `VERSION` stands in front, so that a server with other rules notices that it
has to start anew. Structs are written to by the rules, within `advance` only.
"""

import msgspec

from server.domain.engine.fix import Fix
from server.domain.engine.quality import Belief

VERSION = 1


class Trip(msgspec.Struct, array_like=True):
    """A trip that goes on."""

    started_ms: int
    lon_e7: int
    lat_e7: int
    distance_mm: int = 0
    top_mps: float = 0.0
    idling_ms: int = 0


class Motion(msgspec.Struct, array_like=True):
    """Standing or driving. The anchor is the mean place of the fixes since `anchor_ms` that may be one halt."""

    anchor_ms: int = 0
    count: int = 0
    lon_sum: int = 0
    lat_sum: int = 0
    square_m2: float = 0.0
    """Sum of the squares of how far they were from the mean."""
    slow: bool = False
    """Whether the anchor's fixes are those of a vehicle that stands."""
    halted: bool = False
    site: str | None = None
    """The site in which it halts."""
    leaving: Fix | None = None
    """The first fix that says that it drives again; the next one decides."""
    trip: Trip | None = None


class Visit(msgspec.Struct, array_like=True):
    """A fence that the vehicle is in, or may be in."""

    entered_ms: int
    lon_e7: int
    lat_e7: int
    confirmed: bool = False
    leaving: Fix | None = None
    dwell_ms: int = -1
    """-1: no dwell is asked for, or it has been told."""
    site: bool = False


class Excess(msgspec.Struct, array_like=True):
    """Driving faster than allowed, for so long as it goes on."""

    started_ms: int
    limit_mps: float
    fence: str | None
    top_mps: float
    distance_mm: int = 0
    confirmed: bool = False


class Engine(msgspec.Struct, array_like=True):
    """The engine, where somebody says whether it is on."""

    on: bool | None = None
    on_ms: int = 0
    """Since when it is as it is."""
    seen_ms: int = 0
    """The last item at which it was known to be on."""
    halt_ms: int = 0
    """How long it was on in this halt."""
    idling_ms: int = -1
    """Since when it idles; -1: it does not, or not for long enough."""


class Beyond(msgspec.Struct, array_like=True):
    """A sensor out of its range."""

    side: str
    since_ms: int
    value: float
    limit: float
    told: bool = False


class Totals(msgspec.Struct, array_like=True):
    """What a UTC day comes to, so far."""

    distance_mm: int = 0
    driving_ms: int = 0
    idling_ms: int = 0
    engine_ms: int = 0
    speeding_ms: int = 0


class State(msgspec.Struct, array_like=True):
    """Everything of one vehicle. `at_ms`: every item up to here is in it."""

    at_ms: int
    belief: Belief
    motion: Motion
    visits: dict[str, Visit]
    excess: Excess | None
    engine: Engine
    sensors: dict[str, Beyond]
    totals: dict[int, Totals]
    """By UTC day, as days since 1970-01-01; at most the last two."""
    harsh_ms: dict[str, int]
    """When the last harsh event of each kind was."""


def fresh() -> State:
    """Before the first item."""
    return State(-(2**62), Belief(), Motion(), {}, None, Engine(), {}, {}, {})


def frozen(state: State) -> bytes:
    """As it is kept."""
    return _ENCODER.encode((VERSION, state))


def thawed(kept: bytes) -> State | None:
    """A kept state; None when other rules made it, so that whoever asks begins anew."""
    try:
        version, raw = _OUTER.decode(kept)
        return _INNER.decode(raw) if version == VERSION else None
    except msgspec.DecodeError:
        return None


_ENCODER = msgspec.msgpack.Encoder()
_OUTER = msgspec.msgpack.Decoder(tuple[int, msgspec.Raw])
_INNER = msgspec.msgpack.Decoder(State)
