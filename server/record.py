"""One group of messages becomes durable: accept?, telemetry, then one SQL transaction with the sequence numbers.

The order is load-bearing: the idempotent telemetry write comes first, the SQL commit second, and only what this
function returns may be published and acknowledged. When it raises, nothing was acknowledged; doing it again is safe.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np

from server.store import fleet
from server.store.database import Database
from server.store.schema import Row
from server.store.telemetry import Telemetry
from server.store.telemetry.batch import Part, batch_of
from server.tally import Batch, tally
from wire.decode import Up
from wire.delivery import Gap, accepts, gaps
from wire.messages import Ack

SEEN_EVERY = timedelta(seconds=5)
"""`last_seen_at` is written no more often than this: it is for people."""
CONFLICT_WITHIN = timedelta(hours=1)


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """A readable `up` message of a gateway."""

    gateway: str
    up: Up
    received_at: datetime
    payload: bytes = b""
    """As it came, to be set aside when it cannot be committed."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What to tell a gateway after the commit."""

    gateway: str
    ack: Ack
    json: bool


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What is committed: the answers that may go out now, the newest positions, and counts."""

    answers: list[Answer]
    moved: list[Row]
    positions: int
    refused: list[str]
    """Gateways that nobody claimed, when those are not accepted: they get no answer and keep their rows."""


class _Delivery(msgspec.Struct, kw_only=True):
    """What the group changes about the streams."""

    last: dict[tuple[str, str], int]
    advanced: dict[tuple[str, str], int] = {}
    lost: list[tuple[str, str, Gap]] = []
    returned: set[str] = set()
    batches: list[Batch] = []
    others: list[Row] = []


def record(
    group: list[Arrived], database: Database, telemetry: Telemetry, *, accept_unclaimed: bool, now: datetime
) -> Outcome:
    """Commit a group of messages; raises TelemetryUnavailable or DatabaseUnavailable with nothing acknowledged."""
    with database.reading() as connection:
        known = fleet.known_gateways(connection, (arrived.gateway for arrived in group))
        unknown = {arrived.gateway for arrived in group} - known.keys()
        last = fleet.stream_positions(connection, known)
    if unknown and accept_unclaimed:
        with database.writing() as connection:
            fleet.add_gateways(connection, unknown, now)
            known |= fleet.known_gateways(connection, unknown)
        unknown = set()
    heard = [arrived for arrived in group if arrived.gateway not in unknown]
    delivery = _deliver(heard, known, last)
    if delivery.batches:
        telemetry.write(batch_of([Part(batch.vehicle, batch.values, batch.flags) for batch in delivery.batches]))
    with database.writing() as connection:
        moved = tally(connection, telemetry, delivery.batches, now=now)
        fleet.advance_streams(connection, delivery.advanced, now)
        fleet.add_gaps(connection, delivery.lost, now)
        fleet.add_records(connection, delivery.others)
        fleet.saw_gateways(connection, _seen(heard, known, delivery.returned, now))
    return Outcome(
        answers=_answers(heard, delivery.last),
        moved=moved,
        positions=sum(batch.values.shape[1] for batch in delivery.batches),
        refused=sorted(unknown),
    )


def _deliver(heard: list[Arrived], known: dict[str, Row], last: dict[tuple[str, str], int]) -> _Delivery:
    """Apply the delivery rule to the group in its order."""
    delivery = _Delivery(last=last)
    for arrived in heard:
        up, key = arrived.up, (arrived.gateway, arrived.up.stream)
        gateway = known[arrived.gateway]
        before = last.get(key, 0)
        if up.probe or not accepts(before, up.prev, up.seq_to):
            continue
        if gateway["stream"] != up.stream:
            if key in last:
                delivery.returned.add(arrived.gateway)
            gateway["stream"], gateway["stream_changed"] = up.stream, True
        seqs = [*up.seq.tolist(), *(other.seq for other in up.others)]
        delivery.lost += [(*key, gap) for gap in gaps(before, up.seq_to, seqs)]
        last[key] = delivery.advanced[key] = up.seq_to
        if len(up.seq) and up.seq[-1] > before:
            delivery.batches.append(_beyond(up, before, gateway["vehicle_id"], arrived.received_at))
        delivery.others += [
            {
                "gateway_id": arrived.gateway,
                "stream": up.stream,
                "seq": other.seq,
                "kind": other.kind[:64],
                "known": other.known is not None,
                "body": other.raw,
                "received_at": arrived.received_at,
            }
            for other in up.others
            if other.seq > before
        ]
    return delivery


def _beyond(up: Up, before: int, vehicle: str, received_at: datetime) -> Batch:
    """The positions of a run that are new."""
    cut = 0 if up.seq[0] > before else int(np.searchsorted(up.seq, before, side="right"))
    flags = {place - cut: why for place, why in up.flags.items() if place >= cut} if up.flags else {}
    received_ms = int(received_at.timestamp() * 1000)
    return Batch(vehicle=vehicle, values=up.values[:, cut:], flags=flags, received_ms=received_ms)


def _seen(heard: Iterable[Arrived], known: dict[str, Row], returned: set[str], now: datetime) -> list[Row]:
    """The gateways whose row has something new to say.

    An older stream that delivers again after a newer one was born may be a late message, once; when it goes on, two
    boxes have one id.
    """
    rows = []
    for gateway in {arrived.gateway for arrived in heard}:
        row = known[gateway]
        if gateway in returned:
            since = row["returned_at"]
            row["returns"] = row["returns"] + 1 if since and now - since < CONFLICT_WITHIN else 1
            row["returned_at"] = now
        if gateway in returned or row.get("stream_changed") or _stale(row, now):
            rows.append({**row, "last_seen_at": now})
    return rows


def _stale(row: Row, now: datetime) -> bool:
    seen_at: datetime = row["last_seen_at"]
    return not row["online"] or now - seen_at.astimezone(UTC) >= SEEN_EVERY


def _answers(heard: list[Arrived], last: dict[tuple[str, str], int]) -> list[Answer]:
    """One answer for each stream that was heard, in the form in which it spoke last."""
    forms = {(arrived.gateway, arrived.up.stream): arrived.up.json for arrived in heard}
    return [
        Answer(gateway=gateway, ack=Ack(stream=stream, last=last.get((gateway, stream), 0)), json=json)
        for (gateway, stream), json in forms.items()
    ]
