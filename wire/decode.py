"""Bytes -> values, for whoever receives: the server, and simulators that play one. Needs numpy.

Either form of a message is understood (`wire.encode` makes them). Readers ignore unknown fields; a record of unknown
kind, or one that does not fit its kind, is kept as it came, because poison must not block what stands behind it.
Everything malformed raises WireError and nothing else.
"""

from functools import lru_cache
from itertools import pairwise
from typing import Any, cast

import msgspec
import numpy as np
import numpy.typing as npt

from wire.columns import MISSING, NAMES, RANGES, REQUIRED, Row, position, row
from wire.encode import CONSTANT, WIDTHS, Body
from wire.frames import UNREADABLE, is_json, unframed
from wire.messages import KNOWN, MAX_SEQ, Position, Status, WireError, check_flags, check_stream, milliseconds

Numbers = npt.NDArray[np.int64]

MAX_ROWS = 2000
_REQUIRED = tuple(NAMES.index(name) for name in REQUIRED)
_DTYPES = tuple(np.dtype(f"<i{size}") for size in (1, 2, 4, 8))
_MAX_UNIT = 2**62

_body = msgspec.msgpack.Decoder(Body)
_live = msgspec.msgpack.Decoder(tuple[Row, tuple[str, ...]])
_NO_SEQ = np.empty(0, dtype=np.int64)
_NO_VALUES = np.empty((len(NAMES), 0), dtype=np.int64)


class Other(msgspec.Struct, frozen=True, kw_only=True):
    """A record that is not a position: one of a known kind, or (`known` None) whatever came, kept as it is."""

    seq: int
    kind: str
    known: KNOWN | None
    raw: dict[str, Any]


class Up(msgspec.Struct, frozen=True, kw_only=True):
    """A run as it arrived: `values` has a row for each of NAMES and a column for each position (MISSING: not said)."""

    stream: str
    prev: int = 0
    seq_from: int = 0
    seq_to: int = 0
    seq: Numbers = _NO_SEQ
    values: Numbers = _NO_VALUES
    flags: dict[int, tuple[str, ...]] = {}
    others: tuple[Other, ...] = ()
    json: bool = False
    """It came as JSON, and so it is answered."""

    @property
    def probe(self) -> bool:
        """Whether it only asks how far the server is."""
        return not len(self.seq) and not self.others

    def positions(self) -> list[tuple[int, Position]]:
        """The positions one by one, with their sequence numbers: for people and tests, not for the hot path."""
        rows = [Row(*(None if v == MISSING else v for v in column)) for column in self.values.T.tolist()]  # type: ignore[arg-type]
        return [
            (seq, position(values, self.flags.get(place, ())))
            for place, (seq, values) in enumerate(zip(self.seq.tolist(), rows, strict=True))
        ]


def decode_up(data: bytes) -> Up:
    """A run from either form."""
    if is_json(data):
        return _up_from_json(data)
    try:
        body = _body.decode(unframed(data))
    except UNREADABLE as error:
        raise WireError(f"not an up message: {error}") from None
    seq_from, seq_to = body.seq_from, body.seq_from + body.seq_span
    prev = seq_from - body.prev_back if body.prev_back else 0
    others = tuple(_other(seq_from + offset, raw) for offset, raw in body.others)
    seq, values = _positions(body) if body.count else (_NO_SEQ, _NO_VALUES)
    for place, why in body.flags.items():
        check_flags(why)
        if not 0 <= place < body.count:
            raise WireError(f"flags for place {place} of {body.count} positions")
    return _checked(
        Up(
            stream=body.stream,
            prev=prev,
            seq_from=seq_from,
            seq_to=seq_to,
            seq=seq,
            values=values,
            flags=body.flags,
            others=others,
        ),
        contiguous=not body.offsets and not others,
    )


