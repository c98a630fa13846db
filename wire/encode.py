"""Values -> bytes, in the standard library and msgspec only, because it runs in the vehicle.

A batch of positions becomes columns of deltas in the narrowest whole numbers that hold them (Body says how); everything
else is a MessagePack map. JSON is for people and for other makers' boxes.
"""

import math
import sys
from array import array
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec

from wire.columns import NAMES, Row, row
from wire.frames import framed
from wire.messages import KNOWN, Position, Run, Status, rfc3339

WIDTHS = "bhiq"
"""array's type codes of signed numbers in 1, 2, 4 and 8 bytes: a column's `width` is a place in it; 4: constant."""
CONSTANT = len(WIDTHS)
_BOUNDS = (2**7, 2**15, 2**31, 2**63)


class Body(msgspec.Struct, array_like=True, frozen=True):
    """A run in its binary form.

    `count` positions stand in columns, in the order of NAMES: column c starts with `firsts[c]` and goes on with
    `count - 1` deltas in steps of `units[c]`, little-endian, `widths[c]` wide. `deltas` holds the bytes of all columns
    of width 0, then of width 1, and so on. Where a value is missing its delta is 0; `missing` names the places, an
    empty list meaning all. `offsets` are the positions' seq - seq_from, empty for 0, 1, 2...

    Fields at the end that say nothing are left out, and one position has no `units` and no `widths`: runs of one or two
    rows are what a gateway sends that is asked not to wait.
    """

    stream: str
    prev_back: int = 0  # seq_from - prev; 0: the outbox holds no row before the run
    seq_from: int = 0
    seq_span: int = 0  # seq_to - seq_from
    count: int = 0
    firsts: tuple[int, ...] = ()
    units: tuple[int, ...] = ()
    widths: bytes = b""
    deltas: bytes = b""
    missing: dict[int, tuple[int, ...]] = {}
    offsets: tuple[int, ...] = ()
    flags: dict[int, tuple[str, ...]] = {}
    others: tuple[tuple[int, dict[str, Any]], ...] = ()


_EMPTY = msgspec.structs.astuple(Body(stream=""))
_msgpack = msgspec.msgpack.Encoder()
_json = msgspec.json.Encoder()


def encode_up(run: Run) -> bytes:
    """The binary form of a run; raises WireError for a position whose numbers are out of range."""
    positions = [(seq, record) for seq, record in run.records if isinstance(record, Position)]
    others = tuple((seq - run.seq_from, as_dict(rec)) for seq, rec in run.records if not isinstance(rec, Position))
    offsets = tuple(seq - run.seq_from for seq, _ in positions)
    body = Body(
        stream=run.stream,
        prev_back=run.seq_from - run.prev if run.prev else 0,
        seq_from=run.seq_from,
        seq_span=run.seq_to - run.seq_from,
        count=len(positions),
        offsets=() if offsets == tuple(range(len(offsets))) else offsets,
        flags={place: record.flags for place, (_, record) in enumerate(positions) if record.flags},
        others=others,
        **(_columns([row(record) for _, record in positions]) if positions else {}),
    )
    return framed(_msgpack.encode(_without_empty_end(body)))


def _without_empty_end(body: Body) -> tuple[Any, ...]:
    values = msgspec.structs.astuple(body)
    used = max(place for place, value in enumerate(values) if value != _EMPTY[place])
    return values[: used + 1]


def _columns(rows: Sequence[Row]) -> dict[str, Any]:
    firsts, units, widths, missing = [], [], [], {}
    planes: list[list[bytes]] = [[] for _ in WIDTHS]
    for place, column in enumerate(zip(*rows, strict=True)):
        values = column
        if None in column:
            gaps = tuple(i for i, value in enumerate(column) if value is None)
            missing[place] = () if len(gaps) == len(column) else gaps
            values = _filled(column)
        deltas = [b - a for a, b in pairwise(values)]
        unit = math.gcd(*deltas)
        firsts.append(values[0])
        units.append(unit or 1)
        width = CONSTANT
        if unit:
            deltas = [delta // unit for delta in deltas]
            width = next(w for w, bound in enumerate(_BOUNDS) if -bound <= min(deltas) and max(deltas) < bound)
            planes[width].append(_little_endian(width, deltas))
        widths.append(width)
    return {
        "firsts": tuple(firsts),
        "units": tuple(units) if len(rows) > 1 else (),
        "widths": bytes(widths) if len(rows) > 1 else b"",
        "deltas": b"".join(part for plane in planes for part in plane),
        "missing": missing,
    }


def _filled(column: Sequence[int | None]) -> tuple[int, ...]:
    """The column with each gap given the value before it, so that its delta is 0."""
    last = next((value for value in column if value is not None), 0)
    return tuple(last := (last if value is None else value) for value in column)


def _little_endian(width: int, numbers: list[int]) -> bytes:
    packed = array(WIDTHS[width], numbers)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def encode_up_json(run: Run) -> bytes:
    """The JSON form of a run, as a person would publish it."""
    records = [{"seq": seq, **as_dict(record)} for seq, record in run.records]
    return _json.encode(
        {"stream": run.stream, "prev": run.prev, "seq_from": run.seq_from, "seq_to": run.seq_to, "records": records}
    )


def encode_live(position: Position) -> bytes:
    """The newest position, as a hint for the map."""
    return framed(_msgpack.encode((row(position), position.flags)))


def encode_status(status: Status) -> bytes:
    """A status is always JSON: it is rare, and people read it."""
    return _json.encode(status)


def as_dict(record: KNOWN | dict[str, Any]) -> dict[str, Any]:
    """A record as plain values, `at` as RFC 3339 in UTC with milliseconds."""
    if isinstance(record, dict):
        return record
    raw: dict[str, Any] = msgspec.to_builtins(record)
    return {**raw, "at": rfc3339(record.at)}


assert len(NAMES) == len(Row._fields), "a row has a value for every column"
