"""Listens to the event stream as a browser does: when each fix and each fact about a parcel came."""

import contextlib
import json
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

Key = tuple[str, str]


class Watch:
    """Remembers when each (vehicle, at), and each package's fact, was first heard over the event stream. A thread."""

    def __init__(self, url: str, key: str) -> None:
        self._url, self._headers = f"{url}/api/v1/stream", {"Authorization": f"Bearer {key}"}
        self.heard: dict[Key, datetime] = {}
        self.facts: list[tuple[dict[str, Any], datetime]] = []
        """Those about packages."""
        self._stopping = threading.Event()
        self._response: httpx.Response | None = None
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self._stopping.set()

    def vehicles(self) -> set[str]:
        """Who was heard so far."""
        return {vehicle for vehicle, _ in list(self.heard)}

    def _run(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(httpx.HTTPError):
                self._listen()
            self._stopping.wait(0.2)

    def _listen(self) -> None:
        timeout = httpx.Timeout(5, read=30)
        with httpx.stream("GET", self._url, headers=self._headers, timeout=timeout) as response:
            name = ""
            for line in response.iter_lines():
                if self._stopping.is_set():
                    return
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: ") and name == "positions":
                    self._note(json.loads(line.removeprefix("data: ")), datetime.now(UTC))
                elif line.startswith("data: ") and name == "fact":
                    now = datetime.now(UTC)
                    added = json.loads(line.removeprefix("data: "))["added"]
                    self.facts.extend((fact, now) for fact in added if "package" in fact)

    def _note(self, positions: list[dict[str, Any]], now: datetime) -> None:
        for position in positions:
            self.heard.setdefault((position["vehicle"], position["at"]), now)


def latencies_ms(heard: dict[Key, datetime], journals: Iterable[tuple[str, Path]]) -> list[float]:
    """From the last byte of each epoch on the serial line to its event, in ms, sorted."""
    found = []
    for vehicle, journal in journals:
        for line in journal.read_text(encoding="utf-8").splitlines():
            with contextlib.suppress(ValueError):  # the last line may be cut off
                spoken = json.loads(line)
                at = heard.get((vehicle, spoken["at"]))
                if at is not None and spoken["sent_at"]:
                    found.append((at - datetime.fromisoformat(spoken["sent_at"])).total_seconds() * 1000)
    return sorted(found)


def percentile(ordered: list[float], share: float) -> float | None:
    """The value below which this share of the values lies (nearest rank); None when there is none."""
    if not ordered:
        return None
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1)
