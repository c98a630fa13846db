"""Every change is written down: each endpoint that changes something is used once, and the log has grown by it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from server.api.app import build_app
from server.api.document import document
from tests.support.houses import OURS
from tests.support.people import a_browser
from tests.support.servers import Server

FENCE = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [24.9, 60.1]},
    "properties": {"name": "Somewhere", "radius_m": 50},
}
RULE = {"name": "A rule", "kinds": ["tamper"], "severity": "info"}
CHANNEL = {"name": "A channel", "kind": "webhook", "address": "http://127.0.0.1:9/hook"}
SCHEDULE = {"name": "Trips", "report": "trips", "format": "csv", "every": "day", "recipients": ["boss@fleet.example"]}
ROUTE = {"vehicle_id": OURS, "departs_at": "2026-11-26T05:30:00Z", "stops": []}
ROUTES: dict[str, Any] = {"routes": []}
NO_CHANGE = {
    "POST /api/v1/fences/preview",
    "POST /api/v1/channels/{channel_id}/test",
    "POST /api/v1/deliveries/{delivery_id}/send",
}
"""They try something out, or send again what was to be sent."""
Made = Callable[[], str]


class Things:
    """What there is to be changed, made when it is asked for."""

    def __init__(self, browser: httpx.Client) -> None:
        self._browser = browser
        self._count = 0

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._browser.request(method, f"/api/v1/{path}", **({} if body is None else {"json": body}))
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def name(self) -> str:
        self._count += 1
        return f"thing-{self._count}"

    def user(self) -> str:
        return self.ask("POST", "users", {"name": self.name()})["user"]["name"]

    def team(self) -> str:
        return self.ask("POST", "teams", {"name": self.name()})["id"]

    def key(self) -> str:
        return self.ask("POST", "keys", {"name": self.name()})["key"]["name"]

    def fence(self) -> str:
        name = self.name()
        self.ask("PUT", f"fences/{name}", FENCE)
        return name

    def site(self) -> str:
        name = self.name()
        self.ask("PUT", f"fences/{name}", {**FENCE, "properties": {**FENCE["properties"], "site": True}})
        return name

    def rule(self) -> str:
        return self.ask("POST", "alert-rules", {**RULE, "name": self.name()})["id"]

    def channel(self) -> str:
        return self.ask("POST", "channels", {**CHANNEL, "name": self.name()})["id"]

    def schedule(self) -> str:
        return self.ask("POST", "report-schedules", SCHEDULE)["id"]

    def alert(self) -> str:
        alerts = self.ask("GET", "alerts?state=open")["items"]
        return next(each["id"] for each in alerts if each["vehicle"] == OURS)

    def package(self) -> str:
        return self.ask("POST", "packages", {"id": self.name()})["id"]

    def bound(self) -> str:
        package = self.package()
        self.ask("POST", "bindings", {"package_id": package, "tag_id": self.tag()})
        return package

    def route(self) -> str:
        route = self.name()
        self.ask("PUT", f"routes/{route}", ROUTE)
        return route

    def tag(self) -> str:
        self._count += 1
        return self.ask("POST", "tags", {"id": f"AC:00:00:00:00:{self._count:02X}"})["id"]

    def session(self) -> str:
        return next(each["id"] for each in self.ask("GET", "sessions")["items"] if not each["this"])


@pytest.fixture(scope="module")
def boss(two_vans: Server) -> Iterator[httpx.Client]:
    """An admin's browser; they are signed in in two more."""
    with a_browser(two_vans, "boss", "admin") as browser:
        yield browser


@pytest.fixture(scope="module")
def things(boss: httpx.Client) -> Things:
    return Things(boss)


