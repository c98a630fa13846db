"""What gateways say of themselves goes into the table of gateways; and those that wait are told where the server is."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from server.ingest.messages import Said
from server.record import Answer
from server.store import fleet, streams
from server.store.database import Database
from server.store.schema import Row
from wire.messages import Ack


def note_statuses(
    database: Database,
    statuses: Mapping[str, Said],
    gateways: Iterable[str],
    *,
    accept_unclaimed: bool,
    now: datetime,
) -> dict[str, Row]:
    """Keep the newest statuses, and make gateways known that may be; those of `gateways` that are listened to."""
    with database.reading() as connection:
        known, new = fleet.listened_to(connection, gateways, accept_unclaimed=accept_unclaimed, now=now)
    if new or known.keys() & statuses.keys():
        with database.writing() as connection:
            fleet.add_gateways(connection, new)
            for gateway in sorted(known.keys() & statuses.keys()):
                said = statuses[gateway]
                fleet.set_status(connection, gateway, said.body, online=said.online, seen_at=said.seen_at)
    return known


def greetings(database: Database, kept: Mapping[str, str]) -> list[Answer]:
    """How far the streams are that these gateways send.

    A server that starts is perhaps a new one, or was restored, and a gateway that stands has nothing to send: so it
    would find out only when it asks.
    """
    if not kept:
        return []
    with database.reading() as connection:
        there = streams.reached(connection, kept)
    lasts = {key: there[key].last if key in there else 0 for key in kept.items()}
    return [
        Answer(gateway=gateway, ack=Ack(stream=stream, last=last), json=True)
        for (gateway, stream), last in lasts.items()
    ]
