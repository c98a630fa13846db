"""A small depot on real stores: vans with packages, what their gateways say of a morning, and the custody job over it."""

import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import cos, radians
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from server.custody import Custody, Heard
from server.domain.facts import Fact
from server.store import custody, fences
from server.store.database import Database, upsert
from server.store.schema import bindings, custody_spans, gateways, packages, routes, stops, tags, vehicles
from server.store.telemetry.heard import Heard as Series
from tests.support.hearing import a_scan, a_sighting
from tests.support.positions import NOON, a_position
from tests.support.stores import Stores, arrived
from wire.messages import Run, milliseconds

LON, LAT = 24.9384, 60.1699
M_PER_DEG = 111_195.0
EARLY = NOON - timedelta(hours=6)
DEPOT = {
    "type": "Feature",
    "id": "depot",
    "geometry": {"type": "Point", "coordinates": [LON, LAT]},
    "properties": {"name": "Depot", "radius_m": 100.0, "site": True},
}
STOP_M = 3000.0


def east(metres: float) -> float:
    """The longitude so many metres east of the depot."""
    return round(LON + metres / (M_PER_DEG * cos(radians(LAT))), 7)


def plan(database: Database, planned: dict[str, str], *, now: datetime = EARLY, tagged: bool = True) -> None:
    """A depot; each package goes with its van, to a stop of its route 3 km east, and has the tag `t-PACKAGE`."""
    with database.writing() as connection:
        fleet = sorted(set(planned.values()))
        rows = [{"id": van, "name": van.replace("van-", "Van "), "created_at": now, "ahead_ms": None} for van in fleet]
        upsert(connection, vehicles, rows)
        fences.put(connection, [DEPOT], by="test", now=now)
        for van in fleet:
            route = {"id": f"r-{van}", "vehicle_id": van, "site_id": "depot", "dock": "3", "driver": "Aino"}
            connection.execute(insert(routes).values(**route, departs_at=NOON, changed_at=now))
            stop = {"route_id": f"r-{van}", "id": "s1", "sequence": 1, "name": "Stop 1", "radius_m": 50.0}
            lon_e7, lat_e7 = round(east(STOP_M) * 1e7), round(LAT * 1e7)
            connection.execute(insert(stops).values(**stop, lon_e7=lon_e7, lat_e7=lat_e7))
        for package, van in planned.items():
            row = {"id": package, "name": package, "vehicle_id": van, "site_id": "depot", "created_at": now}
            row |= {"route_id": f"r-{van}", "stop_id": "s1", "changed_at": now}
            connection.execute(insert(packages).values(**row))
            if tagged:
                tag = {"id": f"t-{package}", "name": "", "limits": [], "created_at": now}
                connection.execute(insert(tags).values(**tag))
                bind(connection, package, now)


def bind(connection: Any, package: str, at: datetime) -> None:
    """The package's tag is put on it."""
    row = {"package_id": package, "tag_id": f"t-{package}", "from_ms": milliseconds(at), "bound_by": "test"}
    connection.execute(insert(bindings).values(**row))


def at_site(database: Database, gateway: str, site: str = "depot") -> None:
    """The gateway is the scanner of a site."""
    with database.writing() as connection:
        connection.execute(update(gateways).where(gateways.c.id == gateway).values(site_id=site))


def a_van(aboard: Iterable[str], start: int = 0, minutes: int = 4, *, drives_from: int = 60) -> list[Any]:
    """What a van's gateway says: it stands at the depot, then drives east, and hears all the while what is aboard."""
    said: list[Any] = []
    for second in range(start, start + 60 * minutes, 2):
        metres = max(0.0, (second - start - drives_from) * 10.0)
        speed = 10.0 if metres else 0.0
        said.append(a_position(second, lon=east(metres), lat=LAT, speed_mps=speed, accuracy_m=4.0))
    for second in range(start + 10, start + 60 * minutes + 1, 10):
        said.append(a_scan(second))
        said += [a_sighting(second, f"t-{package}", rssi_max_dbm=-55.0, rssi_mean_dbm=-60.0) for package in aboard]
    return sorted(said, key=lambda one: one.at)


class Depot:
    """The stores and the job."""

    def __init__(self, folder: Path, url: str = "", **planned: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.stores = Stores(folder, url)
        plan(self.stores.database, {name.replace("_", "-"): van.replace("_", "-") for name, van in planned.items()})
        self.custody = Custody(self.stores.database, self.stores.telemetry)
        self.heard: list[Heard] = []
        self._seq = 0

    def close(self) -> None:
        """Close the stores."""
        self.stores.close()

    def restart(self) -> None:
        """The job as it is after the server was killed: it remembers nothing."""
        self.custody = Custody(self.stores.database, self.stores.telemetry)

    def bring(self, gateway: str, records: Sequence[Any], now: datetime = NOON + timedelta(hours=1)) -> None:
        """A message of a gateway, of a stream of its own."""
        self._seq += 1
        for start in range(0, len(records), 400):
            some = tuple(enumerate(records[start : start + 400], start=start + 1))
            run = Run(stream=f"s{self._seq}", prev=start, seq_from=some[0][0], seq_to=some[-1][0], records=some)
            self.stores.record(arrived(run, gateway, received_at=now), now=now)

    def work(self, now: datetime, *, beats: int | None = None) -> None:
        """Let the job work until nothing is left to do, or so many beats."""
        while beats is None or beats > 0:
            before = self._work()
            self.custody.beat(now, self.heard.append)
            if beats is None and self._work() == before:
                return
            beats = None if beats is None else beats - 1

    def facts(self, *kinds: str) -> list[Fact]:
        """The custody facts that stand."""
        with self.stores.database.reading() as connection:
            found = custody.decided_between(connection, -(2**62), 2**62)
        found = [one for one in found if not kinds or one.kind in kinds]
        return sorted(found, key=lambda one: (one.at_ms, one.kind, one.id))

    def beliefs(self) -> dict[str, tuple[str, float]]:
        """Place and probability of each package."""
        with self.stores.database.reading() as connection:
            return {package: (row["place"], row["p"]) for package, row in custody.beliefs(connection).items()}

    def past(self) -> list[tuple[Any, ...]]:
        """All spans of all packages."""
        columns = (custody_spans.c.package_id, custody_spans.c.from_ms, custody_spans.c.place)
        with self.stores.database.reading() as connection:
            return [tuple(row) for row in connection.execute(select(*columns).order_by(*columns))]

    def rows(self, series: Series) -> list[dict[str, Any]]:
        """What was heard."""
        start, end = NOON - timedelta(days=1), NOON + timedelta(days=1)
        return list(self.stores.telemetry.heard(series, start, end).to_pylist())

    def _work(self) -> Any:
        with self.stores.database.reading() as connection:
            return custody.work(connection)


def shuffled(records: Sequence[Any], pieces: int, seed: int) -> list[list[Any]]:
    """The records in some pieces, shuffled, some of them twice."""
    chance = random.Random(seed)
    mixed = [*records, *chance.sample(list(records), len(records) // 5)]
    chance.shuffle(mixed)
    size = -(-len(mixed) // pieces)
    return [mixed[start : start + size] for start in range(0, len(mixed), size)]
