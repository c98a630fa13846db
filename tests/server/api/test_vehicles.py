"""Lists, newest positions and tracks, as clients read them."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import gpxpy
import httpx
import pytest

from tests.server.api.conftest import DROVE
from tests.support.positions import NOON
from tests.support.servers import Server
from wire.messages import rfc3339

DAY = {"from": "2026-11-22T00:00:00Z", "to": "2026-11-23T00:00:00Z"}


def track(server: Server, accept: str = "*/*", vehicle: str = "van-drove", **query: Any) -> httpx.Response:
    return server.api.get(f"/api/v1/vehicles/{vehicle}/track", params=DAY | query, headers={"Accept": accept})


def count(server: Server, **query: Any) -> int:
    answer = track(server, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()["properties"]["count"]


def test_pages_hold_each_vehicle_once(server: Server) -> None:
    """251 vehicles, 100 a page: nothing is skipped, nothing is there twice."""
    found, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        page = server.get("vehicles", **({"cursor": cursor} if cursor else {}))
        found += [item["id"] for item in page["items"]]
        cursor, pages = page["next"], pages + 1
    assert pages == 3
    assert found == sorted({*found})
    assert len(found) == 251


def test_a_page_that_is_just_full_is_the_last(server: Server) -> None:
    """No client asks for an empty page."""
    assert server.get("vehicles", limit=251)["next"] is None
    assert server.get("vehicles", limit=250)["next"] is not None
    assert len(server.get("gateways", limit=1000)["items"]) == 251


@pytest.mark.parametrize(
    "cursor", ["%", "!!!!", "w7w", "AAAA", "dmFuLTAwMQ%3D%3D", "ä", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkw"]
)
def test_a_cursor_of_somebody_else_is_refused_or_just_a_place(server: Server, cursor: str) -> None:
    """Never an error of ours."""
    for path in ("vehicles", "gateways"):
        assert server.api.get(f"/api/v1/{path}", params={"cursor": cursor}).status_code in (200, 422)


def test_a_search_finds_parts_of_names(server: Server) -> None:
    """As somebody types it into the list."""
    assert [item["id"] for item in server.get("vehicles", q="DROV")["items"]] == ["van-drove"]
    assert len(server.get("vehicles", q="van-01")["items"]) == 10
    assert server.get("vehicles", q="%")["items"] == []


def test_a_vehicle_says_how_far_it_drove_and_where_it_is(server: Server) -> None:
    """119 segments of 5.55 m."""
    van = server.get("vehicles/van-drove")
    assert van["odometer_m"] == pytest.approx(119 * 5.551, abs=0.5)
    assert van["gateway"] == "van-drove"
    last = van["last"]
    assert (last["at"], last["lon"], last["lat"]) == (rfc3339(DROVE[-1].at), DROVE[-1].lon, DROVE[-1].lat)
    assert (last["speed_mps"], last["course_deg"], last["alt_m"], last["accuracy_m"]) == (5.5, 90.0, 12.5, 4.0)
    assert (last["clock"], last["satellites"], last["flags"]) == ("gnss", None, None)


def test_the_newest_of_all_is_geojson(server: Server) -> None:
    """RFC 7946: longitude first."""
    answer = server.api.get("/api/v1/latest")
    assert answer.headers["Content-Type"] == "application/geo+json"
    features = {feature["id"]: feature for feature in answer.json()["features"]}
    assert len(features) == 251
    assert features["van-drove"]["geometry"] == {"type": "Point", "coordinates": [DROVE[-1].lon, DROVE[-1].lat]}
    assert features["van-007"]["properties"]["clock"] == "synchronised"
    assert features["van-007"]["properties"]["name"] == "van-007"


@pytest.mark.parametrize("path", ["latest", "vehicles", "vehicles/van-001", "gateways", "about", "openapi.json"])
def test_what_has_not_changed_is_not_sent_again(server: Server, path: str) -> None:
    """ETag and 304, with and without compression."""
    first = server.api.get(f"/api/v1/{path}")
    for coding in ("gzip", "identity"):
        headers = {"If-None-Match": f'"other", {first.headers["ETag"]}', "Accept-Encoding": coding}
        again = server.api.get(f"/api/v1/{path}", headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
    assert server.api.get(f"/api/v1/{path}", headers={"If-None-Match": '"other"'}).status_code == 200


def test_long_answers_are_compressed(server: Server) -> None:
    """251 vans in a tenth of the bytes, on a mobile link."""
    packed = server.api.get("/api/v1/latest", headers={"Accept-Encoding": "gzip"})
    plain = server.api.get("/api/v1/latest", headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 5


def test_a_track_is_every_position_in_order(server: Server) -> None:
    """What was put in, comes out."""
    answer = track(server)
    said = answer.json()
    assert answer.headers["Content-Type"] == "application/geo+json"
    assert said["geometry"]["coordinates"] == [[one.lon, one.lat] for one in DROVE]
    beside = said["properties"]["coordinateProperties"]
    assert beside["times"] == [rfc3339(one.at) for one in DROVE]
    assert beside["speed_mps"] == [5.5] * 120
    assert beside["flags"] == [None] * 120
    assert (said["properties"]["from"], said["properties"]["to"]) == (
        "2026-11-22T00:00:00.000Z",
        "2026-11-23T00:00:00.000Z",
    )


def test_a_track_of_one_point_or_none_is_valid_geojson(server: Server) -> None:
    """A line needs two."""
    assert track(server, vehicle="van-003").json()["geometry"]["type"] == "MultiPoint"
    assert track(server, vehicle="van-003", to="2026-11-22T01:00Z").json()["geometry"] is None


def test_a_range_begins_with_from_and_ends_before_to(server: Server) -> None:
    """Two ranges that meet hold each position once."""
    at = rfc3339(NOON + timedelta(seconds=60))
    assert count(server, to=at) == 60
    assert count(server, **{"from": at}) == 60
    assert count(server, **{"from": at, "to": rfc3339(NOON + timedelta(seconds=60, milliseconds=1))}) == 1


@pytest.mark.parametrize(
    ("from_", "rows"),
    [("2026-11-22T12:01:00Z", 60), ("2026-11-22T14:01:00+02:00", 60), ("2026-11-22T12:01:00", 60), ("2026-11-22", 120)],
)
def test_times_are_rfc_3339_and_utc_unless_they_say_so(server: Server, from_: str, rows: int) -> None:
    """A person may leave the zone out."""
    assert count(server, **{"from": from_}) == rows


@pytest.mark.parametrize(
    "query",
    [
        {"from": "yesterday"},
        {"from": "2026-13-01T00:00:00Z"},
        {"to": "2026-11-21T00:00:00Z"},
        {"from": "2026-11-23T00:00:00Z"},
        {"from": "2020-01-01T00:00:00Z"},
        {"from": "0001-01-01T00:00:00+14:00"},
        {"to": "0001-01-01T00:00:00Z", "from": None},
        {"to": "9999-12-31T23:59:59-14:00"},
        {"simplify_m": "-1"},
        {"simplify_m": "nan"},
        {"format": "kml"},
    ],
    ids=str,
)
def test_a_request_that_makes_no_sense_is_refused_with_a_reason(server: Server, query: dict[str, Any]) -> None:
    """422, and never an error of ours."""
    asked = {key: value for key, value in (DAY | query).items() if value is not None}
    answer = server.api.get("/api/v1/vehicles/van-drove/track", params=asked)
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json"), answer.text


def test_without_a_range_it_is_the_last_day(server: Server) -> None:
    """The commonest question."""
    said = server.get("vehicles/van-001/track")["properties"]
    long = datetime.fromisoformat(said["to"]) - datetime.fromisoformat(said["from"])
    assert timedelta(days=1) <= long < timedelta(days=1, minutes=11)


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("*/*", "application/geo+json"),
        ("application/json", "application/geo+json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/gpx+xml", "application/gpx+xml"),
        ("text/html, application/gpx+xml", "application/gpx+xml"),
        ("text/csv;q=0.5, application/gpx+xml;q=0.9", "application/gpx+xml"),
        ("text/csv;q=0, */*;q=0.1", "application/geo+json"),
        ("text/*", "text/csv; charset=utf-8"),
    ],
)
def test_the_format_is_what_is_liked_best(server: Server, accept: str, form: str) -> None:
    """RFC 9110, 12.5.1."""
    assert track(server, accept).headers["Content-Type"] == form


def test_format_goes_before_accept_and_other_formats_are_refused(server: Server) -> None:
    """A link in a page cannot set a header."""
    answer = track(server, "application/geo+json", format="csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert 'filename="van-drove_20261122T000000Z.csv"' in answer.headers["Content-Disposition"]
    assert "Accept" in answer.headers["Vary"].split(", "), "a cache keeps one answer for each"
    refused = track(server, "image/png")
    assert (refused.status_code, refused.json()["title"]) == (406, "Not Acceptable")


def test_csv_has_a_header_and_a_row_for_each_position(server: Server) -> None:
    """For spreadsheets, and for `milepost facts`."""
    text = track(server, "text/csv").text
    assert text.startswith("at,lon,lat,speed_mps,course_deg,accuracy_m,alt_m,satellites,hdop,mode,clock,flags\n")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["at"] for row in rows] == [rfc3339(one.at) for one in DROVE]
    assert [float(row["lon"]) for row in rows] == [one.lon for one in DROVE]
    assert (rows[0]["alt_m"], rows[0]["satellites"], rows[0]["clock"]) == ("12.5", "", "gnss")


def test_gpx_is_read_by_others(server: Server) -> None:
    """GPX 1.1, by gpxpy."""
    gpx = gpxpy.parse(track(server, format="gpx").text)
    points = gpx.tracks[0].segments[0].points
    assert gpx.tracks[0].name == "van-drove"
    assert [(p.longitude, p.latitude, p.elevation) for p in points] == [(one.lon, one.lat, 12.5) for one in DROVE]
    assert [p.time for p in points] == [one.at for one in DROVE]


def test_an_empty_track_is_a_file_too(server: Server) -> None:
    """A van that stood all day."""
    nothing = {"vehicle": "van-001", "to": "2026-11-22T01:00:00Z"}
    assert len(track(server, format="csv", **nothing).text.splitlines()) == 1
    assert gpxpy.parse(track(server, format="gpx", **nothing).text).get_points_no() == 0


def test_simplification_is_for_drawing_and_only_on_request(server: Server) -> None:
    """A straight line needs two points; what decides uses all of them."""
    assert count(server, simplify_m=1) == 2
    assert count(server, simplify_m=0) == 120
