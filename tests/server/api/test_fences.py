"""Fences over HTTP: GeoJSON in and out, versions, and who may."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from server.domain.fences.geojson import read_fences
from server.store import fences
from server.store.audit import list_audit
from server.store.database import Database
from server.store.keys import add_key
from server.store.teams import add_team
from tests.support.servers import Server


@pytest.fixture
def dispatcher(server: Server, keys: dict[str, dict[str, str]]) -> httpx.Client:
    with httpx.Client(base_url=f"{server.api.base_url}/api/v1/", headers=keys["dispatcher"]) as client:
        yield client


def a_fence(**over: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [24.92, 60.16]},
        "properties": {"name": "Depot", "radius_m": 50, **over},
    }


def put(client: httpx.Client, fence: str, status: int = 200, query: str = "", **over: Any) -> dict[str, Any]:
    answer = client.put(f"fences/{fence}{query}", json=a_fence(**over))
    assert answer.status_code == status, answer.text
    return answer.json()


def listed(client: httpx.Client) -> dict[str, Any]:
    return {feature["id"]: feature for feature in client.get("fences").json()["features"]}


def test_a_fence_is_made_changed_and_ended(dispatcher: httpx.Client) -> None:
    """The whole life of one; each change is a version."""
    first = put(dispatcher, "life", name="Depot")
    assert (first["version"], first["changed_by"], first["properties"]["name"]) == (1, "dispatcher", "Depot")
    second = put(dispatcher, "life", name="Depot, new gate")
    assert second["version"] == 2
    assert second["since"] > first["since"]
    assert dispatcher.get("fences/life").json() == second == listed(dispatcher)["life"]
    assert dispatcher.delete("fences/life").status_code == 204
    assert dispatcher.get("fences/life").status_code == dispatcher.delete("fences/life").status_code == 404
    assert "life" not in listed(dispatcher)


def test_the_list_is_sent_once(dispatcher: httpx.Client) -> None:
    """Every page asks for it again and again."""
    put(dispatcher, "etag")
    answer = dispatcher.get("fences")
    assert answer.headers["Content-Type"] == "application/geo+json"
    known = {"If-None-Match": answer.headers["ETag"]}
    assert dispatcher.get("fences", headers=known).status_code == 304
    put(dispatcher, "etag", name="Other")
    assert dispatcher.get("fences", headers=known).status_code == 200


def test_what_goes_out_comes_in_again(dispatcher: httpx.Client) -> None:
    """Export and import are one format; nothing is changed by it."""
    put(dispatcher, "round", note="kept as it is", hours="Mon-Fri 6:00-18:00", time_zone="Europe/Helsinki")
    out = dispatcher.get("fences").json()
    assert read_fences(out)
    taken = dispatcher.post("fences", json=out)
    assert taken.status_code == 201
    assert taken.json() == {"added": [], "changed": [], "same": [feature["id"] for feature in out["features"]]}
    assert listed(dispatcher)["round"]["properties"]["note"] == "kept as it is"


def test_features_without_an_id_are_new_fences(dispatcher: httpx.Client) -> None:
    """Files from elsewhere have none; two of a name are two fences, and neither changes the one that was there."""
    collection = {"type": "FeatureCollection", "features": [a_fence(name="Töölön tori"), a_fence(name="Töölön tori")]}
    assert dispatcher.post("fences", json=collection).json()["added"] == ["toolon-tori", "toolon-tori-2"]
    assert dispatcher.post("fences", json=a_fence(name="Töölön tori")).json()["added"] == ["toolon-tori-3"]
    assert dispatcher.post("fences", json=a_fence(name="***")).json()["added"][0].startswith("fence")


def test_an_import_is_all_or_nothing(dispatcher: httpx.Client) -> None:
    """Half a file would have to be found out by hand."""
    good, bad = {**a_fence(), "id": "half"}, {**a_fence(radius_m=-1), "id": "bad"}
    answer = dispatcher.post("fences", json={"type": "FeatureCollection", "features": [good, bad]})
    assert answer.status_code == 422
    assert "Feature 1 (id 'bad'): radius_m" in answer.json()["detail"]
    assert "half" not in listed(dispatcher)


def test_a_mistake_names_its_field(dispatcher: httpx.Client) -> None:
    """So that a form shows it beside the field."""
    wrong = {"margin_m": 99_999, "hours": "at noon", "vehicles": [], "time_zone": "Mars/Base"}
    for field in ("margin_m", "hours", "vehicles"):
        answer = put(dispatcher, "wrong", 422, **{field: wrong[field]})
        assert answer["errors"][0]["parameter"] == f"properties.{field}", answer
    answer = dispatcher.put("fences/wrong", json={**a_fence(), "geometry": {"type": "Point", "coordinates": [0, 91]}})
    assert answer.json()["errors"][0]["parameter"] == "geometry"
    assert dispatcher.put("fences/wrong", content=b"{").status_code == 422
    assert dispatcher.put("fences/wrong", json={**a_fence(), "id": "other"}).status_code == 422
    assert dispatcher.put(f"fences/{'x' * 65}", json=a_fence()).status_code == 422


def test_two_who_change_one_fence_do_not_overwrite_each_other(dispatcher: httpx.Client) -> None:
    """Whoever saves says which version they had."""
    assert put(dispatcher, "both", query="?version=0")["version"] == 1
    assert put(dispatcher, "both", query="?version=1", name="a")["version"] == 2
    assert "dispatcher changed 'both' meanwhile" in put(dispatcher, "both", 409, "?version=1", name="b")["detail"]
    assert put(dispatcher, "both", name="c")["version"] == 3


def test_an_id_may_be_one_of_openstreetmap(dispatcher: httpx.Client) -> None:
    """Overpass gives `way/1234`."""
    put(dispatcher, "way/1234")
    assert dispatcher.get("fences/way/1234").json()["id"] == "way/1234"
    assert dispatcher.get("fences/way%2F1234").json()["id"] == "way/1234"


def test_viewers_look_and_dispatchers_change(server: Server, keys: dict[str, dict[str, str]]) -> None:
    """P6."""
    assert server.api.get("/api/v1/fences").status_code == 200
    for answer in (
        server.api.post("/api/v1/fences", json=a_fence()),
        server.api.put("/api/v1/fences/mine", json=a_fence()),
        server.api.delete("/api/v1/fences/mine"),
        server.api.get("/api/v1/fences", headers=keys["recipient"]),
    ):
        assert answer.status_code == 403


def test_the_engine_gets_every_version(dispatcher: httpx.Client, server: Server) -> None:
    """Late data is judged by the fence as it was then."""
    put(dispatcher, "engine", radius_m=50)
    put(dispatcher, "engine", radius_m=80)
    dispatcher.delete("fences/engine")
    database = Database("", server.data)
    with database.reading() as connection:
        first, second = [fence for fence in fences.versions(connection) if fence.id == "engine"]
    database.close()
    assert (first.radius_m, second.radius_m) == (50, 80)
    assert first.until_ms == second.from_ms
    assert second.until_ms is not None


def test_hours_are_said_in_a_sentence(server: Server) -> None:
    """Whoever types them sees what they mean."""
    said = server.get("hours", text="mo-fr 11-15", time_zone="Europe/Helsinki")
    assert said["says"] == "Mon to Fri 11:00–15:00 (Europe/Helsinki)"
    assert server.get("hours", text="0:00-24:00")["now"] is True
    assert "Mon-Fri" in server.get("hours", text="at noon")["error"]
    assert "IANA" in server.get("hours", text="11-15", time_zone="Mars")["error"]


def test_who_changed_a_fence_is_noted(dispatcher: httpx.Client, server: Server) -> None:
    """Once for each change; saving the same again is none."""
    put(dispatcher, "noted")
    put(dispatcher, "noted")
    put(dispatcher, "noted", name="Other")
    dispatcher.delete("fences/noted")
    database = Database("", server.data)
    with database.reading() as connection:
        rows = list_audit(connection, before=None, limit=9, subject="noted")
    database.close()
    assert [(row["what"], row["who"]) for row in reversed(rows)] == [
        ("fence_added", "dispatcher"),
        ("fence_changed", "dispatcher"),
        ("fence_ended", "dispatcher"),
    ]


def test_a_fence_is_tried_before_it_is_kept(server: Server) -> None:
    """What van-drove did on 22 November: it drove through, and nobody keeps the fence."""
    place = {"type": "Point", "coordinates": [24.906, 60.1699]}
    feature = {**a_fence(radius_m=150), "geometry": place}
    body = {"feature": feature, "from": "2026-11-22T00:00:00Z", "to": "2026-11-23T00:00:00Z"}
    answer = server.api.post("/api/v1/fences/preview", json=body)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert [visit["vehicle"] for visit in said["visits"]] == ["van-drove"]
    assert said["shorter_than_90_s"] == 1
    assert {fact["kind"] for fact in said["facts"]} == {"fence_entered", "fence_left"}
    assert said["tracks"]["features"][0]["geometry"]["type"] == "LineString"
    assert said["vehicles"] == said["vehicles_tried"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "Feature"),
        ({"feature": {**a_fence(), "geometry": None}}, "geometry"),
        ({"feature": a_fence(), "from": "yesterday"}, "RFC 3339"),
        ({"feature": a_fence(), "from": "2026-01-01", "to": "2026-03-01"}, "31 days"),
    ],
)
def test_a_trial_that_makes_no_sense_says_so(server: Server, body: dict, says: str) -> None:
    """The page sends what is being typed."""
    answer = server.api.post("/api/v1/fences/preview", json=body)
    assert answer.status_code == 422
    assert says in answer.json()["detail"]


@contextmanager
def of_a_team(server: Server, name: str, vehicles: list[str]) -> Iterator[httpx.Client]:
    """A dispatcher's key that is limited to a team."""
    database, now = Database("", server.data), datetime.now(UTC)
    with database.writing() as connection:
        team = add_team(connection, name=name, members=[], vehicles=vehicles, now=now)
        key = add_key(connection, name=name, role="dispatcher", expires_at=None, now=now, team_ids=[team])
    database.close()
    base = f"{server.api.base_url}/api/v1/"
    with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def test_people_of_a_team_see_and_change_what_is_theirs(server: Server, dispatcher: httpx.Client) -> None:
    """P6: vehicles of other teams are not named, and nobody ends what is also for them."""
    put(dispatcher, "shared", vehicles=["van-001", "van-002"])
    put(dispatcher, "others", vehicles=["van-002"])
    put(dispatcher, "everybody")
    with of_a_team(server, "team-one", ["van-001"]) as mine:
        seen = listed(mine)
        assert "others" not in seen
        assert "everybody" in seen
        assert seen["shared"]["properties"]["vehicles"] == ["van-001"]
        assert mine.get("fences/others").status_code == mine.delete("fences/others").status_code == 404
        assert put(mine, "shared", name="Ours", vehicles=["van-001"])["properties"]["vehicles"] == ["van-001"]
        assert mine.delete("fences/shared").status_code == 403
    assert dispatcher.get("fences/shared").json()["properties"] == {
        "name": "Ours",
        "radius_m": 50.0,
        "vehicles": ["van-001", "van-002"],
    }
