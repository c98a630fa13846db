"""A group of messages becomes durable: accept?, telemetry, then one SQL transaction with the sequence numbers.

The order is load-bearing: `take` decides, `keep` writes the telemetry, `commit` commits the rest, and only what that
returns may be published and acknowledged. Each step may be repeated on its own when its store is away: writing the
telemetry twice changes no answer, and nothing is acknowledged before the last step.
"""

import base64
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec
import numpy as np
from sqlalchemy import Connection

from server.alerting import AlertChange, react
from server.domain.facts import Changes, merged
from server.domain.series import AT
from server.facts import NO_VALUES, New, is_due, pass_time, recount, settle
from server.judging import Judges
from server.store import custody, fleet, readings, recounts, streams, tags_heard
from server.store.database import Database
from server.store.schema import Row
from server.store.streams import Key, Reached
from server.store.telemetry import Part, Telemetry, batch_of
from server.store.telemetry.heard import READINGS, Heard, row_of, table_of
from server.tally import AHEAD_MS, Batch, tally
from wire.decode import Other, Up
from wire.delivery import Gap, accepts, gaps
from wire.messages import Ack, milliseconds

SEEN_EVERY = timedelta(seconds=5)
"""`last_seen_at` is written no more often than this: it is for people."""
CONFLICT_WITHIN = timedelta(hours=1)
CONFLICT = 3
"""So often in a row a known stream takes over from another only when two boxes have one id: a late message of an old
stream takes over once, and the new stream once more."""
_NOTHING = Reached(0, 0)


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """A readable `up` message of a gateway, and its bytes as they came, to be set aside if it cannot be committed."""

    gateway: str
    up: Up
    received_at: datetime
    payload: bytes = b""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What to tell a gateway after the commit."""

    gateway: str
    ack: Ack
    json: bool


class Taken(msgspec.Struct, kw_only=True):
    """What a group would change, in the order of its messages; nothing of it is durable yet."""

    known: dict[str, Row]
    """The gateways that are listened to."""
    new: list[Row]
    """Those of them that were never heard before."""
    refused: set[str]
    """Gateways that nobody claimed, when those are not accepted: they get no answer and keep their rows."""
    there: dict[Key, Reached]
    advanced: set[Key] = set()
    forms: dict[Key, bool] = {}
    """The streams that were heard, and whether they spoke JSON the last time: each is answered."""
    lost: list[tuple[Key, Gap]] = []
    ended: dict[Key, int] = {}
    """Streams that another took the place of, and the row from which on nobody knows what their outbox held."""
    returned: set[Key] = set()
    """Streams that deliver again though another took their place: they have not ended."""
    changed: set[str] = set()
    """Gateways whose row has something new to say."""
    batches: list[Batch] = []
    others: list[Row] = []
    heard: dict[Heard, list[tuple[object, ...]]] = {}
    """What scanners heard, by series."""
    recount: set[str] = set()
    """Vehicles of which rows were skipped: the telemetry may hold some that this database does not know of."""

    @property
    def positions(self) -> int:
        """How many positions are new."""
        return sum(batch.values.shape[1] for batch in self.batches)

    @property
    def records(self) -> int:
        """How many other records are new; what tags' sensors say is in the database and in the telemetry."""
        return len(self.others) + sum(len(rows) for series, rows in self.heard.items() if series is not READINGS)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What is committed: the answers that may go out now, and the newest positions."""

    answers: list[Answer]
    moved: list[Row]
    changes: list[Changes] = []
    """What became of the facts."""
    alerts: list[AlertChange] = []
    """What became of alerts by that."""
    asked_again: bool = False
    """Whether facts wait to be worked out again."""


def record(
    group: list[Arrived],
    database: Database,
    telemetry: Telemetry,
    *,
    accept_unclaimed: bool,
    now: datetime,
    judges: Judges | None = None,
) -> Outcome:
    """Commit a group of messages; raises TelemetryUnavailable or DatabaseUnavailable with nothing acknowledged."""
    taken = take(group, database, accept_unclaimed=accept_unclaimed, now=now)
    keep(taken, telemetry)
    return commit(taken, database, telemetry, now=now, judges=judges)


def take(group: list[Arrived], database: Database, *, accept_unclaimed: bool, now: datetime) -> Taken:
    """What the delivery rule takes of a group; only reads."""
    asking = {arrived.gateway for arrived in group}
    with database.reading() as connection:
        known, new = fleet.listened_to(connection, asking, accept_unclaimed=accept_unclaimed, now=now)
        there = streams.reached(connection, known)
    taken = Taken(known=known, new=new, refused=asking - known.keys(), there=there)
    for arrived in group:
        if arrived.gateway in known:
            _apply(taken, arrived, now)
    return taken


def keep(taken: Taken, telemetry: Telemetry) -> None:
    """Write the new positions and what was heard, durably; doing it again changes nothing."""
    if taken.batches:
        telemetry.write(batch_of([Part(batch.vehicle, batch.values, batch.flags) for batch in taken.batches]))
    for series, rows in taken.heard.items():
        telemetry.write_heard(series, table_of(series, rows))


def commit(
    taken: Taken, database: Database, telemetry: Telemetry, *, now: datetime, judges: Judges | None = None
) -> Outcome:
    """Commit everything else in one transaction; afterwards the group may be answered."""
    heard = [row for gateway, row in taken.known.items() if gateway in taken.changed or _stale(row, now)]
    if not (taken.new or heard or taken.advanced):  # probes and repeats
        return Outcome(answers=_answers(taken), moved=[])
    with database.writing() as connection:
        fleet.add_gateways(connection, taken.new)
        tallied = tally(connection, telemetry, taken.batches, recount=taken.recount)
        streams.advance(connection, {key: taken.there[key] for key in taken.advanced}, now)
        streams.add_gaps(connection, taken.lost, now)
        streams.end(connection, taken.ended, now)
        streams.reopen(connection, taken.returned)
        fleet.add_records(connection, taken.others)
        _mark_custody(connection, taken)
        tags_heard.note(connection, taken.heard, before_ms=milliseconds(now) + AHEAD_MS)
        judging = (judges or Judges()).judging(connection)
        changes = settle(connection, telemetry, _with_readings(tallied.new, taken.others), judging, now)
        alerts = react(connection, merged(changes), now)
        asked_again = bool(recounts.count(connection))
        fleet.saw_gateways(connection, [{**row, "last_seen_at": now} for row in heard])
    return Outcome(
        answers=_answers(taken), moved=tallied.moved, changes=changes, alerts=alerts, asked_again=asked_again
    )


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What became of facts and alerts without new items."""

    changes: list[Changes] = []
    alerts: list[AlertChange] = []


