"""Packages, the tags on them, scanned codes and how true statements were: lists that do what they are told. No rule but one:
a tag is on one package at a time."""

from __future__ import annotations

import csv
import io
import time
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.server.web.stage.answers import V1, page_of, problem
from tests.server.web.stage.session import PERSON
from tests.server.web.vans import instant

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.server.web.stage.running import Stage

Row = dict[str, Any]


def routes(stage: Stage) -> list[BaseRoute]:
    """Lists, one, its history, bindings, files."""
    return [
        Route(f"{V1}/packages", _listed(stage), methods=["GET", "POST"]),
        Route(f"{V1}/packages/import", _imported(stage, "packages"), methods=["POST"]),
        Route(f"{V1}/bindings/import", _imported(stage, "bindings"), methods=["POST"]),
        Route(f"{V1}/packages/{{id}}", _one(stage), methods=["GET", "PUT", "DELETE"]),
        *_about(stage),
        Route(f"{V1}/bindings", _bind(stage), methods=["POST"]),
        Route(f"{V1}/bindings/{{id}}", _unbind(stage), methods=["DELETE"]),
    ]


def _listed(stage: Stage) -> Any:
    async def listed(request: Request) -> Response:
        if "packages" in stage.broken:
            return problem(500, "The store does not answer", "The store does not answer.")
        if request.method == "POST":
            said = await request.json()
            if stage.package(said.get("id")):
                return problem(409, "Conflict", f"There is a package {said['id']!r} already.")
            made = a_package(
                **{"id": f"N{len(stage.packages)}", **{key: value for key, value in said.items() if value}}
            )
            stage.packages.append(made)
            return JSONResponse(made, 201)
        asked = request.query_params
        found = [row for row in stage.packages if _wanted(row, asked)]
        items, following = page_of(request, found)
        return JSONResponse({"items": items, "next": following})

    return listed


def _wanted(row: Row, asked: Any) -> bool:
    said = " ".join(str(row[key] or "") for key in ("id", "order_id", "reference", "name", "tag_id")).lower()
    alarm = (row["custody"] or {}).get("alarm")
    return (
        asked.get("q", "").lower() in said
        and asked.get("vehicle") in (None, row["vehicle_id"])
        and asked.get("route") in (None, row["route_id"])
        and asked.get("alarm") in (None, alarm)
    )


def _one(stage: Stage) -> Any:
    async def one(request: Request) -> Response:
        found = stage.package(request.path_params["id"])
        if found is None:
            return problem(404, "There is no such package", "There is no such package.")
        if request.method == "PUT":
            found.update({key: value for key, value in (await request.json()).items() if key != "tag_id"})
        if request.method == "DELETE":
            stage.packages.remove(found)
            return Response(status_code=204)
        return JSONResponse(found)

    return one


def _about(stage: Stage) -> list[BaseRoute]:
    async def custody(request: Request) -> Response:
        if "custody" in stage.broken:
            return problem(500, "The store does not answer", "The store does not answer.")
        id_ = request.path_params["id"]
        said = stage.custody.get(id_, {"spans": [], "events": []})
        return JSONResponse({"package": id_, "others": [], **said})

    async def bindings(request: Request) -> Response:
        rows = [row for row in stage.bindings if row["package_id"] == request.path_params["id"]]
        return JSONResponse({"items": rows[::-1]})

    async def scan(request: Request) -> Response:
        code = request.query_params["code"]
        package = next((row for row in stage.packages if code in (row["id"], row["reference"])), None)
        tag = next((row for row in stage.tags if code in (row["id"], row["name"])), None)
        kind, found = ("package", package) if package else ("tag", tag) if tag else ("unknown", None)
        says = f"{kind.capitalize()} {found['id']}." if found else "There is no package and no tag of this code."
        return JSONResponse({"kind": kind, "id": found and found["id"], "reads": {}, "says": says})

    async def planned(_: Request) -> Response:
        return JSONResponse({"items": stage.routes, "next": None})

    async def truth(_: Request) -> Response:
        nothing = {"sentence": "Nobody has measured it yet: run `make bench`.", "worlds": [], "peers": {}}
        return JSONResponse(stage.truth or nothing)

    return [
        Route(f"{V1}/packages/{{id}}/custody", custody),
        Route(f"{V1}/packages/{{id}}/bindings", bindings),
        Route(f"{V1}/scan", scan),
        Route(f"{V1}/routes", planned),
        Route(f"{V1}/custody/truth", truth),
    ]


