"""Nothing but health is open; each role sees what it may."""

import re
from collections.abc import Iterator

import httpx
import pytest
from starlette.routing import BaseRoute, Mount, Route

from server.api.app import build_app
from tests.support.servers import Server

OPEN = {
    ("GET", "/api/v1/health"),
    ("GET", "/api/v1/ready"),
    ("POST", "/api/v1/session"),  # signing in
    ("DELETE", "/api/v1/session"),  # signing out, of nothing
    ("GET", "/enter"),  # a link that works once
    ("GET", "/"),
    ("GET", "/ops"),
    ("GET", "/login"),  # the pages' code, which shows nothing by itself
}


def _routes(routes: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    for route in routes:
        if isinstance(route, Route) or hasattr(route, "methods"):
            path = re.sub(r"\{\w+\}", "van-001", route.path)
            yield from ((method, path) for method in sorted(route.methods - {"HEAD", "OPTIONS"}))
        elif isinstance(route, Mount):
            yield "GET", f"{route.path}/anything"
        else:
            yield from _routes(_inner(route))


def _inner(route: BaseRoute) -> list[BaseRoute]:
    return list(getattr(getattr(route, "original_router", None) or route, "routes", []))


def test_every_route_asks_who_you_are(anybody: httpx.Client) -> None:
    """A new endpoint that forgets its permission fails here."""
    found = {*_routes(build_app(None).routes), ("GET", "/map/basemap.pmtiles")}
    found -= {("GET", "/assets/anything")}
    assert ("GET", "/api/v1/vehicles/van-001/track") in found
    assert ("GET", "/metrics") in found
    for method, path in sorted(found - OPEN):
        answer = anybody.request(method, path)
        assert answer.status_code == 401, f"{method} {path}: {answer.status_code}"
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("said", ["Bearer", "Bearer mp_wrong", "Basic YWRtaW46YWRtaW4=", "mp_wrong", ""])
def test_a_wrong_key_opens_nothing(anybody: httpx.Client, said: str) -> None:
    """Neither does another scheme."""
    assert anybody.get("/api/v1/vehicles", headers={"Authorization": said}).status_code == 401


def test_roles_see_what_they_may(server: Server, keys: dict[str, dict[str, str]]) -> None:
    """P6: a recipient sees no fleet; poison is for admins, because it may hold anything."""
    assert [server.api.get("/api/v1/poison", headers=keys[role]).status_code for role in ("admin", "dispatcher")] == [
        200,
        403,
    ]
    assert server.api.get("/api/v1/poison").status_code == 403
    for path in ("vehicles", "latest", "gateways", "vehicles/van-001/track", "stream", "about", "map", "openapi.json"):
        assert server.api.get(f"/api/v1/{path}", headers=keys["recipient"]).status_code == 403, path
    for path in ("/metrics", "/map/basemap.pmtiles"):
        assert server.api.get(path, headers=keys["recipient"]).status_code == 403


def test_who_is_in_says_so_for_a_key(server: Server, keys: dict[str, dict[str, str]]) -> None:
    """Programs may ask what their key may do."""
    said = server.api.get("/api/v1/session", headers=keys["recipient"]).json()
    assert said == {"name": "recipient", "role": "recipient", "one_time": False}


def test_a_removed_key_stops_counting_at_once(server: Server) -> None:
    """Somebody lost a laptop."""
    headers = {"Authorization": f"Bearer {server.key('lost', 'viewer')}"}
    assert server.api.get("/api/v1/about", headers=headers).status_code == 200
    assert '"lost"' in server.milepost("key", "list")
    server.milepost("key", "remove", "--name", "lost")
    assert server.api.get("/api/v1/about", headers=headers).status_code == 401


def test_the_base_map_is_for_those_who_may_look(server: Server) -> None:
    """And comes in pieces, as PMTiles are read."""
    answer = server.api.get("/map/basemap.pmtiles", headers={"Range": "bytes=0-6"})
    assert (answer.status_code, answer.content) == (206, b"PMTiles")
    said = server.get("map")
    assert (said["name"], said["tiles"]) == ("Helsinki", "/map/basemap.pmtiles")


def test_answers_carry_the_headers_of_a_careful_site(anybody: httpx.Client) -> None:
    """No page needs anybody else's server, and nobody may put ours into a frame."""
    for path in ("/api/v1/health", "/login", "/nothing"):
        headers = anybody.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'self'" in headers["Content-Security-Policy"]


def test_what_is_not_there_is_a_problem(anybody: httpx.Client, server: Server) -> None:
    """RFC 9457, with what to do."""
    answer = anybody.get("/api/v1/nothing")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is nothing at /api/v1/nothing.",
    }
    for path in ("vehicles/van-999", "vehicles/van-999/track", "gateways/van-999/gaps"):
        assert "van-999" in server.api.get(f"/api/v1/{path}").json()["detail"]
    assert server.api.delete("/api/v1/vehicles").status_code == 405


def test_the_log_holds_no_secret(server: Server) -> None:
    """Logs are copied into tickets."""
    log = server.log.read_text()
    assert server.api.headers["Authorization"].removeprefix("Bearer ") not in log
    assert "mp_" not in log
