"""Real stores of a server in a folder, and messages for them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from server.domain.facts import Fact
from server.judging import Judges
from server.record import Arrived, Outcome, record, slice_of_recount
from server.store import facts, newest
from server.store.database import Database
from server.store.telemetry import Telemetry, open_telemetry
from tests.support.telemetry import positions_of
from wire.decode import decode_up
from wire.encode import encode_up
from wire.messages import Position, Run

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
_START, _END = datetime(2, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


class Stores:
    """A database and a telemetry, without the server around them."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.database = Database(url, folder)
        self.telemetry: Telemetry = open_telemetry("", folder)

    def close(self) -> None:
        """Close both."""
        self.database.close()
        self.telemetry.close()

    def record(self, *group: Arrived, now: datetime = NOW, accept_unclaimed: bool = True) -> Outcome:
        """Commit a group."""
        return record(list(group), self.database, self.telemetry, accept_unclaimed=accept_unclaimed, now=now)

    def track(self, vehicle: str) -> list[Position]:
        """Everything that is stored of a vehicle."""
        return positions_of(self.telemetry.track(vehicle, _START, _END))

    def driven_mm(self, vehicle: str) -> dict[date, int]:
        """Its odometer, day by day."""
        with self.database.reading() as connection:
            rows = facts.days_of(connection, [vehicle], date.min, date.max)
        return {row["day"]: row["distance_mm"] for row in rows if row["distance_mm"]}

    def facts(self, vehicle: str) -> list[Fact]:
        """The facts that stand of it, in the order of time."""
        with self.database.reading() as connection:
            return facts.standing(connection, [vehicle], -(2**62), 2**62)

    def recount(self, now: datetime = NOW) -> None:
        """Work out again all that waits for it."""
        judges = Judges()
        while slice_of_recount(self.database, self.telemetry, judges, now) is not None:
            pass

    def newest(self, vehicle: str) -> tuple[int | None, ...] | None:
        """Its newest believable position, in whole numbers."""
        with self.database.reading() as connection:
            found = newest.values_of(connection, [vehicle]).get(vehicle)
        return None if found is None else tuple(found)


def arrived(run: Run, gateway: str = "van-1", *, received_at: datetime = NOW) -> Arrived:
    """A run as the server gets it."""
    data = encode_up(run)
    return Arrived(gateway=gateway, up=decode_up(data), received_at=received_at, payload=data)


def a_run_of(positions: Iterable[Position], *, stream: str = "a1b2", seq_from: int = 1, prev: int | None = None) -> Run:
    """Positions as the rows from `seq_from` on; `prev` is the row before unless it is given."""
    records = tuple(enumerate(positions, start=seq_from))
    seq_to = seq_from + len(records) - 1
    return Run(
        stream=stream, prev=seq_from - 1 if prev is None else prev, seq_from=seq_from, seq_to=seq_to, records=records
    )


def later(seconds: float) -> datetime:
    """So many seconds after NOW."""
    return NOW + timedelta(seconds=seconds)
