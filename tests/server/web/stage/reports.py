"""Reports: the server's own, over a week of facts that every van of the stage had. Schedules: what a test puts in stays."""

from __future__ import annotations

import random
import tempfile
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from server.reports.formats.data import as_json
from server.reports.question import Asked, asked
from server.reports.write import FORMS, write
from server.store.database import Database
from tests.server.web.stage.answers import V1, problem
from tests.server.web.vans import instant
from tests.support import standing

if TYPE_CHECKING:
    from starlette.requests import Request

    from server.store.telemetry import Telemetry
    from tests.server.web.stage.running import Stage

DAYS = 9
NORTH = ("van-1", "van-2")
"""The vehicles of the team north, of the stage's room of accounts."""


def routes(stage: Stage) -> list[BaseRoute]:
    """One report, in every format; those that are sent by themselves."""
    told = _Told(stage)

    async def report(request: Request) -> Response:
        if "reports" in stage.broken:
            return problem(503, "The store does not answer", "The store does not answer.")
        return await run_in_threadpool(told.answer, request)

    mails = _Mails(stage)
    return [
        Route(f"{V1}/reports/{{kind}}", report),
        Route(f"{V1}/report-schedules", mails.all, methods=["GET", "POST"]),
        Route(f"{V1}/report-schedules/{{id}}", mails.one, methods=["PUT", "DELETE"]),
        Route(f"{V1}/report-schedules/{{id}}/send", mails.send, methods=["POST"]),
    ]


class _Told:
    """The facts, written when they are first asked for."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._stack = stage, ExitStack()
        self._database: Database | None = None
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Response:
        """The report that a query asks for."""
        query, now = request.query_params, datetime.now(UTC)
        vehicles = frozenset(name for name in query.get("vehicle", "").split(",") if name)
        if query.get("team"):
            vehicles |= frozenset(NORTH)
        words = {"start": query.get("from", ""), "end": query.get("to", ""), "zone": query.get("time_zone", "UTC")}
        try:
            question = asked(
                request.path_params["kind"],
                vehicles=vehicles or None,
                group=query.get("group", ""),
                **words,
                now=now,
            )
            return self._written(question, query.get("format", "json"), now)
        except ValueError as error:
            return problem(422, "The request cannot be understood", str(error))

    def _written(self, question: Asked, form: Any, now: datetime) -> Response:
        def no_telemetry() -> Telemetry:
            raise ValueError("The stage has no tracks.")

        with self._facts().reading() as connection:
            file = write(connection, question, form, no_telemetry, now=now)
        if form == "json":
            return JSONResponse(as_json(file.table))
        named = {"Content-Disposition": f'attachment; filename="{file.name}"'}
        return Response(b"".join(file.chunks), media_type=FORMS[form].media_type, headers=named)

    def _facts(self) -> Database:
        with self._lock:
            if self._database is None:
                self._database = self._made()
            return self._database

    def _made(self) -> Database:
        database = Database("", Path(self._stack.enter_context(tempfile.TemporaryDirectory())))
        names = {van.id: van.name for van in self._stage.vans}
        rows = [row for van in self._stage.vans if not van.parked for row in _week_of(van.id)]
        standing.write(database, rows, names=names)
        standing.write_fences(database, depot="Ruoholahti depot", dock="Dock 2")
        return database


class _Mails:
    """Schedules, kept as they were saved. `mail` in `stage.broken`: the mail server takes nothing."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._made = stage, 0

    async def all(self, request: Request) -> Response:
        """List them, or add one."""
        if request.method == "GET":
            return JSONResponse({"items": self._stage.schedules, "mail": True})
        self._made += 1
        made = self._said(await request.json(), f"schedule-{self._made}")
        self._stage.schedules.append(made)
        return JSONResponse(made, 201)

    async def one(self, request: Request) -> Response:
        """Change one, or end it."""
        place = self._place(request)
        if request.method == "DELETE":
            del self._stage.schedules[place]
            return Response(status_code=204)
        was = self._stage.schedules[place]
        self._stage.schedules[place] = {**self._said(await request.json(), was["id"]), "last": was["last"]}
        return JSONResponse(self._stage.schedules[place])

    async def send(self, request: Request) -> Response:
        """As if it were sent."""
        schedule, now = self._stage.schedules[self._place(request)], instant(time.time())
        taken = "mail" not in self._stage.broken
        schedule["last"] = {
            "period": now,
            "from": now,
            "to": now,
            "state": "sent" if taken else "failed",
            "attempts": 1,
            "due_at": now,
            "sent_at": now if taken else None,
            "error": None if taken else "The mail server mail.fleet.example could not be reached.",
        }
        return JSONResponse(schedule["last"])

    def _place(self, request: Request) -> int:
        wanted = request.path_params["id"]
        return next(place for place, each in enumerate(self._stage.schedules) if each["id"] == wanted)

    def _said(self, body: dict[str, Any], id_: str) -> dict[str, Any]:
        later = instant(time.time() + 86_400)
        return {**body, "id": id_, "owner": "Riikka Salo", "changed_at": later, "next_at": later, "last": None}


def _week_of(vehicle: str) -> list[dict[str, Any]]:
    """Some trips a day with halts between them; nothing on the last day but one."""
    chance = random.Random(vehicle)
    midnight = datetime.fromtimestamp(time.time() // 86_400 * 86_400, UTC)
    rows: list[dict[str, Any]] = []
    for day in range(DAYS):
        if day == 1:
            continue
        at = midnight - timedelta(days=day) + timedelta(hours=5, minutes=chance.randint(0, 50))
        for _ in range(chance.randint(2, 4)):
            rows += _stretch(vehicle, at, chance)
            at += timedelta(hours=2)
    return rows


def _stretch(vehicle: str, at: datetime, chance: random.Random) -> list[dict[str, Any]]:
    """A trip, and a halt after it."""
    minutes, stood = chance.uniform(8, 70), chance.uniform(4, 40)
    metres = minutes * chance.uniform(250, 800)
    end = at + timedelta(minutes=minutes)
    rows = standing.a_trip(vehicle, at, minutes, metres=metres, top_mps=chance.uniform(11, 24))
    rows += standing.a_halt(vehicle, end, stood, halt=chance.choice(["site", "stop", "break"]), fence="depot")
    rows += standing.a_visit(vehicle, chance.choice(["depot", "dock"]), end, stood)
    if chance.random() < 0.3:
        rows += standing.a_speeding(vehicle, at, chance.uniform(10, 90), top_mps=chance.uniform(16, 24))
        rows += standing.an_idling(vehicle, end, stood / 2)
    return rows