def changes(things: Things) -> dict[str, tuple[str, Any]]:
    """How each endpoint is used so that it changes something: the path with its ids, and the body."""
    closed = things.alert()
    later = datetime(2099, 1, 1, tzinfo=UTC).isoformat()
    return {
        "POST /api/v1/users": ("users", {"name": things.name()}),
        "PUT /api/v1/users/{name}": (f"users/{things.user()}", {"role": "dispatcher"}),
        "DELETE /api/v1/users/{name}": (f"users/{things.user()}", None),
        "POST /api/v1/users/{name}/password": (f"users/{things.user()}/password", None),
        "DELETE /api/v1/users/{name}/sessions": (f"users/{things.user()}/sessions", None),
        "POST /api/v1/teams": ("teams", {"name": things.name()}),
        "PUT /api/v1/teams/{team_id}": (f"teams/{things.team()}", {"name": things.name()}),
        "DELETE /api/v1/teams/{team_id}": (f"teams/{things.team()}", None),
        "POST /api/v1/keys": ("keys", {"name": things.name(), "expires_at": later}),
        "DELETE /api/v1/keys/{name}": (f"keys/{things.key()}", None),
        "PATCH /api/v1/vehicles/{vehicle_id}": (f"vehicles/{OURS}", {"speed_limit_kmh": 80}),
        "POST /api/v1/fences": ("fences", {"type": "FeatureCollection", "features": [{**FENCE, "id": things.name()}]}),
        "PUT /api/v1/fences/{fence_id}": (f"fences/{things.name()}", FENCE),
        "DELETE /api/v1/fences/{fence_id}": (f"fences/{things.fence()}", None),
        "POST /api/v1/alerts/{alert_id}/comment": (f"alerts/{closed}/comment", {"text": "seen"}),
        "POST /api/v1/alerts/{alert_id}/assign": (f"alerts/{closed}/assign", {"to": "boss"}),
        "POST /api/v1/alerts/{alert_id}/snooze": (f"alerts/{closed}/snooze", {"minutes": 5}),
        "POST /api/v1/alerts/{alert_id}/acknowledge": (f"alerts/{closed}/acknowledge", {}),
        "POST /api/v1/alerts/{alert_id}/close": (f"alerts/{closed}/close", {}),
        "POST /api/v1/alerts/{alert_id}/reopen": (f"alerts/{closed}/reopen", {}),
        "POST /api/v1/alert-rules": ("alert-rules", {**RULE, "name": things.name()}),
        "PUT /api/v1/alert-rules/{rule_id}": (f"alert-rules/{things.rule()}", {**RULE, "severity": "warning"}),
        "DELETE /api/v1/alert-rules/{rule_id}": (f"alert-rules/{things.rule()}", None),
        "POST /api/v1/channels": ("channels", {**CHANNEL, "name": things.name()}),
        "PUT /api/v1/channels/{channel_id}": (f"channels/{things.channel()}", {**CHANNEL, "name": things.name()}),
        "DELETE /api/v1/channels/{channel_id}": (f"channels/{things.channel()}", None),
        "PUT /api/v1/subscriptions/{user}": ("subscriptions/boss", ROUTES),
        "PATCH /api/v1/gateways/{gateway_id}": (f"gateways/{OURS}", {"site": things.site()}),
        "POST /api/v1/packages": ("packages", {"id": things.name()}),
        "PUT /api/v1/packages/{package_id}": (f"packages/{things.package()}", {"name": "Shoes"}),
        "DELETE /api/v1/packages/{package_id}": (f"packages/{things.package()}", None),
        "PUT /api/v1/routes/{route_id}": (f"routes/{things.name()}", ROUTE),
        "DELETE /api/v1/routes/{route_id}": (f"routes/{things.route()}", None),
        "POST /api/v1/tags": ("tags", {"id": "AB:00:00:00:00:01"}),
        "PUT /api/v1/tags/{tag_id}": (f"tags/{things.tag()}", {"name": "Blue"}),
        "DELETE /api/v1/tags/{tag_id}": (f"tags/{things.tag()}", None),
        "POST /api/v1/bindings": ("bindings", {"package_id": things.package(), "tag_id": things.tag()}),
        "DELETE /api/v1/bindings/{package_id}": (f"bindings/{things.bound()}", None),
        "POST /api/v1/report-schedules": ("report-schedules", SCHEDULE),
        "PUT /api/v1/report-schedules/{schedule_id}": (
            f"report-schedules/{things.schedule()}",
            {**SCHEDULE, "name": "Other"},
        ),
        "DELETE /api/v1/report-schedules/{schedule_id}": (f"report-schedules/{things.schedule()}", None),
        "DELETE /api/v1/sessions/{session_id}": (f"sessions/{things.session()}", None),
        "DELETE /api/v1/sessions": ("sessions", None),
    }


ELSEWHERE = {
    "POST /api/v1/session",
    "DELETE /api/v1/session",
    "PUT /api/v1/session/password",
    "POST /api/v1/report-schedules/{schedule_id}/send",
    "POST /api/v1/packages/import",
    "POST /api/v1/bindings/import",
}
"""Written down as well; their own tests need a password, a mail server, or a file (test_packages.py)."""


def test_every_change_is_written_down(two_vans: Server, boss: httpx.Client, things: Things) -> None:
    """Who, what, from where; an endpoint that is new says here how it is used, or this fails."""
    others = [a_browser(two_vans, "boss", "admin") for _ in range(2)]
    used = changes(things)
    for method_and_path, (path, body) in used.items():
        before = things.ask("GET", "audit?limit=1")["items"][0]["id"]
        things.ask(method_and_path.partition(" ")[0], path, body)
        [newest] = things.ask("GET", "audit?limit=1")["items"]
        assert newest["id"] == before + 1, f"{method_and_path}: no line in the audit log"
        assert (newest["who"], newest["kind"], newest["address"]) == ("boss", "user", "127.0.0.1"), method_and_path
    for other in others:
        assert other.get("/api/v1/session").status_code == 401
        other.close()
    document_says = {
        f"{method.upper()} {path}"
        for path, methods in document(build_app(None))["paths"].items()
        for method in methods
        if method != "get"
    }
    assert document_says - NO_CHANGE - ELSEWHERE == used.keys()
