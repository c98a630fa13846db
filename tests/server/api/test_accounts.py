"""People, teams, keys and sessions over the API; what they may see; and what is written down about it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.support.events import Events
from tests.support.peers import deliver, talking
from tests.support.people import a_browser, a_program
from tests.support.positions import a_position
from tests.support.servers import Server, a_server
from wire.encode import encode_status
from wire.messages import Status
from wire.topics import topic

LONG = "four words make one"
VANS = ("van-a", "van-b", "van-c")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own with three vans, because people come and go here."""
    with a_server(tmp_path_factory.mktemp("house")) as running:
        deliver(running.mqtt, {van: [a_position(0), a_position(1)] for van in VANS})
        yield running


@pytest.fixture(scope="module")
def admin(house: Server) -> Iterator[httpx.Client]:
    """The browser of an admin."""
    with a_browser(house, "boss", "admin") as browser:
        yield browser


@pytest.fixture
def anybody(house: Server) -> Iterator[httpx.Client]:
    """Somebody's browser."""
    with httpx.Client(base_url=house.api.base_url) as browser:
        yield browser


def call(asker: httpx.Client, method: str, path: str, status: int = 200, **body: Any) -> Any:
    """An answer's JSON, after a look at its status."""
    answer = asker.request(method, f"/api/v1/{path}", **({"json": body} if body else {}))
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def ids(asker: httpx.Client, path: str) -> list[str]:
    said = call(asker, "GET", path)
    return [each["id"] for each in said.get("items", said.get("features"))]


def log(admin: httpx.Client, what: str) -> list[dict[str, Any]]:
    return call(admin, "GET", f"audit?what={what}")["items"]


def test_a_new_user_signs_in_with_the_password_that_is_shown_once(admin: httpx.Client, anybody: httpx.Client) -> None:
    """And is asked to replace it."""
    made = call(admin, "POST", "users", 201, name="aino", role="dispatcher")
    assert made["user"] | {"created_at": ""} == {
        "name": "aino", "role": "dispatcher", "teams": [], "created_at": "", "signed_in_at": None,
        "sign_in": "password", "one_time": True, "sessions": 0,
    }  # fmt: skip
    call(anybody, "POST", "session", 204, name="aino", password=made["password"])
    said = call(anybody, "GET", "session")
    assert (said["one_time"], said["password"], said["teams"]) == (True, True, None)
    assert "fences:write" in said["may"]
    assert "admin" not in said["may"]
    listed = {user["name"]: user for user in call(admin, "GET", "users")["items"]}
    assert listed["aino"]["sessions"] == 1
    assert listed["aino"]["signed_in_at"]
    assert made["password"] not in str(listed)
    assert {"name": "aino", "role": "dispatcher"} in call(anybody, "GET", "people")["items"]


def test_a_name_is_given_once(admin: httpx.Client) -> None:
    """With what to do."""
    call(admin, "POST", "users", 201, name="twice")
    assert "Choose another" in call(admin, "POST", "users", 409, name="twice")["detail"]
    assert "1 to 120" in call(admin, "POST", "users", 409, name="a/b")["detail"]
    assert "no team 'x'" in call(admin, "POST", "users", 409, name="thrice", teams=["x"])["detail"]
    assert "thrice" not in [user["name"] for user in call(admin, "GET", "users")["items"]]


def test_another_role_ends_all_sessions(house: Server, admin: httpx.Client) -> None:
    """What is open in a browser was opened for the old role."""
    with a_browser(house, "ben", "dispatcher") as ben:
        assert call(ben, "GET", "session")["role"] == "dispatcher"
        call(admin, "PUT", "users/ben", role="dispatcher")
        call(ben, "GET", "session")
        assert call(admin, "PUT", "users/ben", role="viewer")["role"] == "viewer"
        call(ben, "GET", "session", 401)
    assert log(admin, "user_changed")[0]["detail"] == {"role": {"was": "dispatcher", "is": "viewer"}}
    assert log(admin, "user_changed")[0]["address"] == "127.0.0.1"


