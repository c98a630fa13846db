"""What gateways say of themselves goes into the table of gateways."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from server.ingest.messages import Said
from server.store import fleet
from server.store.database import Database
from server.store.schema import Row


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