def slice_of_recount(database: Database, telemetry: Telemetry, judges: Judges, now: datetime) -> News | None:
    """Work out again some of what came too late to be worked on at once; None when nothing waits."""
    with database.reading() as connection:
        if not recounts.count(connection):
            return None
    with database.writing() as connection:
        changes = recount(connection, telemetry, judges.judging(connection), now) or []
        return News(changes=changes, alerts=react(connection, merged(changes), now))


def silence(database: Database, judges: Judges, now: datetime) -> News:
    """What silence alone makes of vehicles by now."""
    with database.reading() as connection:
        if not is_due(connection, now):
            return News()
    with database.writing() as connection:
        changes = pass_time(connection, judges.judging(connection), now)
        return News(changes=changes, alerts=react(connection, merged(changes), now))


def _with_readings(new: dict[str, New], others: list[Row]) -> dict[str, New]:
    """What is new of each vehicle, with what its sensors and gateways said."""
    for row in others:
        reading = readings.of_body(row["body"]) if row["known"] and row["kind"] in readings.KINDS else None
        if reading is None or reading.at_ms > round(row["received_at"].timestamp() * 1000) + AHEAD_MS:
            continue
        arrived = new.setdefault(row["vehicle_id"], New(values=NO_VALUES))
        arrived.readings.append(reading)
        arrived.reach_ms = max(arrived.reach_ms, reading.at_ms)
    return new