def test_a_removed_user_is_out_at_once(house: Server, admin: httpx.Client) -> None:
    """And what they did stays written down."""
    with a_browser(house, "cleo", "viewer") as cleo:
        call(cleo, "GET", "vehicles")
        call(admin, "DELETE", "users/cleo", 204)
        call(cleo, "GET", "vehicles", 401)
    call(admin, "DELETE", "users/cleo", 404)
    assert [(row["who"], row["subject"]) for row in log(admin, "user_removed")] == [("boss", "cleo")]


def test_there_is_always_an_admin(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A server that nobody can change any more is a reinstallation."""
    with a_server(tmp_path_factory.mktemp("alone")) as server, a_browser(server, "admin", "admin") as admin:
        assert "last admin" in call(admin, "PUT", "users/admin", 409, role="viewer")["detail"]
        assert "last admin" in call(admin, "DELETE", "users/admin", 409)["detail"]
        call(admin, "POST", "users", 201, name="second", role="admin")
        call(admin, "DELETE", "users/admin", 204)
        call(admin, "GET", "session", 401)


def test_a_new_one_time_password_replaces_the_old_one(house: Server, admin: httpx.Client, anybody) -> None:
    """Somebody forgot theirs; or somebody else knows it."""
    old = call(admin, "POST", "users", 201, name="dora")["password"]
    new = call(admin, "POST", "users/dora/password", 201)["password"]
    call(anybody, "POST", "session", 401, name="dora", password=old)
    call(anybody, "POST", "session", 204, name="dora", password=new)
    call(admin, "DELETE", "users/dora/sessions", 204)
    call(anybody, "GET", "session", 401)
    call(admin, "POST", "users", 201, name="elsewhere", sign_in="oidc")
    assert "elsewhere" in call(admin, "POST", "users/elsewhere/password", 409)["detail"]
    call(admin, "POST", "users/nobody/password", 404)
    for secret in (old, new):
        assert secret not in str(call(admin, "GET", "audit?limit=1000"))
        assert secret not in house.log.read_text()


def test_who_is_in_a_team_sees_its_vehicles_everywhere(house: Server, admin: httpx.Client) -> None:
    """Lists, one, track, newest, gateways, gaps; what is not theirs is not there."""
    with a_browser(house, "emil", "dispatcher") as emil:
        assert set(ids(emil, "vehicles")) >= {*VANS}
        team = call(admin, "POST", "teams", 201, name="A and B", members=["emil"], vehicles=["van-b", "van-a"])
        assert (team["members"], team["vehicles"]) == (["emil"], ["van-a", "van-b"])
        assert call(emil, "GET", "session")["teams"] == [team["id"]]
        for path in ("vehicles", "latest", "gateways"):
            assert ids(emil, path) == ["van-a", "van-b"], path
        assert ids(emil, "vehicles?q=van-c") == []
        for path in ("vehicles/van-c", "vehicles/van-c/track", "gateways/van-c/gaps"):
            assert "van-c" in call(emil, "GET", path, 404)["detail"]
            call(emil, "GET", path.replace("van-c", "van-a"))
        other = call(admin, "POST", "teams", 201, name="C", members=[], vehicles=["van-c"])
        assert ids(emil, "teams") == [team["id"]]
        assert ids(emil, "vehicles?limit=1") == ["van-a"]
        assert len(ids(admin, "teams")) >= 2
        call(admin, "PUT", f"teams/{other['id']}", name="C", members=["emil"], vehicles=["van-c"])
        assert ids(emil, "vehicles") == [*VANS]
        for each in (team, other):
            call(admin, "DELETE", f"teams/{each['id']}", 204)
        assert set(ids(emil, "vehicles")) >= {*VANS}
    assert log(admin, "team_removed")[0]["detail"]["now_see_all"] == ["emil"]


def test_a_vehicle_is_put_into_a_team_where_it_is_shown(house: Server, admin: httpx.Client) -> None:
    """By admins only: teams say who sees it."""
    team = call(admin, "POST", "teams", 201, name="By vehicle")["id"]
    assert call(admin, "PATCH", "vehicles/van-a", team=team)["teams"] == [team]
    assert log(admin, "vehicle_changed")[0]["detail"] == {"team": team}
    with a_program(house, "by-vehicle", "dispatcher", teams=[team]) as program:
        assert ids(program, "vehicles") == ["van-a"]
        assert call(program, "PATCH", "vehicles/van-a", name="Van A")["name"] == "Van A"
        assert "only an admin" in call(program, "PATCH", "vehicles/van-a", 403, team=None)["detail"]
        assert "no team" in call(admin, "PATCH", "vehicles/van-a", 409, team="gone")["detail"]
        assert call(admin, "PATCH", "vehicles/van-a", team=None)["teams"] == []
        assert ids(program, "vehicles") == []


def test_an_open_stream_follows_the_teams_at_once(house: Server, admin: httpx.Client) -> None:
    """Positions and gateways; a change of teams needs no new connection."""
    team = call(admin, "POST", "teams", 201, name="Stream", members=[], vehicles=["van-a"])
    with a_program(house, "streams", "viewer", teams=[team["id"]]) as program:
        with Events(house, key=program.headers["Authorization"]) as events:
            events.next("hello")
            deliver(house.mqtt, {"van-b": [a_position(10)], "van-a": [a_position(10)]}, stream="b1")
            assert {moved["vehicle"] for moved in events.next("positions").data} == {"van-a"}
            call(admin, "PUT", f"teams/{team['id']}", name="Stream", vehicles=["van-b"])
            deliver(house.mqtt, {"van-a": [a_position(20)], "van-b": [a_position(20)]}, stream="b2")
            assert {moved["vehicle"] for moved in events.next("positions").data} == {"van-b"}
            call(admin, "DELETE", "keys/streams", 204)
            assert events.ended.wait(5)
        call(program, "GET", "vehicles", 401)


def test_a_stream_tells_what_the_scopes_allow(house: Server, admin: httpx.Client) -> None:
    """A key for gateways learns of no position."""
    program = a_program(house, "boxes", "viewer", ["gateways:read"])
    with Events(house, key=program.headers["Authorization"]) as events, talking(house.mqtt) as (client, _):
        events.next("hello")
        deliver(house.mqtt, {"van-a": [a_position(30)]}, stream="b3")
        client.publish(topic("van-a", "status"), encode_status(Status(online=True, version="7")), 1)
        assert events.next().name == "gateway"
    program.close()


def test_a_key_does_what_it_is_for(house: Server, admin: httpx.Client) -> None:
    """Shown once, narrowed to scopes and teams, until it expires."""
    team = call(admin, "POST", "teams", 201, name="Keys", members=[], vehicles=["van-c"])
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    made = call(
        admin, "POST", "keys", 201,
        name="billing", role="viewer", scopes=["positions:read"], teams=[team["id"]], expires_at=until,
    )  # fmt: skip
    assert made["token"].startswith("mp_")
    with httpx.Client(base_url=house.api.base_url, headers={"Authorization": f"Bearer {made['token']}"}) as program:
        assert ids(program, "vehicles") == ["van-c"]
        assert "scope gateways:read" in call(program, "GET", "gateways", 403)["detail"]
        [listed] = [key for key in call(admin, "GET", "keys")["items"] if key["name"] == "billing"]
        assert (listed["scopes"], listed["created_by"]) == (["positions:read"], "boss")
        assert listed["used_at"]
        call(admin, "DELETE", "keys/billing", 204)
        call(program, "GET", "vehicles", 401)
    call(admin, "DELETE", "keys/billing", 404)
    assert made["token"] not in str(call(admin, "GET", "audit?limit=1000"))


@pytest.mark.parametrize(
    ("status", "says", "body"),
    [
        (422, "past", {"name": "k", "expires_at": "2020-01-01T00:00:00Z"}),
        (422, "scopes", {"name": "k", "scopes": ["everything"]}),
        (409, "no team 'x'", {"name": "k", "teams": ["x"]}),
        (409, "admin's key", {"name": "k", "role": "admin", "teams": []}),
        (409, "already", {"name": "tests"}),
    ],
)
def test_a_key_that_cannot_be_is_refused(admin: httpx.Client, status: int, says: str, body: dict[str, Any]) -> None:
    """With what is wrong."""
    assert says in call(admin, "POST", "keys", status, **body)["detail"]
    assert "k" not in [key["name"] for key in call(admin, "GET", "keys")["items"]]


def test_one_sees_and_ends_one_s_own_sessions(house: Server, admin: httpx.Client) -> None:
    """A forgotten browser in the depot."""
    with a_browser(house, "fia", "viewer") as here, a_browser(house, "fia", "viewer") as there:
        with a_browser(house, "fia", "viewer") as third:
            listed = call(here, "GET", "sessions")["items"]
            assert [session["this"] for session in listed].count(True) == 1
            assert len(listed) == 3
            theirs = next(each["id"] for each in call(there, "GET", "sessions")["items"] if each["this"])
            call(admin, "DELETE", f"sessions/{theirs}", 404)
            call(here, "DELETE", f"sessions/{theirs}", 204)
            call(there, "GET", "session", 401)
            call(here, "DELETE", "sessions", 204)
            call(third, "GET", "session", 401)
        assert call(here, "GET", "session")["name"] == "fia"
        assert [session["this"] for session in call(here, "GET", "sessions")["items"]] == [True]


def test_every_change_is_written_down_page_by_page(house: Server, admin: httpx.Client) -> None:
    """Newest first; nothing is left out between two pages."""
    for number in range(3):
        call(admin, "POST", "users", 201, name=f"page-{number}")
    found, cursor = [], ""
    while True:
        page = call(admin, "GET", f"audit?what=user_added&who=boss&limit=2&cursor={cursor}")
        found += page["items"]
        if not (cursor := page["next"] or ""):
            break
    assert [row["subject"] for row in found[:3]] == ["page-2", "page-1", "page-0"]
    assert [row["id"] for row in found] == sorted((row["id"] for row in found), reverse=True)
    assert call(admin, "GET", "audit?subject=page-1")["items"][0]["what"] == "user_added"
    call(admin, "GET", "audit?cursor=dmFuLTc", 422)
    house.milepost("user", "role", "--name", "page-0", "--role", "installer")
    [by_command] = call(admin, "GET", "audit?subject=page-0&what=user_changed")["items"]
    assert by_command["kind"] == "milepost"
    assert by_command["who"].startswith("command line")


def test_sign_ins_are_written_down_and_failed_ones_counted(house: Server, admin: httpx.Client, anybody) -> None:
    """Whoever guesses does not fill the log; a password that was typed as a name is not in it."""
    password = call(admin, "POST", "users", 201, name="gus")["password"]
    for guess in ("one", "two", "three"):
        call(anybody, "POST", "session", 401, name="gus", password=guess)
        call(anybody, "POST", "session", 401, name=f"secret typed as name {guess}", password="x")
    call(anybody, "POST", "session", 204, name="gus", password=password)
    call(anybody, "DELETE", "session", 204)
    rows = call(admin, "GET", "audit?subject=gus")["items"]
    assert [row["what"] for row in rows] == ["signed_out", "signed_in", "sign_in_failed", "user_added"]
    assert rows[1]["detail"] == {"way": "password"}
    assert rows[2]["detail"]["times"] == 3
    [nobody] = [row for row in log(admin, "sign_in_failed") if row["subject"] == ""]
    assert nobody["detail"]["times"] == 3
    assert "secret typed" not in str(call(admin, "GET", "audit?limit=1000"))


def test_a_change_that_fails_is_not_written_down(admin: httpx.Client) -> None:
    """The log and the change are one transaction."""
    before = len(call(admin, "GET", "audit?limit=1000")["items"])
    call(admin, "POST", "teams", 409, name="Bad", members=[], vehicles=["van-zz"])
    call(admin, "POST", "users", 409, name="boss")
    call(admin, "PUT", "users/boss", role="admin")
    assert len(call(admin, "GET", "audit?limit=1000")["items"]) == before
