"""Teams limit what one sees: every endpoint that there is, and that will be, is asked for another team's vehicle."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from server.api.app import build_app
from server.api.document import document
from server.reports.kinds import REPORTS
from tests.support.houses import OURS, TAGS, THEIRS
from tests.support.people import a_program
from tests.support.servers import Server
from wire.messages import rfc3339

SAYS_NOTHING_OF_VEHICLES = {
    "/api/v1/session", "/api/v1/sign-in", "/api/v1/people", "/api/v1/fences", "/api/v1/fences/{fence_id}", "/api/v1/hours",
    "/api/v1/alert-rules", "/api/v1/channels", "/api/v1/subscriptions/{user}", "/api/v1/map", "/api/v1/about",
    "/api/v1/health", "/api/v1/ready", "/api/v1/report-schedules",
    "/api/v1/users", "/api/v1/keys", "/api/v1/sessions", "/api/v1/poison", "/api/v1/recounts",
    "/api/v1/scan", "/api/v1/custody/truth",
}  # fmt: skip
PLANNED = ("{package_id}", "{route_id}", "{tag_id}")


@pytest.fixture(scope="module")
def admin(two_vans: Server) -> Iterator[httpx.Client]:
    with a_program(two_vans, "admin", "admin") as program:
        yield program


@pytest.fixture(scope="module")
def limited(two_vans: Server, admin: httpx.Client) -> Iterator[httpx.Client]:
    """A dispatcher of a team that has our van only."""
    made = admin.post("/api/v1/teams", json={"name": "Ours", "vehicles": [OURS]})
    admin.post("/api/v1/teams", json={"name": "Theirs", "vehicles": [THEIRS]})
    with a_program(two_vans, "limited", "dispatcher", teams=[made.json()["id"]]) as program:
        yield program


def questions(admin: httpx.Client) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each GET endpoint of the document, about the other team's van where it is about one."""
    now = datetime.now(UTC)
    hour = {"from": rfc3339(now - timedelta(hours=1)), "to": rfc3339(now + timedelta(minutes=1))}
    fact = admin.get(f"/api/v1/vehicles/{THEIRS}/facts", params=hour).json()["items"][0]["id"]
    alerts = admin.get("/api/v1/alerts", params={"state": "open"}).json()["items"]
    alert = next(each["id"] for each in alerts if each["vehicle"] == THEIRS)
    ids = {
        "vehicle_id": THEIRS,
        "gateway_id": THEIRS,
        "fact_id": fact,
        "alert_id": alert,
        "fence_id": "yard",
        "package_id": f"package-of-{THEIRS}",
        "route_id": f"route-of-{THEIRS}",
        "tag_id": TAGS[THEIRS],
        "user": "x",
    }
    for path, methods in document(build_app(None))["paths"].items():
        if "get" not in methods or path == "/api/v1/stream":
            continue
        said = {parameter["name"] for parameter in methods["get"].get("parameters", []) if parameter["in"] == "query"}
        query = {name: value for name, value in hour.items() if name in said and not path.endswith("/days")}
        for kind in REPORTS if "{kind}" in path else ("",):
            yield path, path.format_map({**ids, "kind": kind}), query
            if "vehicle" in said:
                yield path, path.format_map({**ids, "kind": kind}), {**query, "vehicle": THEIRS}


def test_no_endpoint_tells_of_another_team_s_vehicle(admin: httpx.Client, limited: httpx.Client) -> None:
    """A new endpoint that forgets it fails here; and the same questions tell an admin, so that they are real ones."""
    told = set()
    for path, asked, query in questions(admin):
        full, answer = admin.get(asked, params=query), limited.get(asked, params=query)
        assert answer.status_code < 500, asked
        if THEIRS in full.text:
            told.add(path)
        if any(each in path for each in ("{vehicle_id}", "{gateway_id}", "{fact_id}", "{alert_id}", *PLANNED)):
            assert (full.status_code, answer.status_code) == (200, 404), asked
            told.add(path)
        elif answer.status_code < 400:
            assert THEIRS not in answer.text, f"{asked} {query}"
    untold = {path for path, _, _ in questions(admin)} - told - SAYS_NOTHING_OF_VEHICLES
    assert untold <= {"/api/v1/deliveries"}, "ask so that an admin is told of the van, or it proves nothing"


def test_one_s_own_vehicles_are_told_of(admin: httpx.Client, limited: httpx.Client) -> None:
    """The fence round a team keeps the others out, not its own people."""
    told = ("vehicles", "latest", "gateways", "alerts?state=open", f"vehicles/{OURS}/facts", "visits", "facts")
    for path in (*told, "packages", "routes", "tags"):
        answer = limited.get(f"/api/v1/{path}")
        assert OURS in answer.text, path


@pytest.mark.parametrize("form", ["csv", "xlsx", "geojson", "gpx", "kml", "parquet"])
def test_no_file_of_a_report_holds_another_team_s_vehicle(limited: httpx.Client, form: str) -> None:
    """The same figures in every format, and the same fence round them."""
    now = datetime.now(UTC)
    hour = {"from": rfc3339(now - timedelta(hours=1)), "to": rfc3339(now + timedelta(minutes=1)), "format": form}
    answer = limited.get("/api/v1/reports/trips", params=hour)
    if answer.status_code == 200 and form != "xlsx":
        assert THEIRS.encode() not in answer.content
        assert OURS.encode() in answer.content


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", f"vehicles/{THEIRS}", {"name": "mine now"}),
        ("POST", "alerts/{alert}/acknowledge", {}),
        ("POST", "alerts/{alert}/assign", {"to": None}),
        ("POST", "alerts/{alert}/comment", {"text": "x"}),
        ("POST", "alerts/{alert}/snooze", {"minutes": 5}),
        ("POST", "alerts/{alert}/close", {}),
        ("POST", "alerts/{alert}/reopen", {}),
        ("PUT", f"packages/package-of-{THEIRS}", {"vehicle_id": OURS}),
        ("DELETE", f"packages/package-of-{THEIRS}", {}),
        ("DELETE", f"bindings/package-of-{THEIRS}", {}),
        ("DELETE", f"routes/route-of-{THEIRS}", {}),
        ("PUT", f"tags/{TAGS[THEIRS]}", {}),
    ],
)
def test_nobody_changes_what_they_do_not_see(
    admin: httpx.Client, limited: httpx.Client, method: str, path: str, body: dict[str, Any]
) -> None:
    """Guessing an id is not enough."""
    alerts = admin.get("/api/v1/alerts", params={"state": "open"}).json()["items"]
    alert = next(each["id"] for each in alerts if each["vehicle"] == THEIRS)
    answer = limited.request(method, f"/api/v1/{path.format(alert=alert)}", json=body)
    assert answer.status_code == 404, answer.text
    after = admin.get(f"/api/v1/alerts/{alert}").json()
    assert (after["state"], len(after["history"])) == ("open", 1)


def test_a_fence_that_is_tried_out_tells_of_one_s_own_vehicles(limited: httpx.Client, admin: httpx.Client) -> None:
    """A preview is a report."""
    now = datetime.now(UTC)
    body = {
        "feature": {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [24.92, 60.17]},
            "properties": {"name": "Try", "radius_m": 300},
        },
        "from": rfc3339(now - timedelta(hours=1)),
        "to": rfc3339(now),
    }
    assert THEIRS in admin.post("/api/v1/fences/preview", json=body).text
    answer = limited.post("/api/v1/fences/preview", json=body)
    assert (answer.status_code, THEIRS in answer.text, OURS in answer.text) == (200, False, True)