def _positions(body: Body) -> tuple[Numbers, Numbers]:
    """Sequence numbers and values of a batch."""
    count, columns = body.count, len(NAMES)
    if not 0 < count <= MAX_ROWS:
        raise WireError(f"{count} positions in one message; expected 1 to {MAX_ROWS}")
    if len(body.firsts) < columns or (count > 1 and min(len(body.units), len(body.widths)) < columns):
        raise WireError(f"a batch of positions needs {columns} columns")
    if body.units and (max(body.units) > _MAX_UNIT or min(body.units) < 1):
        raise WireError("the unit of a column is out of range")
    values = _summed(body)
    low, span = _bounds(count)
    if np.count_nonzero((values.ravel() - low).view(np.uint64) > span):
        _refuse(values, body.missing)
    for column, places in body.missing.items():
        _lose(values, column, places)
    if not body.offsets:
        return np.arange(body.seq_from, body.seq_from + count), values
    if len(body.offsets) != count or min(body.offsets) < 0 or max(body.offsets) > MAX_SEQ:
        raise WireError("the sequence numbers do not fit the number of positions")
    return np.array(body.offsets, dtype=np.int64) + body.seq_from, values


def _summed(body: Body) -> Numbers:
    """The running sums of the deltas, from each column's first value; all columns of a width in one go."""
    count, columns = body.count, len(NAMES)
    widths: tuple[list[int], ...] = ([], [], [], [])
    for column, width in enumerate(body.widths[:columns]):
        if width < CONSTANT:
            widths[width].append(column)
    values = np.zeros((columns, count), dtype=np.int64)
    start = 0
    for dtype, places in zip(_DTYPES, widths, strict=True):
        if places and count > 1:
            need = len(places) * (count - 1)
            if len(body.deltas) < start + need * dtype.itemsize:
                raise WireError("a column is cut off")
            part = np.frombuffer(body.deltas, dtype, need, start)
            values[places, 1:] = part.reshape(len(places), count - 1)
            start += need * dtype.itemsize
    if start != len(body.deltas):
        raise WireError("the columns do not fit their widths")
    try:
        for column, unit in enumerate(body.units[:columns]):
            if unit != 1:
                values[column] *= unit
        values[:, 0] = body.firsts[:columns]
    except OverflowError:
        raise WireError("a number in a column is too large") from None
    return np.add.accumulate(values, 1, None, values)


@lru_cache(maxsize=64)
def _bounds(count: int) -> tuple[Numbers, npt.NDArray[np.uint64]]:
    """The least value of each place of a batch, and how far above it values may be: one comparison for both ends."""
    low = np.repeat(np.array([RANGES[name][0] for name in NAMES]), count)
    high = np.repeat(np.array([RANGES[name][1] for name in NAMES]), count)
    return low, (high - low).astype(np.uint64)


def _refuse(values: Numbers, missing: dict[int, tuple[int, ...]]) -> None:
    """Say which column is out of range; a column that is missing altogether may hold anything."""
    for column, name in enumerate(NAMES):
        low, high = RANGES[name]
        bad = values[column][(values[column] < low) | (values[column] > high)]
        if bad.size and missing.get(column) != ():
            raise WireError(f"{name} is {bad[0]}; expected {low} to {high}")


def _lose(values: Numbers, column: int, places: tuple[int, ...]) -> None:
    if not 0 <= column < len(NAMES) or column in _REQUIRED:
        raise WireError(f"column {column} cannot be missing")
    if places and (min(places) < 0 or max(places) >= values.shape[1]):
        raise WireError("the places without a value are not places of the column")
    values[column, list(places) if places else slice(None)] = MISSING


class _JsonUp(msgspec.Struct, frozen=True, kw_only=True):
    stream: str
    prev: int = 0
    seq_from: int = 0
    seq_to: int = 0
    records: list[dict[str, Any]] = []


_json_up = msgspec.json.Decoder(_JsonUp)


