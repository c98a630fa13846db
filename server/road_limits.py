"""The second stage of speeding: finished trips are matched with the roads, a few at a time, beside the ingest.

What it makes is a function of the standing trip, the stored track and the map: a trip that late data changes is matched
again, one that is withdrawn takes its facts with it. A map that is built anew changes no facts of before.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from server.alerting import AlertChange, react
from server.domain.engine.fix import Fix
from server.domain.engine.items import fixes_of
from server.domain.facts import Changes, Fact, compare
from server.domain.road_speeding import OnRoad, speedings
from server.store import facts as store
from server.store import matched_trips
from server.store.database import Database
from server.store.schema import Row
from server.store.telemetry import Telemetry
from server.store.telemetry.batch import values_of
from wire.messages import instant, milliseconds

AT_ONCE = 4
"""So many trips a beat: a trip takes some tenths of a second, and a server that stops waits for the beat."""
type Match = Callable[[Sequence[Fix]], list[OnRoad]]


def match_trips(
    database: Database, telemetry: Telemetry, match: Match, now: datetime
) -> tuple[list[Changes], list[AlertChange]]:
    """Match the trips that wait longest. The map is asked outside of any transaction."""
    with database.reading() as connection:
        rows = matched_trips.waiting(connection, AT_ONCE)
    told: tuple[list[Changes], list[AlertChange]] = ([], [])
    for row in rows:
        with database.reading() as connection:
            trip = _standing(connection, row["fact_id"])
            doubted = _doubted(connection, trip) if trip else set()
        made = speedings(trip, match(_track(telemetry, trip, doubted))) if trip else []
        with database.writing() as connection:
            changes, alerts = _write(connection, row, made, now)
        told[0].extend([changes] if changes else [])
        told[1].extend(alerts)
    return told


def _write(connection: Connection, row: Row, made: list[Fact], now: datetime) -> tuple[Changes, list[AlertChange]]:
    """Nothing, when the trip or its track changed meanwhile: then it waits again already."""
    if not matched_trips.done(connection, row, [one.id for one in made], now):
        return Changes(), []
    before = _made_before(connection, row)
    again = bool(row["facts"]) or any(store.one(connection, one.id) for one in made)
    changes = compare(before, made, late=again)
    if not changes:
        return changes, []
    store.apply(connection, [changes], now)
    return changes, react(connection, changes, now)


def _made_before(connection: Connection, row: Row) -> dict[str, Fact]:
    """What this trip said until now; a fact that another trip says meanwhile is that trip's."""
    found = (_standing(connection, id_) for id_ in row["facts"] or ())
    return {one.id: one for one in found if one is not None and one.body["trip"] == row["fact_id"]}


def _standing(connection: Connection, id_: str) -> Fact | None:
    row = store.one(connection, id_)
    return store.fact_of(row) if row is not None and row["withdrawn_at"] is None else None


def _doubted(connection: Connection, trip: Fact) -> set[tuple[int, float, float]]:
    """The fixes of its time that are not believed."""
    flagged = store.standing(connection, [trip.vehicle], _start_ms(trip), trip.at_ms + 1, ["fix_flagged"])
    return {(one.at_ms, one.body["lon"], one.body["lat"]) for one in flagged}


def _track(telemetry: Telemetry, trip: Fact, doubted: set[tuple[int, float, float]]) -> list[Fix]:
    """The stored fixes from its first to its last, without what is not believed."""
    track = telemetry.track(trip.vehicle, instant(_start_ms(trip)), instant(trip.at_ms + 1))
    fixes = fixes_of(values_of(track.filter(track["flags"].is_null())))
    return [fix for fix in fixes if (fix.at_ms, fix.lon, fix.lat) not in doubted]


def _start_ms(trip: Fact) -> int:
    return milliseconds(datetime.fromisoformat(trip.body["started_at"]))
