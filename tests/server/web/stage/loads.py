"""Loads of a depot's docks: what a test puts there is what is said. No rule."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.server.web.stage.answers import V1, problem
from tests.server.web.vans import instant

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.server.web.stage.running import Stage

Load = dict[str, Any]
SITE = {"id": "depot", "name": "Ruoholahti depot"}


def routes(stage: Stage) -> list[BaseRoute]:
    """Of a site, and of one vehicle."""

    def refused() -> Response | None:
        if not stage.signed_in:
            return problem(401, "Sign in")
        return (
            problem(500, "The store does not answer", "The store does not answer.") if "load" in stage.broken else None
        )

    async def site(_: Request) -> Response:
        at = instant(time.time() - stage.behind_s)
        return refused() or JSONResponse({"at": at, "site": SITE, "vehicles": stage.loads})

    async def vehicle(request: Request) -> Response:
        found = next((load for load in stage.loads if load["vehicle_id"] == request.path_params["id"]), None)
        return refused() or JSONResponse(found or a_load(request.path_params["id"], state="none", packages=[]))

    return [Route(f"{V1}/load", site), Route(f"{V1}/vehicles/{{id}}/load", vehicle)]


def a_load(vehicle: str = "van-12", **more: Any) -> Load:
    """A van with 48 parcels, all of them surely aboard; what the test is about is said in the call."""
    number = vehicle.rpartition("-")[2]
    load: Load = {
        "vehicle_id": vehicle, "name": f"Van {number}", "dock": "3", "driver": "Aino",
        "departs_at": instant(time.time() + 11 * 60), "route_id": f"today-{number}", "state": "complete",
        "packages": parcels(48), "strangers": [], "sentence": "48 of 48 aboard",
    }  # fmt: skip
    load |= more
    aboard = [parcel for parcel in load["packages"] if parcel["aboard"] in {"yes", "probably"}]
    return {**load, "expected": len(load["packages"]), "aboard": len(aboard), **more}


def parcels(count: int, vehicle: str = "van-12") -> list[dict[str, Any]]:
    """So many parcels, each surely aboard."""
    return [a_parcel(f"MP-{1000 + 37 * number:X}", place=f"vehicle:{vehicle}") for number in range(count)]


def a_parcel(reference: str, *, aboard: str = "yes", p: float | None = 0.997, **more: Any) -> dict[str, Any]:
    """A parcel of a load."""
    parcel = {
        "id": reference, "reference": reference, "name": None, "aboard": aboard, "p": p, "place": "vehicle:van-12",
        "last_heard_at": instant(time.time() - 4), "last_heard_by": "vehicle:van-12", "stop": {"id": "S9", "name": "9"},
    }  # fmt: skip
    return {**parcel, **more}


def lost_parcel(reference: str = "MP-A17K", **more: Any) -> dict[str, Any]:
    """A box that was heard last by the van of dock 2, 18 minutes ago."""
    lost = {
        "name": "Box",
        "place": "site:depot",
        "last_heard_by": "vehicle:van-9",
        "last_heard_at": instant(time.time() - 1090),
    }
    return a_parcel(reference, aboard="no", p=0.98, **{**lost, **more})


def a_stranger(reference: str = "MP-2K9D", **more: Any) -> dict[str, Any]:
    """A soft bag that belongs into van 21."""
    stranger = {
        "id": reference, "reference": reference, "name": "Soft bag", "vehicle_id": "van-21", "vehicle_name": "Van 21",
        "dock": "5", "since": instant(time.time() - 600), "p": 0.995, "because": "It moves with Van 12.",
    }  # fmt: skip
    return {**stranger, **more}


def neighbours() -> list[Load]:
    """The vans of the other docks."""
    return [
        a_load("van-5", dock="1", driver="Mikko", packages=parcels(51)),
        a_load("van-9", dock="2", state="loading", packages=[*parcels(39), *_due(5)]),
        a_load("van-14", dock="4", state="loading", packages=[*parcels(12), *_due(25)]),
        a_load("van-21", dock="5", state="missing", packages=[*parcels(28), *_due(2)]),
    ]


def _due(count: int) -> list[dict[str, Any]]:
    return [a_parcel(f"MP-D{number:03}", aboard="no", place="site:depot") for number in range(count)]


def missing_one() -> Load:
    """47 of 48, one of them not quite sure: the mock's first state."""
    some = parcels(46)
    some.insert(16, lost_parcel())
    some.insert(40, a_parcel("MP-MAY1", aboard="probably", p=0.962))
    return a_load(state="missing", packages=some)


def wrong_one() -> Load:
    """The same with a stranger aboard."""
    return {**missing_one(), "state": "wrong", "strangers": [a_stranger()], "departs_at": instant(time.time() + 8 * 60)}
