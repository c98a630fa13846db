"""Marks: how the server notices that its telemetry was restored from a backup, or exchanged, and the database was not.

Now and then how far each stream is goes into the database under the time of day, and then that time into the telemetry,
as a position of a vehicle that nobody has. Telemetry without the newest mark is older than the database, so every
stream goes back to the newest mark that both have, and the gateways send again what is missing. A database that is
older than its telemetry needs nothing: it asks for what it does not know, and what is there twice counts once.
"""

import logging
from datetime import datetime, timedelta

import numpy as np

from server.store import streams
from server.store.database import Database
from server.store.telemetry import Part, Telemetry, batch_of
from wire.columns import MISSING, NAMES, Row, row
from wire.messages import Position

log = logging.getLogger("milepost.marks")
VEHICLE = "milepost.mark"
"""No gateway may have this id."""
EVERY = timedelta(hours=1)
KEEP = timedelta(days=7)
"""Longer than gateways keep what was acknowledged."""


def compare(database: Database, telemetry: Telemetry) -> None:
    """Put streams back when the telemetry is older than the database."""
    with database.reading() as connection:
        ours = streams.newest_mark(connection)
    if ours is None:
        return
    newest = telemetry.latest(VEHICLE)
    theirs: datetime | None = newest["at"][0].as_py() if newest.num_rows else None
    if theirs is not None and theirs >= ours:
        return
    with database.writing() as connection:
        count = streams.rewind(connection, theirs)
    since = f"{theirs:%Y-%m-%d %H:%M} UTC" if theirs else "the beginning"
    log.warning(
        "the telemetry is older than the database (a backup, or another store): %d gateways are asked to send again "
        "what they still have since %s",
        count,
        since,
    )


def make(database: Database, telemetry: Telemetry, now: datetime) -> None:
    """Mark how far everything is; the database first, so that what a mark in the telemetry says is there."""
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    with database.writing() as connection:
        streams.mark(connection, now, streams.newest_mark(connection), now - KEEP)
    values: Row = row(Position(at=now, lon=0, lat=0))
    numbers = np.array([[MISSING if value is None else value] for value in values], dtype=np.int64)
    assert numbers.shape == (len(NAMES), 1)
    telemetry.write(batch_of([Part(VEHICLE, numbers)]))
