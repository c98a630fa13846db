"""Loads and custody over HTTP: what is believed, to whoever sees the vehicle."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from server.domain.facts import Changes, fact
from server.store import custody, facts
from server.store.database import Database, upsert
from server.store.schema import Row, routes, tags_heard
from tests.support.packages import plan
from tests.support.people import a_program
from tests.support.servers import Server
from wire.messages import instant, milliseconds, rfc3339

NOW = datetime.now(UTC)
SINCE_MS = milliseconds(NOW) - 600_000
PLANNED = {"load-A": "van-load", "load-B": "van-load", "load-C": "van-other", "load-D": "van-load"}


def belief(package: str, place: str, p: float = 0.99, alarm: str | None = None) -> Row:
    row = {"package_id": package, "place": place, "p": p, "since_ms": SINCE_MS, "at_ms": SINCE_MS, "alarm": alarm}
    return row | {"others": [["site:depot", 0.01]]}


def a_span(package: str, minute: int, place: str, p: float) -> Row:
    at = {"lon": 24.9384, "lat": 60.1699} if place else {"lon": None, "lat": None}
    row = {"package_id": package, "from_ms": SINCE_MS + 60_000 * minute, "place": place, **at}
    return row | {"p_min": p, "p_max": p, "p_mean": p}


def said(kind: str, package: str, vehicle: str, minute: int) -> Any:
    """A custody fact as the job makes it."""
    at_ms = SINCE_MS + 60_000 * minute
    body = {"vehicle_id": vehicle, "planned": "van-other", "stop_id": None, "lon": 24.9, "lat": 60.1, "p": 0.99}
    body |= {"noticed_at": rfc3339(instant(at_ms)), "because": "It moves with it.", "evidence": {"level_dbm": -60.0}}
    return fact(kind, vehicle, at_ms, at_ms, place=package, package=package, **body)


@pytest.fixture(scope="module")
def loaded(busy: Server) -> Server:
    """A van with one package aboard, one that nobody heard, one of another van, and one that is at its stop."""
    database = Database(busy.database_url, busy.data)
    plan(database, PLANNED, now=NOW - timedelta(hours=2))
    with database.writing() as connection:
        connection.execute(
            update(routes).where(routes.c.id.like("r-van-%")).values(departs_at=NOW + timedelta(hours=1))
        )
        beliefs = [
            belief("load-A", "vehicle:van-load"),
            belief("load-C", "vehicle:van-load", 0.97, "wrong_vehicle"),
            belief("load-D", "stop:r-van-load/s1"),
        ]
        custody.put_beliefs(connection, beliefs, [])
        heard = {"heard_ms": SINCE_MS, "heard_by": "site:depot"}
        upsert(connection, tags_heard, [{"tag_id": "t-load-B", **heard}])
        spans = [("site:depot", 0.9), ("vehicle:van-load", 0.99), ("", 0.0)]
        rows = [a_span("load-C", minute, place, p) for minute, (place, p) in enumerate(spans)]
        custody.put_spans(connection, rows, 0, 1)
        old, new = said("wrong_vehicle", "load-C", "van-load", 2), said("wrong_vehicle", "load-C", "van-load", 3)
        facts.apply(connection, [Changes(added=[old])], NOW)
        facts.apply(connection, [Changes(added=[new], withdrawn=[old], moved={new.id: old.id}, late=True)], NOW)
        facts.apply(connection, [Changes(added=[said("loaded", "load-A", "van-load", 1)])], NOW)
    database.close()
    return busy


@pytest.fixture(scope="module")
def limited(loaded: Server) -> Iterator[httpx.Client]:
    """A viewer of a team that sees van-load, and not van-other."""
    with a_program(loaded, "load-admin", "admin") as admin:
        team = admin.post("/api/v1/teams", json={"name": "Load", "vehicles": ["van-load"]}).json()["id"]
    with a_program(loaded, "load-limited", "viewer", teams=[team]) as client:
        yield client


def test_a_load_says_what_is_aboard_what_is_missing_and_what_is_wrong(loaded: Server) -> None:
    """What the dock's screen draws."""
    load = loaded.get("vehicles/van-load/load")
    assert (load["expected"], load["aboard"], load["state"], load["dock"], load["driver"]) == (
        2,
        1,
        "wrong",
        "3",
        "Aino",
    )
    aboard = {one["id"]: one["aboard"] for one in load["packages"]}
    assert aboard == {"load-A": "yes", "load-B": "not_known", "load-D": "no"}
    [stranger] = load["strangers"]
    expected = {"id": "load-C", "vehicle_id": "van-other", "vehicle_name": "Van other", "because": "It moves with it."}
    assert expected.items() <= stranger.items()
    begins = "1 of 2 aboard, missing load-B, last heard at Depot at "
    assert load["sentence"].startswith(begins)
    assert load["sentence"].endswith(", 1 handed over, wrong here: load-C of Van other.")
    [heard] = [one for one in load["packages"] if one["id"] == "load-B"]
    assert (heard["last_heard_by"], heard["stop"]) == ("site:depot", {"id": "s1", "name": "Stop 1"})


