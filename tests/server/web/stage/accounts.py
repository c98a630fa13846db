"""People, teams, keys, sessions and the audit log: lists that do what they are told, without a rule."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.server.web.stage.answers import V1, page_of, problem
from tests.server.web.vans import instant

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.server.web.stage.running import Stage

Row = dict[str, Any]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
TOKEN = "mp_8sH1rX0aQ7wYc2dE5fG9jK3lM6nP4tVb"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 Version/19.0 Mobile Safari/604.1"


class Accounts:
    """What a stage holds of them; a test may change it."""

    def __init__(self) -> None:
        """A small fleet's people."""
        now_s = time.time()
        self.oidc: str | None = None
        self.users = [
            a_user("Riikka Salo", role="admin", signed_in_s=60, sessions=2),
            a_user("aino.virtanen@fleet.example", teams=["north"], signed_in_s=7200, sign_in="oidc"),
            a_user("Ben", role="viewer", one_time=True, signed_in_s=None, sessions=0),
            a_user(
                "Käyttöliittymäsuunnittelija Müller-Lüdenscheidt", role="installer", signed_in_s=900_000, sessions=0
            ),
        ]
        self.teams = [
            {
                "id": "north",
                "name": "Depot north",
                "members": ["aino.virtanen@fleet.example"],
                "vehicles": ["van-1", "van-2"],
            },
            {"id": "south", "name": "Depot south", "members": [], "vehicles": ["van-3"]},
        ]
        self.keys = [
            a_key("billing", scopes=["reports:read"], used_at=instant(now_s - 240)),
            a_key("old scanner", role="installer", teams=["north"], expires_at=instant(now_s - 86_400)),
            a_key("prometheus", scopes=["metrics:read"], expires_at=instant(now_s + 5 * 86_400)),
        ]
        self.sessions = [
            a_session("one", browser=FIREFOX, this=True),
            a_session("two", browser=SAFARI, address="2001:db8::7", seen_s=90_000),
        ]
        self.log: list[Row] = [
            a_change(5, "user_changed", "Ben", detail={"role": {"was": "dispatcher", "is": "viewer"}}),
            a_change(4, "sign_in_failed", "Ben", who="Ben", detail={"times": 7}, address="203.0.113.9"),
            a_change(3, "team_added", "north", detail={"name": "Depot north", "vehicles": ["van-1", "van-2"]}),
            a_change(2, "key_added", "billing", who="command line (root)", kind="milepost", address=""),
            a_change(1, "signed_in", "Riikka Salo", detail={"way": "password"}, ago_s=100_000),
        ]


def routes(stage: Stage) -> list[BaseRoute]:
    """Lists, and what changes them."""
    here = stage.accounts

    async def sign_in(_: Request) -> Response:
        return JSONResponse({"oidc": here.oidc})

    async def audit(request: Request) -> Response:
        asked = [(name, request.query_params[name]) for name in ("who", "what") if request.query_params.get(name)]
        items, following = page_of(request, [row for row in here.log if all(row[name] == said for name, said in asked)])
        return JSONResponse({"items": items, "next": following})

    return [
        Route(f"{V1}/sign-in", sign_in),
        Route(f"{V1}/audit", audit),
        *_users(stage),
        *_listed(stage.broken, "teams", "id", here.teams, lambda said: {"id": f"team-{len(here.teams)}", **said}),
        *_listed(stage.broken, "keys", "name", here.keys, lambda said: a_key(**said), ("key", "token", TOKEN)),
        *_listed(stage.broken, "sessions", "id", here.sessions, lambda said: said),
    ]


def _users(stage: Stage) -> list[BaseRoute]:
    here = stage.accounts

    async def password(_: Request) -> Response:
        return JSONResponse({"password": "nEw1-one-time"}, 201)

    def made(said: Row) -> Row:
        return a_user(**{**said, "one_time": True, "signed_in_s": None, "sessions": 0})

    listed = _listed(stage.broken, "users", "name", here.users, made, ("user", "password", "sXk2-mP0aQ7w"))
    again = Route(f"{V1}/users/{{name}}/password", password, methods=["POST"])
    return [again, *listed]