def _up_from_json(data: bytes) -> Up:
    try:
        said = _json_up.decode(data)
    except UNREADABLE as error:
        raise WireError(f"not an up message: {error}") from None
    seqs: list[int] = []
    rows: list[list[int]] = []
    flags: dict[int, tuple[str, ...]] = {}
    others: list[Other] = []
    for place, raw in enumerate(said.records):
        seq = raw.pop("seq", None)
        if not isinstance(seq, int) or isinstance(seq, bool):
            raise WireError(f"record {place + 1} of the message has no whole number as its seq")
        other = _other(seq, raw)
        if not isinstance(other.known, Position):
            others.append(other)
            continue
        if other.known.flags:
            flags[len(rows)] = other.known.flags
        seqs.append(seq)
        rows.append([MISSING if value is None else value for value in row(other.known)])
    return _checked(
        Up(
            stream=said.stream,
            prev=said.prev,
            seq_from=said.seq_from,
            seq_to=said.seq_to,
            seq=np.array(seqs, dtype=np.int64) if rows else _NO_SEQ,
            values=np.array(rows, dtype=np.int64).T.copy() if rows else _NO_VALUES,
            flags=flags,
            others=tuple(others),
            json=True,
        )
    )


def _other(seq: int, raw: dict[str, Any]) -> Other:
    """A record by its kind; one that is unknown or does not fit its kind is kept as it came."""
    kind = raw.get("kind")
    try:
        known = msgspec.convert(raw, KNOWN)
        if isinstance(known, Position):
            row(known)
        else:
            milliseconds(known.at)
    except (msgspec.ValidationError, WireError):
        known = None
    return Other(seq=seq, kind=kind if isinstance(kind, str) else "", known=known, raw=raw)


def _checked(up: Up, *, contiguous: bool = False) -> Up:
    """Refuse a run whose numbers contradict one another: applied, they would lose or double rows."""
    check_stream(up.stream)
    if up.probe:
        return up
    if not 0 <= up.prev < up.seq_from <= up.seq_to <= MAX_SEQ:
        raise WireError(f"prev {up.prev}, seq_from {up.seq_from}, seq_to {up.seq_to}: expected 0 <= prev < from <= to")
    if len(up.seq) + len(up.others) > MAX_ROWS:
        raise WireError(f"{len(up.seq) + len(up.others)} records in one message; at most {MAX_ROWS}")
    if contiguous:
        low, high = up.seq_from, up.seq_from + len(up.seq) - 1
    else:
        seqs = cast("list[int]", up.seq.tolist())
        if any(a >= b for a, b in pairwise(seqs)):
            raise WireError("the positions are not in the order of their seq")
        seqs += [other.seq for other in up.others]
        if len(set(seqs)) != len(seqs):
            raise WireError("a seq is there twice")
        low, high = min(seqs), max(seqs)
    if low < up.seq_from or high > up.seq_to:
        raise WireError(f"a record's seq is outside the run {up.seq_from}..{up.seq_to}")
    return up


def decode_live(data: bytes) -> Position:
    """The newest position from either form."""
    try:
        if is_json(data):
            raw = msgspec.json.decode(data, type=dict[str, Any])
            live = msgspec.convert({"kind": "position", **raw}, Position)
            row(live)
            return live
        values, flags = _live.decode(unframed(data))
    except UNREADABLE as error:
        raise WireError(f"not a live position: {error}") from None
    for name, value in zip(NAMES, values, strict=True):
        low, high = RANGES[name]
        if value is not None and not low <= value <= high:
            raise WireError(f"{name} is {value}; expected {low} to {high}")
    check_flags(flags)
    return position(values, flags)


def decode_status(data: bytes) -> Status:
    """A status; unknown fields are ignored."""
    is_json(data)
    try:
        status = msgspec.json.decode(data, type=Status)
    except UNREADABLE as error:
        raise WireError(f"not a status: {error}") from None
    if status.stream is not None:
        check_stream(status.stream)
    return status


assert len(WIDTHS) == len(_DTYPES), "a size for every width"
