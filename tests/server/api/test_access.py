"""Nothing but health is open; each role sees what it may."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.routing import BaseRoute, Mount, Route

from server.api.app import build_app
from server.domain.permissions import ENDPOINTS, ROLES, WORDS, may, needed
from tests.support.peers import deliver
from tests.support.people import a_browser, a_program
from tests.support.positions import a_position
from tests.support.servers import Server, a_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own: who walks as an admin makes things that others count."""
    folder = tmp_path_factory.mktemp("walked")
    (folder / "tiles").mkdir()
    (folder / "tiles" / "basemap.pmtiles").write_bytes(b"PMTiles" * 400)
    (folder / "tiles" / "map.json").write_text('{"name": "Helsinki", "bounds": [24.9, 60.1, 25.0, 60.2]}')
    with a_server(folder, map={"dir": "tiles"}) as running:
        deliver(running.mqtt, {"van-001": [a_position(1)]})
        yield running


@pytest.fixture
def anybody(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.api.base_url) as client:
        yield client


@pytest.fixture(scope="module")
def keys(server: Server) -> dict[str, dict[str, str]]:
    return {
        role: {"Authorization": f"Bearer {server.key(role, role)}"} for role in ("admin", "dispatcher", "recipient")
    }


def _routes(routes: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    for route in routes:
        if isinstance(route, Route) or hasattr(route, "methods"):
            path = re.sub(r"\{[^}]*\}", "nobody", route.path)
            yield from ((method, path) for method in sorted(route.methods - {"HEAD", "OPTIONS"}))
        elif isinstance(route, Mount):
            yield "GET", "/map" if route.path == "/map" else f"{route.path}/anything"
        else:
            yield from _routes(_inner(route))


def _inner(route: BaseRoute) -> list[BaseRoute]:
    return list(getattr(getattr(route, "original_router", None) or route, "routes", []))


FOUND = {
    *_routes(build_app(None).routes),
    ("GET", "/map"),
}  # the base map is mounted when there is one
PAGES = {("GET", path) for path in ("/", "/ops", "/dock", "/login", "/assets/anything")}
"""Code, which shows nothing by itself."""
ASKED = sorted(FOUND - PAGES)


def _word(method: str, path: str) -> Any:
    return needed(method, path.replace("nobody", "{id}"))


def _ask(asker: httpx.Client, method: str, path: str) -> httpx.Response:
    """The answer without its body: the stream has no end."""
    path = "/map/basemap.pmtiles" if path == "/map" else path
    body: dict[str, Any] = {} if method in ("GET", "DELETE") else {"json": {}}
    with asker.stream(method, path, follow_redirects=False, **body) as answer:
        if answer.status_code in (401, 403):
            answer.read()
        return answer


def _may(role: Any, scopes: Any, word: Any, *, machine: bool) -> bool:
    if word in ("anybody", "somebody", "user"):
        return not (machine and word == "user")
    return any(may(role, scopes, each) for each in (word if isinstance(word, tuple) else (word,)))


def _walk(asker: httpx.Client, role: Any, scopes: Any, *, machine: bool) -> None:
    for method, template in ASKED:
        path, word = template, _word(method, template)
        if (method, path) == ("DELETE", "/api/v1/session"):
            continue  # it would be the last answer
        if "/subscriptions/" in path:
            if machine and not may(role, scopes, "admin"):
                continue  # they are people's own
            path = path.replace("nobody", f"walks-{role}")
        answer = _ask(asker, method, path)
        told = f"{role} {scopes}: {method} {path}: {answer.status_code}"
        if _may(role, scopes, word, machine=machine):
            assert answer.status_code not in (401, 403), told
        else:
            assert answer.status_code == 403, told
            assert (
                "An admin can" in answer.text or "sign in as a user" in answer.text or "lacks the scope" in answer.text
            )
        assert answer.status_code < 500 or "/login/oidc" in path, told


@pytest.mark.parametrize(("method", "path"), ASKED)
def test_every_endpoint_is_in_the_table(method: str, path: str) -> None:
    """A new endpoint says who may, in server/domain/permissions.py; until then nobody may."""
    assert _word(method, path) is not None, f"add {method} {path} to ENDPOINTS in server/domain/permissions.py"


def test_the_table_has_no_endpoint_that_is_gone() -> None:
    """A line that nobody reads is a line that is wrong."""
    found = {f"{method} {path.replace('nobody', '{}')}" for method, path in FOUND}
    coming = r" (/login|/api/v1/(sign-in|facts|fences|alert|channel|subscr|deliver|report|vehicles/{}(/facts|/days)?$))"
    assert [endpoint for endpoint in ENDPOINTS if endpoint not in found and not re.search(coming, endpoint)] == []


def test_without_credentials_nothing_is_open_but_the_door(anybody: httpx.Client) -> None:
    """401, with how to get in."""
    for method, path in ASKED:
        answer = _ask(anybody, method, path)
        if _word(method, path) == "anybody":
            assert answer.status_code != 403, f"{method} {path}"
            continue
        assert answer.status_code == 401, f"{method} {path}: {answer.status_code}"
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("role", ROLES)
def test_every_endpoint_with_every_role(server: Server, role: Any) -> None:
    """P6: as a person and as a program."""
    with a_browser(server, f"walks-{role}", role) as person:
        _walk(person, role, None, machine=False)
    with a_program(server, f"walks-{role}", role) as program:
        _walk(program, role, None, machine=True)


@pytest.mark.parametrize("scope", WORDS)
def test_every_endpoint_with_keys_of_every_scope(server: Server, scope: str) -> None:
    """A key of an admin's role that is narrowed does nothing else."""
    with a_program(server, f"admin-{scope.replace(':', '-')}", "admin", [scope]) as program:
        _walk(program, "admin", {scope}, machine=True)


def test_scopes_do_not_widen_a_role(server: Server) -> None:
    """A viewer's key with every scope is a viewer's key."""
    with a_program(server, "viewer-everything", "viewer", WORDS) as program:
        _walk(program, "viewer", None, machine=True)


def test_a_key_without_any_scope_only_learns_who_it_is(server: Server) -> None:
    """An empty list is not "all"."""
    with a_program(server, "narrowest", "admin", []) as program:
        _walk(program, "admin", set(), machine=True)
        assert program.get("/api/v1/session").json()["may"] == []


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
    assert said == {
        "name": "recipient",
        "role": "recipient",
        "one_time": False,
        "machine": True,
        "password": False,
        "teams": [],
        "may": [],
    }


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