def _listed(
    broken: set[str],
    path: str,
    key: str,
    rows: list[Row],
    make: Callable[[Row], Row],
    shown: tuple[str, str, str] | None = None,
) -> list[BaseRoute]:
    """A list that is read, added to, changed and taken from; `shown` is the secret that the answer to adding holds."""

    async def all_of_it(request: Request) -> Response:
        if "accounts" in broken:
            return problem(503, "The database does not answer", "The database does not answer.")
        if request.method == "GET":
            return JSONResponse({"items": rows})
        if request.method == "DELETE":
            rows[:] = [row for row in rows if row.get("this")]
            return Response(status_code=204)
        said = await request.json()
        if any(row[key] == said.get(key) for row in rows):
            return problem(409, "Conflict", f"There is a {path[:-1]} named '{said[key]}' already. Choose another name.")
        made = make(said)
        rows.append(made)
        return JSONResponse({shown[0]: made, shown[1]: shown[2]} if shown else made, 201)

    async def one(request: Request) -> Response:
        found = next(row for row in rows if row[key] == request.path_params["which"])
        if request.method == "DELETE":
            rows.remove(found)
            return Response(status_code=204)
        found.update(await request.json())
        return JSONResponse(found)

    return [
        Route(f"{V1}/{path}", all_of_it, methods=["GET", "POST", "DELETE"]),
        Route(f"{V1}/{path}/{{which}}", one, methods=["PUT", "DELETE"]),
    ]


def a_user(
    name: str,
    *,
    role: str = "dispatcher",
    teams: list[str] | None = None,
    sign_in: str = "password",
    one_time: bool = False,
    signed_in_s: float | None = 3600,
    sessions: int = 1,
) -> Row:
    """A user, who came in so many seconds ago (None: never)."""
    now_s = time.time()
    return {
        "name": name,
        "role": role,
        "teams": teams or [],
        "created_at": instant(now_s - 2_000_000),
        "signed_in_at": None if signed_in_s is None else instant(now_s - signed_in_s),
        "sign_in": sign_in,
        "one_time": one_time,
        "sessions": sessions,
    }


def a_key(
    name: str,
    *,
    role: str = "viewer",
    scopes: list[str] | None = None,
    teams: list[str] | None = None,
    expires_at: str | None = None,
    used_at: str | None = None,
) -> Row:
    """A key as it is listed."""
    made = {"created_at": instant(time.time() - 500_000), "created_by": "Riikka Salo"}
    return {
        "name": name, "role": role, "scopes": scopes, "teams": teams, "expires_at": expires_at, "used_at": used_at, **made
    }  # fmt: skip


def a_session(id_: str, *, browser: str, this: bool = False, address: str = "192.0.2.7", seen_s: float = 30) -> Row:
    """Somewhere where one is signed in."""
    now_s = time.time()
    return {
        "id": id_,
        "created_at": instant(now_s - seen_s - 3600),
        "expires_at": instant(now_s + 1_000_000),
        "seen_at": instant(now_s - seen_s),
        "address": address,
        "browser": browser,
        "way": "password",
        "this": this,
    }


def a_change(
    id_: int,
    what: str,
    subject: str,
    *,
    who: str = "Riikka Salo",
    kind: str = "user",
    detail: Row | None = None,
    address: str = "192.0.2.7",
    ago_s: float = 600,
) -> Row:
    """A line of the audit log."""
    at = instant(time.time() - ago_s - 60 * (10 - id_ % 10))
    said = {"id": id_, "at": at, "who": who, "kind": kind, "what": what, "subject": subject}
    return {**said, "detail": detail or {}, "address": address}
