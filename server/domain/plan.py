"""Whether a package can go where somebody wants it to go, given the plan that there is. Pure."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from wire.messages import GATEWAY_ID

ID_SAYS = "1 to 64 letters, digits, dots, dashes and underscores, the first a letter or a digit"
LONGEST = {"order_id": 64, "reference": 200, "name": 200}
FIELDS = ("order_id", "reference", "name", "vehicle_id", "site_id", "route_id", "stop_id")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class PlanError(ValueError):
    """It cannot be planned so. `field` is what is wrong, the text says why and what to do."""

    def __init__(self, field: str, says: str) -> None:
        """What is wrong, and what to do."""
        super().__init__(says)
        self.field = field


class KnownRoute(msgspec.Struct, frozen=True, kw_only=True):
    """A route, as far as packages have to agree with it."""

    vehicle_id: str
    site_id: str | None = None
    stops: frozenset[str] = frozenset()


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Of what somebody names: what there is, and they may see."""

    vehicles: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    routes: Mapping[str, KnownRoute] = {}
    limited: bool = False
    """Whether they see some vehicles only."""


def check_id(id_: str, field: str = "id", what: str = "package") -> None:
    """Refuse an id that could not stand in addresses."""
    if not GATEWAY_ID.fullmatch(id_):
        raise PlanError(field, f"{id_[:70]!r} is no id of a {what}: {ID_SAYS}.")


def planned(said: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """The columns of a package, of what somebody said of it. Empty texts say nothing."""
    row = {field: _text(field, said.get(field)) for field in FIELDS}
    route = None
    if row["route_id"] is not None:
        route = known.routes.get(row["route_id"])
        if route is None:
            raise PlanError("route_id", f"There is no route {row['route_id']!r}. Put the route first.")
        if row["vehicle_id"] not in (None, route.vehicle_id):
            says = f"The route {row['route_id']!r} is driven by {route.vehicle_id!r}, not by {row['vehicle_id']!r}."
            raise PlanError("vehicle_id", says)
        row["vehicle_id"] = route.vehicle_id
        row["site_id"] = row["site_id"] or route.site_id
    if row["stop_id"] is not None and (route is None or row["stop_id"] not in route.stops):
        where = f"The route {row['route_id']!r} has no" if route is not None else "Name the route of the"
        raise PlanError("stop_id", f"{where} stop {row['stop_id']!r}.")
    if row["vehicle_id"] is not None and row["vehicle_id"] not in known.vehicles:
        says = f"There is no vehicle {row['vehicle_id']!r}. It is there once its gateway was heard."
        raise PlanError("vehicle_id", says)
    if row["vehicle_id"] is None and known.limited:
        raise PlanError("vehicle_id", "Name one of your vehicles: you would not see the package without it.")
    if row["site_id"] is not None and row["site_id"] not in known.sites:
        raise PlanError("site_id", f"There is no site {row['site_id']!r}: no fence of this id that is a site.")
    row["name"] = row["name"] or row["reference"] or ""
    return row


def _text(field: str, said: Any) -> str | None:
    text = str(said).strip() if said is not None else ""
    if len(text) > LONGEST.get(field, 64) or _CONTROL.search(text):
        longest = LONGEST.get(field, 64)
        raise PlanError(
            field, f"{text[:40]!r} is no {field}: it has at most {longest} characters, all of them printed."
        )
    return text or None
