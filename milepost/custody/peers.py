"""What others do, for comparison in the same run: the loudest scanner above a threshold, and the last that heard it.

Both see what the filter sees, causally, and say one place without a doubt (p = 1). Their alarms follow from their
places at the moment when a van has left its site, and when it leaves a stop. dBm, metres, milliseconds.
"""

import math
from collections.abc import Iterator

from milepost.custody.lines import Observed
from milepost.custody.runner import moments
from milepost.custody.scoring import Said, Statement
from server.domain.custody import WINDOW_MS, Fix, Heard, Parcel, Plan, Site, Stop, Window

NEAR_DBM = -75.0
REMEMBERED_MS = 60_000
"""A threshold keeps what it heard so long; then the tag is gone."""

LEFT_M = 60.0
"""A van has left its site when it is so far from where it stood when it was first seen there."""

METRES = 111_320.0


class Peer:
    """One rule over one recording: the last scanner for ever, or (`threshold`) near ones only, for a minute."""

    def __init__(self, plan: Plan, *, threshold: bool) -> None:
        self.plan, self.threshold = plan, threshold
        self.of_tag: dict[str, list[Parcel]] = {}
        for parcel in plan.parcels:
            if parcel.tag is not None:
                self.of_tag.setdefault(parcel.tag, []).append(parcel)
        self.sites = {site.id for site in plan.sites}
        self.heard: dict[str, tuple[int, str]] = {}
        """Of each parcel: when, and at which place."""
        self.at: dict[str, Fix] = {}
        self.stood: dict[str, Fix] = {}
        self.left: set[str] = set()
        self.near: dict[str, set[str]] = {}
        """Of each vehicle: the stops whose circle it is in."""
        self.been: dict[str, set[str]] = {}
        self.events: list[Said] = []

    def step(self, window: Window) -> None:
        """One window more."""
        loudest: dict[str, Heard] = {}
        for one in sorted(window.sightings):
            if not self.threshold or one.rssi_max_dbm >= NEAR_DBM:
                known = loudest.get(one.tag)
                if known is None or one.rssi_max_dbm > known.rssi_max_dbm:
                    loudest[one.tag] = one
        for tag, one in sorted(loudest.items()):
            kind = "site" if one.scanner in self.sites else "vehicle"
            for parcel in self.of_tag.get(tag, ()):
                self.heard[parcel.id] = (window.to_ms, f"{kind}:{one.scanner}")
        for fix in sorted(window.fixes):
            self.at[fix.vehicle] = fix
        for vehicle in sorted({fix.vehicle for fix in window.fixes}):
            self._drive(vehicle, window.to_ms)

    def place(self, parcel: Parcel, now_ms: int) -> str:
        """Where this rule believes it."""
        heard = self.heard.get(parcel.id)
        if heard is not None and (not self.threshold or now_ms - heard[0] <= REMEMBERED_MS):
            return heard[1]
        if self.threshold and parcel.vehicle in self.left:
            visited = self.been.get(parcel.vehicle, set())
            return f"stop:{parcel.stop.id}" if parcel.stop and parcel.stop.id in visited else "unknown"
        return f"site:{parcel.site}" if self.threshold and parcel.site else "unknown"

    def _drive(self, vehicle: str, now_ms: int) -> None:
        fix = self.at[vehicle]
        stood = self.stood.setdefault(vehicle, fix)
        if (
            vehicle not in self.left
            and _apart(fix, stood) > LEFT_M
            and any(_apart(stood, site) <= site.radius_m for site in self.plan.sites)
        ):
            self.left.add(vehicle)
            self._check(vehicle, now_ms)
        mine = {
            parcel.stop.id: parcel.stop for parcel in self.plan.parcels if parcel.vehicle == vehicle and parcel.stop
        }
        inside = {stop.id for stop in mine.values() if _apart(fix, stop) <= stop.radius_m + 15}
        for stop in sorted(self.near.get(vehicle, set()) - inside):
            self._leave(vehicle, stop, now_ms)
        self.near[vehicle] = inside
        self.been.setdefault(vehicle, set()).update(inside)

    def _check(self, vehicle: str, now_ms: int) -> None:
        """At the start."""
        for parcel in self.plan.parcels:
            aboard = self.place(parcel, now_ms) == f"vehicle:{vehicle}"
            if aboard and parcel.vehicle not in {vehicle, None}:
                self._say("wrong_vehicle", parcel, vehicle, None, now_ms)
            elif not aboard and parcel.vehicle == vehicle:
                self._say("left_behind", parcel, vehicle, None, now_ms)

    def _leave(self, vehicle: str, stop: str, now_ms: int) -> None:
        for parcel in self.plan.parcels:
            if parcel.vehicle == vehicle and parcel.stop and parcel.stop.id == stop and vehicle in self.left:
                aboard = self.place(parcel, now_ms) == f"vehicle:{vehicle}"
                self._say("left_aboard" if aboard else "handed_over", parcel, vehicle, stop, now_ms)

    def _say(self, kind: str, parcel: Parcel, vehicle: str, stop: str | None, now_ms: int) -> None:
        self.events.append(Said(kind=kind, parcel=parcel.id, vehicle=vehicle, stop=stop, noticed_at_ms=now_ms))


def judged(recording: Observed, every_ms: int, *, threshold: bool) -> tuple[list[Statement], list[Said]]:
    """The statements and events of a peer over a recording."""
    peer = Peer(recording.plan, threshold=threshold)
    return list(_statements(peer, recording, every_ms)), peer.events


def _statements(peer: Peer, recording: Observed, every_ms: int) -> Iterator[Statement]:
    if not recording.windows:
        return
    for at_ms in range(min(recording.windows), max(recording.windows) + 1, WINDOW_MS):
        peer.step(recording.windows.get(at_ms, Window(from_ms=at_ms - WINDOW_MS, to_ms=at_ms)))
        for moment_ms in moments(at_ms, at_ms + WINDOW_MS, every_ms):
            for parcel in recording.plan.parcels:
                yield parcel.id, moment_ms, peer.place(parcel, at_ms), 1.0


def _apart(one: Fix, two: Fix | Site | Stop) -> float:
    east = (one.lon - two.lon) * METRES * math.cos(math.radians(one.lat))
    return math.hypot(east, (one.lat - two.lat) * METRES)