def test_a_site_has_the_loads_of_its_vehicles(loaded: Server) -> None:
    """And a site that is none is no answer."""
    found = loaded.get("load", site="depot")
    assert found["site"] == {"id": "depot", "name": "Depot"}
    assert [one["vehicle_id"] for one in found["vehicles"]] == ["van-load", "van-other"]
    assert {one["vehicle_id"] for one in loaded.get("load")["vehicles"]} >= {"van-load", "van-other"}
    assert loaded.api.get("/api/v1/load", params={"site": "nowhere"}).status_code == 404


def test_a_package_says_where_it_is_believed_to_be(loaded: Server) -> None:
    """In a sentence, in the list and alone; with an alarm it is found by that."""
    one = loaded.get("packages/load-A")["custody"]
    assert (one["place"], one["p"], one["alarm"]) == ("vehicle:van-load", 0.99, None)
    assert one["said"].startswith("In Van load since ")
    assert loaded.get("packages/load-B")["custody"] is None
    kept = {key: loaded.get("packages/load-A")[key] for key in ("route_id", "stop_id", "tag_id")}
    with a_program(loaded, "load-planner", "dispatcher") as planner:
        assert planner.put("/api/v1/packages/load-A", json=kept).json()["custody"] == one
    for alarm in ("wrong_vehicle", "any"):
        assert [row["id"] for row in loaded.get("packages", alarm=alarm)["items"]] == ["load-C"]
    [at_stop] = loaded.get("packages", q="load-D")["items"]
    assert at_stop["custody"]["said"].startswith("At Stop 1 since ")


def test_the_past_of_a_package_has_spans_and_events_with_reasons(loaded: Server) -> None:
    """Also what late data took back, and what stands in its place."""
    found = loaded.get("packages/load-C/custody")
    places = [(one["place"], one["p_min"]) for one in found["spans"]]
    assert places == [("site:depot", 0.9), ("vehicle:van-load", 0.99)]
    assert found["spans"][0]["to"] == found["spans"][1]["from"]
    assert found["spans"][1]["to"] == rfc3339(instant(SINCE_MS + 120_000)), "its tag was taken off"
    assert found["others"] == [{"place": "site:depot", "p": 0.01}]
    old, new = found["events"]
    assert (old["standing"], old["superseded_by"], new["standing"], new["superseded_by"]) == (
        False,
        new["id"],
        True,
        None,
    )
    assert (new["kind"], new["because"], new["evidence"]) == (
        "wrong_vehicle",
        "It moves with it.",
        {"level_dbm": -60.0},
    )
    empty = loaded.get("packages/load-C/custody", **{"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"})
    assert (empty["spans"], empty["events"]) == ([], [])
    assert loaded.api.get("/api/v1/packages/nobody/custody").status_code == 404


def test_the_same_history_as_epcis_keeps_what_was_taken_back(loaded: Server) -> None:
    """For whoever speaks that and nothing else; what was corrected names its heir."""
    answer = loaded.api.get("/api/v1/packages/load-C/epcis")
    assert answer.headers["content-type"] == "application/ld+json", answer.text
    said = answer.json()
    events = said["epcisBody"]["eventList"]
    assert said["type"] == "EPCISDocument"
    assert {event["type"] for event in events} >= {"ObjectEvent"}
    [moved] = [event for event in events if "errorDeclaration" in event]
    assert set(moved["errorDeclaration"]["correctiveEventIDs"]) <= {event["eventID"] for event in events}
    assert loaded.api.get("/api/v1/packages/load-C/epcis").json() == said
    assert loaded.api.get("/api/v1/packages/nobody/epcis").status_code == 404
    assert loaded.api.get("/api/v1/packages/load-C/epcis?from=2026-01-01T00:00:00Z&to=yesterday").status_code == 422


def test_whoever_sees_one_van_is_told_of_its_strangers_and_not_where_they_belong(
    loaded: Server, limited: httpx.Client
) -> None:
    """They have to take it out; which van it goes with is that team's."""
    load = limited.get("/api/v1/vehicles/van-load/load").json()
    [stranger] = load["strangers"]
    assert (stranger["id"], stranger["vehicle_id"], stranger["vehicle_name"], stranger["dock"]) == (
        "load-C",
        *[None] * 3,
    )
    assert "Van other" not in load["sentence"]
    assert limited.get("/api/v1/vehicles/van-other/load").status_code == 404
    assert limited.get("/api/v1/packages/load-C/custody").status_code == 404
    vans = [one["vehicle_id"] for one in limited.get("/api/v1/load", params={"site": "depot"}).json()["vehicles"]]
    assert vans == ["van-load"]


def test_where_another_teams_van_is_stays_theirs(loaded: Server) -> None:
    """A package of mine in a van that I do not see: that it is not in mine I am told, and not where that van is."""
    with a_program(loaded, "other-admin", "admin") as admin:
        team = admin.post("/api/v1/teams", json={"name": "Other", "vehicles": ["van-other"]}).json()["id"]
    with a_program(loaded, "other-limited", "viewer", teams=[team]) as client:
        events = client.get("/api/v1/packages/load-C/custody").json()["events"]
        told = client.get("/api/v1/packages/load-C/epcis").text
    assert "van-load" not in told
    assert {(one["vehicle_id"], one["lon"], len(one["evidence"])) for one in events} == {(None, None, 0)}


def test_the_truth_says_that_nobody_measured_it_or_how_it_came_out(loaded: Server) -> None:
    """A page with figures of nowhere would be worse than none."""
    found = loaded.get("custody/truth")
    assert found["sentence"]
    assert {"worlds", "peers"} <= found.keys()