def _bind(stage: Stage) -> Any:
    async def bind(request: Request) -> Response:
        said = await request.json()
        package = stage.package(said["package_id"])
        if package is None:
            return problem(404, "There is no such package", "There is no such package.")
        if said["tag_id"] not in {row["id"] for row in stage.tags}:
            return problem(404, "There is no such tag", f"There is no tag {said['tag_id']!r}.")
        holder = next((row for row in stage.packages if row["tag_id"] == said["tag_id"]), None)
        if holder and holder is not package and not said.get("move"):
            return problem(409, "Conflict", f"The tag is on the package {holder['id']}.")
        if holder:
            put(stage, holder, None)
        return JSONResponse(put(stage, package, said["tag_id"]), 201)

    return bind


def _unbind(stage: Stage) -> Any:
    async def unbind(request: Request) -> Response:
        put(stage, stage.package(request.path_params["id"]), None)
        return Response(status_code=204)

    return unbind


def put(stage: Stage, package: Row, tag: str | None) -> Row | None:
    """Put a tag on a package, or take it off; who did it is remembered."""
    now = instant(time.time())
    for row in stage.bindings:
        if row["package_id"] == package["id"] and row["until"] is None:
            row["until"] = now
    for row in stage.tags:
        if row["package_id"] == package["id"] or row["id"] == tag:
            row["package_id"] = package["id"] if row["id"] == tag else None
    package["tag_id"] = tag
    if tag is None:
        return None
    made = {
        "package_id": package["id"],
        "tag_id": tag,
        "from": now,
        "until": None,
        "bound_by": PERSON["name"],
        "ended_by": None,
    }
    stage.bindings.append(made)
    return made


def _imported(stage: Stage, what: str) -> Any:
    async def imported(request: Request) -> Response:
        text = (await request.body()).decode()
        counts = {"created": 0, "changed": 0, "same": 0, "refused": [], "ignored_columns": []}
        for number, row in enumerate(csv.DictReader(io.StringIO(text)), 2):
            if what == "bindings":
                package = stage.package(row["package"])
                why = "" if package else f"There is no package {row['package']!r}."
                if package:
                    put(stage, package, row["tag"])
            else:
                why = "" if row.get("id") else "The line has no id."
                if not why:
                    stage.packages.append(a_package(row["id"], name=row.get("name") or ""))
            counts["refused" if why else "created"] = (
                [*counts["refused"], {"line": number, "why": why}] if why else counts["created"] + 1
            )
        return JSONResponse({**counts, "refused_count": len(counts["refused"])})

    return imported


def a_package(id: str, **more: Any) -> Row:  # noqa: A002 -- the API's word
    """A package that is planned for van 2 and of which nothing is known yet."""
    package: Row = {
        "id": id, "order_id": None, "reference": None, "name": "", "vehicle_id": "van-2", "site_id": "ruoholahti",
        "route_id": "r2", "stop_id": "s1", "stop": {"name": "Fredrikinkatu 22", "lon": 24.9384, "lat": 60.1652, "radius_m": 40.0},
        "tag_id": None, "created_at": instant(time.time() - 20_000), "changed_at": instant(time.time() - 20_000),
        "closed_at": None, "custody": None,
    }  # fmt: skip
    return {**package, **more}


def believed(place: str, p: float, *, ago_s: float = 1200, alarm: str | None = None) -> Row:
    """Where a package is, and how sure that is."""
    now_s = time.time()
    return {
        "place": place,
        "p": p,
        "since": instant(now_s - ago_s),
        "at": instant(now_s - 6),
        "alarm": alarm,
        "said": "",
    }


def a_span(
    place: str, from_ago_s: float, to_ago_s: float, *, p: float = 0.995, at: tuple[float, float] | None = None
) -> Row:
    """It was there for a while."""
    now_s = time.time()
    lon, lat = at or (None, None)
    return {
        "from": instant(now_s - from_ago_s), "to": instant(now_s - to_ago_s), "place": place,
        "p_min": p - 0.02, "p_max": p, "p_mean": p, "lon": lon, "lat": lat,
    }  # fmt: skip


def an_event(kind: str, ago_s: float, **more: Any) -> Row:
    """Something happened to it."""
    at = time.time() - ago_s
    event = {
        "id": f"{kind}-{ago_s:.0f}", "kind": kind, "at": instant(at), "noticed_at": instant(at + 20), "p": 0.995,
        "because": "Heard 41 of 42 times, and it moves with the van.", "evidence": {}, "vehicle_id": "van-2", "stop_id": None,
        "lon": None, "lat": None, "standing": True, "superseded_by": None,
    }  # fmt: skip
    return {**event, **more}