def _apply(taken: Taken, arrived: Arrived, now: datetime) -> None:
    """The delivery rule for one message."""
    up, key, gateway = arrived.up, (arrived.gateway, arrived.up.stream), taken.known[arrived.gateway]
    taken.forms[key] = up.json
    last, top = taken.there.get(key, _NOTHING)
    if up.probe or not accepts(last, up.prev, up.seq_to):
        return
    if gateway["stream"] != up.stream:
        _took_over(gateway, returned=key in taken.there, now=now)
        former = (arrived.gateway, gateway["stream"])
        if key in taken.there:
            taken.returned.add(key)
            taken.ended.pop(key, None)
        elif former in taken.there:
            taken.ended[former] = taken.there[former].top + 1
        gateway["stream"] = up.stream
        taken.changed.add(arrived.gateway)
    missing = gaps(last, up.seq_to, [*up.seq.tolist(), *(other.seq for other in up.others)])
    if missing:
        taken.recount.add(gateway["vehicle_id"])
        taken.lost += [(key, (max(first, top + 1), end)) for first, end in missing if end > top]
    taken.there[key] = Reached(up.seq_to, max(top, up.seq_to))
    taken.advanced.add(key)
    if len(up.seq) and up.seq[-1] > last:
        taken.batches.append(_beyond(up, last, gateway["vehicle_id"], arrived.received_at))
    for other in up.others:
        if other.seq > last:
            _sort(taken, other, key, arrived.received_at)


def _sort(taken: Taken, other: Other, key: Key, received_at: datetime) -> None:
    """What scanners heard goes to the telemetry, everything else is a record; what sensors say is both."""
    gateway = taken.known[key[0]]
    vehicle, site = gateway["vehicle_id"], gateway["site_id"]
    scanner = f"vehicle:{vehicle}" if site is None else f"site:{site}"
    heard = None if other.known is None else row_of(other.known, scanner, key[0])
    if heard is not None:
        taken.heard.setdefault(heard[0], []).append(heard[1])
    if heard is None or heard[0] is READINGS:
        taken.others.append(_other(other, key, vehicle, received_at))


def _mark_custody(connection: Connection, taken: Taken) -> None:
    """From when on there are observations that nobody has worked on."""
    of = [(len(series.keys), rows) for series, rows in taken.heard.items() if series is not READINGS]
    times = [cast("int", row[place]) for place, rows in of for row in rows]
    heard = bool(times)
    for batch in taken.batches:
        if batch.values.shape[1]:
            at_ms = batch.values[AT]
            times += [int(at_ms.min()), int(at_ms.max())]
    if times:
        custody.mark(connection, min(times), max(times), heard=heard)


def _took_over(gateway: Row, *, returned: bool, now: datetime) -> None:
    """Another stream delivers than before. One that is known already may be late, once; or two boxes have one id."""
    if not returned:
        return
    since = gateway["returned_at"]
    gateway["returns"] = gateway["returns"] + 1 if since and now - since < CONFLICT_WITHIN else 1
    gateway["returned_at"] = now


def _beyond(up: Up, last: int, vehicle: str, received_at: datetime) -> Batch:
    """The positions of a run that are new."""
    cut = 0 if up.seq[0] > last else int(np.searchsorted(up.seq, last, side="right"))
    flags = {place - cut: why for place, why in up.flags.items() if place >= cut} if up.flags else {}
    received_ms = int(received_at.timestamp() * 1000)
    return Batch(vehicle=vehicle, values=up.values[:, cut:], flags=flags, received_ms=received_ms)


def _other(other: Other, key: Key, vehicle: str, received_at: datetime) -> Row:
    """A record that is not a position as a row: kept as it came, whatever it is."""
    gateway, stream = key
    return {
        "gateway_id": gateway,
        "stream": stream,
        "seq": other.seq,
        "kind": other.kind[:64].replace("\0", "\N{REPLACEMENT CHARACTER}"),  # PostgreSQL has no NUL
        "vehicle_id": vehicle,
        "at_ms": None if other.known is None else milliseconds(other.known.at),
        "known": other.known is not None,
        "body": _writable(other.raw),
        "received_at": received_at,
    }


def _writable(raw: dict[str, Any]) -> dict[str, Any]:
    """The record, or, where JSON cannot say it (MessagePack knows more), its bytes."""
    try:
        msgspec.json.encode(raw)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return {"msgpack": base64.b64encode(msgspec.msgpack.encode(raw)).decode()}
    return raw


def _stale(row: Row, now: datetime) -> bool:
    seen_at: datetime = row["last_seen_at"]
    return not row["online"] or now - seen_at >= SEEN_EVERY


def _answers(taken: Taken) -> list[Answer]:
    """One answer for each stream that was heard."""
    return [
        Answer(gateway=key[0], ack=Ack(stream=key[1], last=taken.there.get(key, _NOTHING).last), json=json)
        for key, json in taken.forms.items()
    ]
