"""Reports as clients ask for them: by the real server, over HTTP."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import gpxpy
import httpx
import openpyxl
import pytest
from pypdf import PdfReader

from server.store.database import Database
from tests.support import standing
from tests.support.peers import deliver
from tests.support.positions import a_position
from tests.support.servers import Server
from tests.support.waiting import until

DAY = {"from": "2026-11-20", "to": "2026-11-21"}
BEGAN = datetime(2026, 11, 20, 12, tzinfo=UTC)
DROVE = [
    a_position(at=BEGAN + timedelta(seconds=second), lon=round(24.9 + second * 1e-4, 7), speed_mps=5.5, accuracy_m=4.0)
    for second in range(91)
]
STOOD = [
    a_position(at=BEGAN + timedelta(seconds=91 + second), lon=24.909, speed_mps=0.0, accuracy_m=4.0)
    for second in range(0, 900, 10)
]
WAY = [*DROVE, STOOD[0]]
"""From the first fix of the trip to the one at which it stood."""


@pytest.fixture(scope="module")
def server(busy: Server) -> Server:
    """Where things happen: others count the vehicles of the server that is only looked at."""
    return busy


@pytest.fixture(scope="module")
def reported(server: Server) -> Server:
    """The server, with a trip of van-told and its halt behind it, on a day that nobody else drove."""
    deliver(server.mqtt, {"van-told": [*DROVE, *STOOD]})
    until(lambda: got(server, "halts").json()["count"] and got(server).json()["count"], 20, "the trip and the halt")
    return server


def asked(server: Server, kind: str = "trips", **query: Any) -> httpx.Response:
    return server.api.get(f"/api/v1/reports/{kind}", params=DAY | query)


def got(server: Server, kind: str = "trips", **query: Any) -> httpx.Response:
    answer = asked(server, kind, **query)
    assert answer.status_code == 200, answer.text
    return answer


def test_a_report_answers_with_a_sentence_columns_and_rows(reported: Server) -> None:
    """A client needs no second page to know what a figure is."""
    said = got(reported).json()
    assert said["title"] == "van-told made 1 trip and drove 0.50 km on 20 November 2026."
    assert [column["key"] for column in said["columns"]][:6] == [
        "vehicle",
        "vehicle_id",
        "started_at",
        "ended_at",
        "duration_s",
        "distance_km",
    ]
    [row] = said["items"]
    assert (row["duration_s"], row["distance_km"], said["totals"]["distance_km"]) == (91, 0.5, 0.5)


def test_an_answer_that_is_known_is_not_sent_again(reported: Server) -> None:
    """The page asks again and again."""
    etag = got(reported).headers["ETag"]
    again = reported.api.get("/api/v1/reports/trips", params=DAY, headers={"If-None-Match": etag})
    assert again.status_code == 304


def test_every_format_is_a_file_with_a_name(reported: Server) -> None:
    """A folder full of `download (7)` helps nobody."""
    rows = list(csv.DictReader(io.StringIO(got(reported, format="csv").text, newline="")))
    assert (rows[0]["distance_km"], rows[0]["started_at"]) == ("0.5", "2026-11-20T12:00:00+00:00")
    book = openpyxl.load_workbook(io.BytesIO(got(reported, format="xlsx").content))
    assert book.sheetnames == ["Trips", "Definitions"]
    pdf = got(reported, format="pdf")
    assert "0.50" in PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text()
    assert pdf.headers["Content-Disposition"] == 'attachment; filename="trips_2026-11-20_2026-11-20.pdf"'
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert got(reported, format="parquet").content[:4] == b"PAR1"


def test_trips_are_drawn_with_their_track(reported: Server) -> None:
    """The positions from its beginning to its end, with their times; both ends count."""
    said = got(reported, format="geojson").json()
    [feature] = said["features"]
    line = feature["geometry"]["coordinates"]
    assert line == [[one.lon, one.lat] for one in WAY]
    assert feature["properties"]["distance_km"] == 0.5
    assert feature["properties"]["coordinateProperties"]["times"][0] == "2026-11-20T12:00:00.000Z"
    gpx = gpxpy.parse(got(reported, format="gpx").text)
    assert [p.longitude for p in gpx.tracks[0].segments[0].points] == [one.lon for one in WAY]
    assert gpx.tracks[0].name == "van-told, 20 Nov 2026, 12:00"
    kml = got(reported, format="kml").text
    assert kml.count("<Placemark>") == 1
    assert "24.9000000,60.1699000 24.9001000" in kml


def test_halts_are_drawn_as_points(reported: Server) -> None:
    """A place, not a way."""
    gpx = gpxpy.parse(got(reported, "halts", format="gpx").text)
    assert [(point.longitude, point.latitude) for point in gpx.waypoints] == [(24.909, 60.1699)]
    [feature] = got(reported, "halts", format="geojson").json()["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [24.909, 60.1699]}


@pytest.mark.parametrize(
    ("kind", "query", "status", "says"),
    [
        ("custody", {}, 422, "trips"),
        ("trips", {"from": "2026-11-23"}, 422, "before"),
        ("trips", {"from": "2020-01-01"}, 422, "366 days"),
        ("trips", {"time_zone": "Mars"}, 422, "Europe/Helsinki"),
        ("trips", {"vehicle": "van-told,van-nobody"}, 404, "van-nobody"),
        ("trips", {"team": "nobody"}, 404, "nobody"),
        ("trips", {"fence": "depot"}, 422, "knows no fences"),
        ("trips", {"format": "docx"}, 422, "pdf"),
        ("distance", {"format": "gpx"}, 422, "ask for trips"),
        ("trips", {"format": "kml", "group": "day"}, 422, "without a group"),
    ],
    ids=str,
)
def test_what_cannot_be_reported_is_refused_with_what_to_ask(
    reported: Server, kind: str, query: dict[str, str], status: int, says: str
) -> None:
    """The right status, and never an error of ours."""
    answer = asked(reported, kind, **query)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert says in answer.json()["detail"]


def test_a_report_that_is_too_long_for_its_format_says_what_to_ask_for(reported: Server) -> None:
    """Nobody wants a thousand pages, and nobody wants to guess."""
    database = Database("", reported.data)
    start = datetime(2026, 3, 1, tzinfo=UTC)
    trips = [standing.a_trip("van-002", start + timedelta(minutes=30 * number), 10) for number in range(1001)]
    standing.write(database, *trips)
    database.close()
    month = {"from": "2026-03-01", "to": "2026-04-01"}
    refused = asked(reported, format="pdf", **month)
    assert refused.status_code == 422
    assert "1,001 rows; pdf takes 1,000" in refused.json()["detail"]
    assert "csv (100,000)" in refused.json()["detail"]
    assert got(reported, **month).json()["count"] == 1001
    assert got(reported, format="pdf", group="day", **month).content[:5] == b"%PDF-"


def test_nobody_reads_reports_without_signing_in(reported: Server, anybody: httpx.Client) -> None:
    """They say where people were."""
    assert anybody.get("/api/v1/reports/trips").status_code == 401
