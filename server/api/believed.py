"""What is believed of packages, as the API says it of each."""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any

from sqlalchemy import Connection

from server.domain.load import said_of
from server.store import custody, load, names
from wire.messages import instant, rfc3339


def said_custody(connection: Connection, packages: Iterable[str], zone: tzinfo) -> dict[str, dict[str, Any]]:
    """What is believed now of these packages, as the list of packages says it."""
    rows = custody.beliefs(connection, list(packages))
    work = custody.work(connection)
    done_ms = (work or {}).get("done_ms") or 0
    places = {row["place"] for row in rows.values()}
    called = _names(connection, places)
    return {
        package: {
            "place": row["place"],
            "p": row["p"],
            "since": rfc3339(instant(row["since_ms"])),
            "at": rfc3339(instant(max(done_ms, row["at_ms"]))),
            "alarm": row["alarm"],
            "said": said_of(row["place"], row["p"], instant(row["since_ms"]), called, zone),
        }
        for package, row in rows.items()
    }


def _names(connection: Connection, places: Iterable[str]) -> Mapping[str, str]:
    """What people call places."""
    by_kind: dict[str, set[str]] = {"vehicle": set(), "site": set(), "stop": set()}
    for place in places:
        kind, _, id_ = place.partition(":")
        by_kind.get(kind, set()).add(id_)
    found = {f"vehicle:{id_}": name for id_, name in names.of_vehicles(connection, by_kind["vehicle"]).items()}
    found |= {f"site:{id_}": name for id_, name in names.of_fences(connection, by_kind["site"]).items()}
    return found | {f"stop:{id_}": name for id_, name in load.stop_names(connection, by_kind["stop"]).items()}
