"""The parcels of the demo, from its own side: radio, what a dispatcher has planned, and who noticed what when.

The radio is a program of its own (`milepost simulate dock`), which decides what happens; the server gets the plan by
its API, as another system would send it, and is not told of what goes wrong.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from simulators.demo.processes import Program
from simulators.demo.watch import Watch
from simulators.geometry import distance_m

MOST_VANS = 6
"""So many stand at the dock; others drive around empty."""
DRIVERS = ("Aino", "Eero", "Helmi", "Onni", "Venla", "Toivo")
COLUMNS = ("id", "order_id", "name", "vehicle", "site", "route", "stop", "tag")
SITE = "depot"
WORDS = {
    "wrong_vehicle": "Parcel {package} is in the wrong van: {vehicle}.",
    "left_behind": "Parcel {package} was left behind by {vehicle}.",
    "left_aboard": "Parcel {package} stayed aboard {vehicle} at its stop.",
    "wrong_stop": "Parcel {package} left {vehicle} at the wrong stop.",
    "missing": "Parcel {package} is missing.",
    "found": "Parcel {package} is found again.",
    "handed_over": "Parcel {package} was handed over from {vehicle}.",
}
"""What is worth a line in the terminal. What is aboard is on the dock's screen."""


class Parcels:
    """The morning at the dock while it runs."""

    def __init__(self, city: Path, folder: Path, names: Sequence[str], *, seed: int, departs_s: float,
                 near: tuple[float, float] | None) -> None:  # fmt: skip
        """Start the radio; it plans the morning meanwhile."""
        arguments = ["--city", str(city), "--folder", str(folder), "--seed", str(seed), "--departs", str(departs_s)]
        arguments += [each for name in names for each in ("--van", name)]
        arguments += [] if near is None else ["--near", *map(str, near)]
        self.radio = Program("radio", ["simulate", "dock", *arguments], folder)
        self.began_at = datetime.now(UTC)
        self._folder, self._told = folder, 0

    def plan(self) -> None:
        """Wait for the plan of the morning."""
        self._plan = self.radio.first_line()
        self.vans: dict[str, dict[str, Any]] = {van["name"]: van for van in self._plan["vans"]}

    def begin(self, in_s: float) -> None:
        """Let the morning begin so soon."""
        self.began_at = datetime.now(UTC) + timedelta(seconds=in_s)
        self.radio.say(began_at=self.began_at.isoformat())

    @property
    def fence(self) -> dict[str, Any]:
        """The depot, as a dispatcher draws it."""
        at = self._plan["depot"]
        return {
            "type": "Feature",
            "id": SITE,
            "geometry": {"type": "Point", "coordinates": [at["lon"], at["lat"]]},
            "properties": {"name": "Depot", "radius_m": at["radius_m"], "site": True},
        }

    @property
    def environment(self) -> dict[str, str]:
        """What gateways have to find in their environment."""
        return {"DBUS_SYSTEM_BUS_ADDRESS": self._plan["bus"]} if self._plan["bus"] else {}

    def settings(self, name: str) -> str:
        """Of a gateway's scanner."""
        if self._plan["bus"]:
            return f'adapters = ["{self.vans[name]["adapter"]}"]\n'
        return f"replay = {json.dumps(self._plan['pipes'][name])}\n"

    def receiver(self, name: str) -> list[str]:
        """Arguments of a van's receiver: it stands at its berth until it leaves."""
        van = self.vans[name]
        leaves_at = self.began_at + timedelta(seconds=van["departs_s"])
        places = ["--berth", *map(str, van["berth"]), "--road", *map(str, van["road"])]
        return ["--seed", str(van["seed"]), *places, "--departs", leaves_at.isoformat()]

    def send(self, client: httpx.Client) -> None:
        """What is planned: a route for each van, and the packages with their tags. The vans have to be known by now."""
        for number, van in enumerate(self._plan["vans"]):
            leaves_at = self.began_at + timedelta(seconds=van["departs_s"])
            client.put(
                f"/api/v1/routes/{_route(van['name'])}",
                json={
                    "vehicle_id": van["name"], "site_id": SITE, "dock": str(number + 1), "stops": van["stops"],
                    "driver": DRIVERS[number % len(DRIVERS)], "departs_at": leaves_at.isoformat(),
                },
            ).raise_for_status()  # fmt: skip
        table = io.StringIO()
        rows = csv.DictWriter(table, COLUMNS)
        rows.writeheader()
        for parcel in self._plan["parcels"]:
            rows.writerow(
                {
                    "id": parcel["id"], "order_id": f"ORD-{parcel['id'][1:]}", "name": parcel["name"],
                    "vehicle": parcel["van"], "site": SITE, "route": _route(parcel["van"]), "stop": parcel["stop"],
                    "tag": parcel["tag"],
                }
            )  # fmt: skip
        answer = client.post(
            "/api/v1/packages/import", content=table.getvalue(), headers={"Content-Type": "text/csv"}
        ).raise_for_status()
        assert not answer.json()["refused_count"], answer.text

    def news(self, watch: Watch) -> Iterator[str]:
        """Sentences about what the server noticed since this was asked last."""
        found, self._told = watch.facts[self._told :], len(watch.facts)
        for said, heard_at in found:
            words = WORDS.get(said["kind"])
            if words:
                after_s = (heard_at - self.began_at).total_seconds()
                yield f"{after_s:4.0f} s  " + words.format(package=said["package"], vehicle=said["vehicle"])

    def report(self, watch: Watch) -> dict[str, int]:
        """What was planned and what went wrong, by the radio; what was aboard and noticed in time, by the server."""
        slips = self._plan["slips"]
        aboard = {said["package"] for said, _ in watch.facts if said["kind"] == "loaded"}
        noticed = sum(1 for slip in slips if self._in_time(slip, watch, self._gate_at(slip["van"])))
        kinds = [slip["kind"] for slip in slips]
        return {
            "planned": len(self._plan["parcels"]),
            "aboard": len(aboard),
            "misloads": kinds.count("wrong_vehicle"),
            "left_behind": kinds.count("left_behind"),
            "noticed_before_gate": noticed,
        }

    def _in_time(self, slip: dict[str, str], watch: Watch, gate_at: datetime | None) -> bool:
        return any(
            (said["kind"], said["package"]) == (slip["kind"], slip["parcel"])
            and (gate_at is None or heard_at <= gate_at)
            for said, heard_at in watch.facts
        )

    def _gate_at(self, van: str) -> datetime | None:
        """When the van was first outside of the depot's fence, by the truth of its receiver; None: it never was."""
        depot = (self._plan["depot"]["lon"], self._plan["depot"]["lat"])
        for line in (self._folder / f"{van}.journal").read_text(encoding="utf-8").splitlines():
            try:
                at = json.loads(line)
            except ValueError:  # the last line may be cut off
                break
            if distance_m((at["lon"], at["lat"]), depot) > self._plan["depot"]["radius_m"]:
                return datetime.fromisoformat(at["at"])
        return None


def _route(van: str) -> str:
    return f"today-{van}"
