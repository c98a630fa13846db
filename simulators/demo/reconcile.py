"""Are all records there, once? Compares what each outbox holds with what the API returns, not counters."""

import csv
import io
import json
from collections import Counter
from pathlib import Path

import httpx

from simulators.demo.processes import answer_of

Position = tuple[str, str, str]
YEARS = 6


def outbox_positions(config: Path) -> tuple[Counter[Position], int]:
    """The positions that a gateway's outbox accepted, and how many records it accepted in all."""
    positions: Counter[Position] = Counter()
    records = 0
    for line in answer_of("gateway", "outbox", "--config", str(config)).splitlines():
        row = json.loads(line)
        records += 1
        if row["kind"] == "position":
            positions[_position(row["at"], row["lon"], row["lat"])] += 1
    return positions, records


def stored_positions(client: httpx.Client, vehicle: str) -> Counter[Position]:
    """The positions that the API returns for a vehicle, however old."""
    found: Counter[Position] = Counter()
    for year in range(YEARS):
        # A year at a time is what the API gives; a demo lives in this one, a recording perhaps in an earlier.
        window = _window(year)
        answer = client.get(f"/api/v1/vehicles/{vehicle}/track", params={**window, "format": "csv"})
        if answer.status_code == httpx.codes.NOT_FOUND:
            return found
        answer.raise_for_status()
        found.update(_position(row["at"], row["lon"], row["lat"]) for row in csv.DictReader(io.StringIO(answer.text)))
    return found


def compared(put: Counter[Position], stored: Counter[Position]) -> tuple[int, int, int]:
    """(committed, lost, doubled): rows there, rows missing, and rows there more often than they were put.

    A position is what it says: one that was put twice, word for word, is one position.
    """
    wanted = set(put)
    committed = sum(1 for position in wanted if stored[position])
    doubled = sum(count - 1 for count in stored.values() if count > 1) + len(set(stored) - wanted)
    return committed, len(wanted) - committed, doubled


def _window(years_ago: int) -> dict[str, str]:
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415 - only here

    to = datetime.now(UTC) + timedelta(days=1) - timedelta(days=365 * years_ago)
    return {"from": (to - timedelta(days=365)).isoformat(), "to": to.isoformat()}


def _position(at: str, lon: float | str, lat: float | str) -> Position:
    return at, f"{float(lon):.7f}", f"{float(lat):.7f}"
