"""Which beliefs become events, and when. Alarms wait until motion decides; none rests on a level.

A parcel's vehicle, or the one that it is in, has to be beyond some 20 m from where it stood for two windows, or for one
when next to nothing speaks against it: what stands at a dock sounds alike inside and outside.
"""

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec
import numpy as np

from server.domain.custody.geometry import AWAY, GONE
from server.domain.custody.naming import HARDLY, Halts
from server.domain.custody.planned import Indexed, names
from server.domain.custody.sentences import because
from server.domain.custody.serving import HALT_MS
from server.domain.custody.state import Ears, Hypotheses, Said
from server.domain.custody.values import UNKNOWN, CustodyEvent, Kind, Parcel, Stop, Window
from server.domain.custody.vehicles import BESIDE_M, Seen, Spot, Vehicle

LOADED: Final = 0.95
SURE: Final = 0.98
VERY_SURE: Final = 0.999
WINDOWS: Final = 2
NOT_ABOARD: Final = 0.995
SURE_EARLY: Final = 0.993
LIKELY, LIKELY_EARLY = 0.7, 0.97
FIRST_LEG: Final = 30
"""Windows."""
GATE_SHARE: Final = 0.6
"""So much of the way to a site's edge is gone before less is enough: then there is no time left."""
CONVOY_M: Final = 100.0
DEAF_MS: Final = 60_000
HANDED: Final = 0.9
RIGHT: Final = 0.7
OUT: Final = 0.975
MISSING: Final = 0.99
ALONE_MS: Final = 60_000
"""A shorter halt for one parcel may be for a red light."""
BEYOND_STOP_M: Final = 150.0
TURNS: Final = 3
HANDED_OVER: Final = "handed over"
STILL_ABOARD: Final = 0.99
TAKEN_BACK: Final = 0.05


class Told(NamedTuple):
    """All that is known at the end of a window."""

    known: Indexed
    seen: Seen
    scanners: tuple[str, ...]
    number: dict[str, int]
    rows: tuple[tuple[str, str], ...]
    shares: list[dict[int, float]]
    """By row: how likely each place number."""
    called: Halts
    hypotheses: Hypotheses
    ears: Ears
    twins: frozenset[str]
    window: Window


class Case(NamedTuple):
    """One parcel at the end of a window."""

    told: Told
    row: int
    parcel: Parcel
    said: Said
    shares: dict[int, float]
    own: Vehicle | None

    def aboard(self, vehicle: str | None) -> float:
        """How likely it is in a vehicle."""
        return self.shares.get(self.told.number.get(vehicle or "", -9), 0.0)

    def at_site(self) -> float:
        """How likely it lies at a site."""
        spots = self.told.seen.spots
        return sum(p for one, p in self.shares.items() if one >= AWAY and spots[one - AWAY].site)

    def since(self, place: int) -> int:
        """When it came to a place, by the likeliest hypothesis."""
        here = np.flatnonzero(self.told.hypotheses.place[self.row] == place)
        return int(self.told.hypotheses.since[self.row, here[0]]) if len(here) else 0

    def heard_ms(self, vehicle: str | None) -> int:
        """When a vehicle heard it last."""
        ears = self.told.ears
        columns = np.flatnonzero(ears.scanner[self.row] == self.told.number.get(vehicle or "", -9))
        return int(ears.heard_ms[self.row, columns[0]]) if len(columns) else 0

    def cannot_tell(self, name: str) -> bool:
        """Whether its own vehicle hears nothing at all and goes beside this one, or this one does not hear it apart."""
        own, ears, vehicle = self.own, self.told.ears, self.told.seen.vehicles[name]
        to_ms = self.told.window.to_ms
        heard_ms = ears.heard_ms[ears.scanner == self.told.number.get(self.parcel.vehicle or "", -9)]
        if own is None or int(heard_ms.max(initial=0)) >= to_ms - DEAF_MS:
            return False
        beside = math.dist(own.place, vehicle.place) <= CONVOY_M
        return beside or self.heard_ms(name) < to_ms

    def heard_by_others(self, since_ms: int) -> bool:
        """Whether a scanner that is not its vehicle's has heard it since then."""
        ears, own = self.told.ears, self.told.number.get(self.parcel.vehicle or "", -9)
        others = (ears.scanner[self.row] >= 0) & (ears.scanner[self.row] != own)
        return bool((ears.heard_ms[self.row][others] > since_ms).any())

    def event(
        self,
        kind: Kind,
        p: float,
        at_ms: int,
        *,
        vehicle: str | None = None,
        spot: Spot | None = None,
        stop: str | None = None,
    ) -> CustodyEvent:
        """An event with its reason."""
        lon, lat = self.told.known.degrees(spot.x, spot.y) if spot and not spot.site else (None, None)
        text, evidence = because(kind, self, vehicle, stop)
        noticed_at_ms = self.told.window.to_ms
        return CustodyEvent(
            kind=kind,
            parcel=self.parcel.id,
            vehicle=vehicle or self.parcel.vehicle,
            stop=stop,
            lon=None if lon is None else round(lon, 6),
            lat=None if lat is None else round(lat, 6),
            at_ms=min(at_ms, noticed_at_ms) or noticed_at_ms,
            noticed_at_ms=noticed_at_ms,
            p=min(p, 0.9999),
            because=text,
            evidence=evidence,
        )


def events_of(said: dict[str, Said], told: Told) -> tuple[dict[str, Said], list[CustodyEvent]]:
    """What is new."""
    after, events = {}, []
    for row, (name, tag) in enumerate(told.rows):
        parcel = told.known.parcels[name]
        own = told.seen.vehicles.get(parcel.vehicle or "")
        case = Case(told, row, parcel, said.get(name, Said()), told.shares[row], own)
        if tag not in told.twins:
            for change, event in _changes(case):
                case = case._replace(said=change)
                events.append(event)
        after[name] = case.said
    return after, events


Change = tuple[Said, CustodyEvent]


def _changes(case: Case) -> Iterator[Change]:
    """In the order in which they are checked; at most one alarm in a window."""
    yield from _loaded(case)
    alarm = _misloaded(case) or _left_behind(case) or _out(case) or _left_aboard(case) or _missing(case)
    if alarm is not None:
        yield alarm
    elif case.said.alarm is not None:
        yield from _found(case)


def _loaded(case: Case) -> Iterator[Change]:
    vehicle, said = case.parcel.vehicle, case.said
    p = case.aboard(vehicle)
    if vehicle is not None and p >= LOADED and said.loaded != vehicle:
        at_ms = case.since(case.told.number[vehicle])
        yield msgspec.structs.replace(said, loaded=vehicle), case.event("loaded", p, at_ms, vehicle=vehicle)


def _misloaded(case: Case) -> Change | None:
    said = case.said
    for number, p in case.shares.items():
        name = case.told.scanners[number] if 0 <= number < AWAY else ""
        vehicle = case.told.seen.vehicles.get(name)
        if vehicle is None or name == case.parcel.vehicle or p < 0.5 or case.parcel.vehicle is None:
            continue
        if (said.alarm == "wrong_vehicle" and said.alarm_vehicle == name) or case.cannot_tell(name):
            return None
        drives = _decided(vehicle, p)
        left_by_its_own = (
            case.own is not None
            and said.alarm != "left_behind"  # then it is enough to know more when this one leaves
            and _decided(case.own, 1 - case.aboard(case.parcel.vehicle))
            and p >= VERY_SURE
        )
        if (drives and p >= SURE and case.heard_ms(name) > vehicle.start[1]) or left_by_its_own:
            at_ms = case.since(number)
            change = msgspec.structs.replace(said, alarm="wrong_vehicle", alarm_vehicle=name)
            return change, case.event("wrong_vehicle", p, at_ms, vehicle=name)
    return None


def _decided(vehicle: Vehicle, p: float) -> bool:
    """Whether a vehicle is far enough from its dock for long enough."""
    beyond, _ = vehicle.start
    return beyond >= WINDOWS or (beyond >= 1 and p >= VERY_SURE)


def _left_behind(case: Case) -> Change | None:
    own, said = case.own, case.said
    if own is None or own.dock is None or said.alarm in ("left_behind", "wrong_vehicle"):
        return None
    if case.parcel.stop is not None and case.parcel.stop.id in own.served:
        return None  # its round is over
    if own.dock_beyond > FIRST_LEG and not case.heard_by_others(own.dock_left_ms):
        return None  # silence alone has said by then what it has to say
    p, aboard = case.at_site(), case.aboard(case.parcel.vehicle)
    late = own.dock_away_m > GATE_SHARE * _radius(case, own)
    enough = SURE if late else SURE_EARLY
    likely = LIKELY if late and own.dock_beyond <= FIRST_LEG and not own.served else LIKELY_EARLY
    if _decided(own, 1 - aboard) and (p >= enough or (1 - aboard >= NOT_ABOARD and p >= likely)):
        change = msgspec.structs.replace(said, alarm="left_behind", alarm_vehicle=case.parcel.vehicle)
        return change, case.event("left_behind", p, own.dock_left_ms, vehicle=case.parcel.vehicle)
    return None


def _radius(case: Case, vehicle: Vehicle) -> float:
    """Of the site that a vehicle leaves."""
    spot = case.told.seen.spots.get(vehicle.dock_spot)
    site = case.told.known.sites.get(spot.site or "") if spot is not None else None
    return site.radius_m if site is not None else 0.0


def _out(case: Case) -> Change | None:
    """At a door: its own, or another."""
    halts = list(_halts(case))
    return (_handed_over(case, halts) or _wrong_stop(case, halts)) if halts else None


AtHalt = tuple[float, float, int, Spot]
"""How likely it lies there, and there at its own stop; the place's number."""


def _halts(case: Case) -> Iterator[AtHalt]:
    """Halts that are over at which it may lie."""
    planned = case.parcel.stop.id if case.parcel.stop else ""
    for number, p in case.shares.items():
        spot = case.told.seen.spots[number - AWAY] if number >= AWAY and p >= HARDLY else None
        vehicle = case.told.seen.vehicles.get(spot.vehicle or "") if spot is not None else None
        if spot is not None and not spot.site and vehicle is not None and _left(vehicle, spot.id):
            yield p, p * case.told.called.names(case.row, spot, p).get(planned, 0.0), number, spot


def _handed_over(case: Case, every: list[AtHalt]) -> Change | None:
    """At its stop; a van may have halted there more than once."""
    halts = [one for one in every if one[1] > 0]
    right = sum(one[1] for one in halts)
    if sum(one[0] for one in halts) < HANDED or right < RIGHT:
        return None
    _, _, number, spot = max(halts, key=lambda one: (one[1], one[2]))
    if f"out {spot.id}" in case.said.settled:
        return None
    settled = (*case.said.settled, f"out {spot.id}", HANDED_OVER)
    change = msgspec.structs.replace(case.said, alarm=None, alarm_vehicle=None, settled=settled)
    stop = case.parcel.stop.id if case.parcel.stop else None
    return change, case.event("handed_over", right, case.since(number), vehicle=spot.vehicle, stop=stop, spot=spot)


def _wrong_stop(case: Case, halts: list[AtHalt]) -> Change | None:
    p, right, number, spot = max(halts, key=lambda one: (one[0], one[2]))
    if p < HANDED or {f"out {spot.id}", HANDED_OVER} & set(case.said.settled):
        return None
    if spot.vehicle not in (case.parcel.vehicle, case.said.alarm_vehicle):
        return None
    planned = case.parcel.stop.id if case.parcel.stop else None
    vehicle = case.told.seen.vehicles[spot.vehicle or ""]
    if p - right < OUT or planned is None or _near(case, vehicle):
        return None
    stop, share = max(case.told.called.names(case.row, spot, p).items(), key=lambda one: (one[1], one[0]))
    named = stop if stop != UNKNOWN and share > 0.5 else None
    settled = (*case.said.settled, f"out {spot.id}")
    change = msgspec.structs.replace(case.said, alarm="wrong_stop", alarm_spot=spot.id, settled=settled)
    return change, case.event("wrong_stop", p - right, case.since(number), vehicle=spot.vehicle, stop=named, spot=spot)


def _near(case: Case, vehicle: Vehicle) -> bool:
    """Whether a vehicle stands at the parcel's own stop: then it may well be carried there."""
    spot = case.told.seen.spots.get(vehicle.spot)
    stop = case.parcel.stop
    return vehicle.standing and spot is not None and stop is not None and any(one[0] == stop.id for one in spot.near)


def _left(vehicle: Vehicle, spot: int) -> bool:
    """Whether a vehicle has left a spot: it is beyond 20 m, or stands somewhere else."""
    return vehicle.spot != spot or (not vehicle.standing and vehicle.beyond >= WINDOWS)


def _left_aboard(case: Case) -> Change | None:
    own, stop = case.own, case.parcel.stop
    if own is None or stop is None:
        return None
    p = case.aboard(case.parcel.vehicle)
    for visit in own.visits if p >= STILL_ABOARD else ():
        key = f"aboard {visit.spot}"
        if key in case.said.settled or visit.left_ms - visit.from_ms < HALT_MS:
            continue
        spot = case.told.seen.spots.get(visit.spot)
        long = visit.left_ms - visit.from_ms >= ALONE_MS
        served = spot is not None and spot.site is None and _serves(case, spot, stop, long=long)
        if (
            served
            and _left(own, visit.spot)
            and _far(case, own, stop)
            and _in_turn(case, own, stop)
            and case.heard_ms(case.parcel.vehicle) > visit.left_ms + 10_000
        ):
            change = msgspec.structs.replace(case.said, alarm="left_aboard", settled=(*case.said.settled, key))
            return change, case.event(
                "left_aboard", p, visit.left_ms, vehicle=case.parcel.vehicle, stop=stop.id, spot=spot
            )
    return None


def _serves(case: Case, spot: Spot, stop: Stop, *, long: bool) -> bool:
    """Whether a halt served a stop: something for it was let out, or what it had is not all aboard, and it was near."""
    if names(spot.near, None).get(stop.id, 0.0) <= 0.6:
        return False
    mates = [
        row
        for row, (name, _) in enumerate(case.told.rows)
        if row != case.row
        and (other := case.told.known.parcels[name]).stop == stop
        and other.vehicle == case.parcel.vehicle
    ]
    if any(case.told.shares[row].get(AWAY + spot.id, 0.0) >= 0.5 for row in mates):
        return True
    aboard = case.told.number.get(case.parcel.vehicle or "", -9)
    if mates and all(case.told.shares[row].get(aboard, 0.0) >= HANDED for row in mates):
        return False
    beside = any(name == stop.id and away_m <= radius_m + BESIDE_M for name, away_m, radius_m, _ in spot.near)
    return beside and (long or bool(mates))


def _far(case: Case, vehicle: Vehicle, stop: Stop) -> bool:
    """Whether a vehicle is so far from a stop that it does not serve it any more: a queue may halt it twice."""
    x, y = case.told.known.metres(stop.lon, stop.lat)
    return math.hypot(vehicle.x - x, vehicle.y - y) > stop.radius_m + BEYOND_STOP_M


def _in_turn(case: Case, vehicle: Vehicle, stop: Stop) -> bool:
    """Whether it is about that stop's turn; a halt for coffee in its street does not serve it."""
    order = case.told.known.order.get(case.parcel.vehicle or "", {})
    before = [order[name] for name in vehicle.served if name in order and name != stop.id]
    return not before or order.get(stop.id, 0) <= max(before) + TURNS


def _missing(case: Case) -> Change | None:
    p = case.shares.get(GONE, 0.0)
    if p < MISSING or case.said.alarm is not None or "missing" in case.said.settled:
        return None
    if not case.told.ears.heard_ms[case.row].any():
        return None  # nobody has seen it come
    change = msgspec.structs.replace(case.said, alarm="missing", settled=(*case.said.settled, "missing"))
    return change, case.event("missing", p, case.since(GONE))


def _found(case: Case) -> Iterator[Change]:
    said, own = case.said, case.aboard(case.parcel.vehicle)
    stands = {
        "wrong_vehicle": case.aboard(said.alarm_vehicle),
        "left_behind": case.at_site(),
        "left_aboard": own,
        "wrong_stop": case.shares.get(AWAY + said.alarm_spot, 0.0),
        "missing": case.shares.get(GONE, 0.0),
    }[said.alarm or "missing"]
    number, p = max(case.shares.items(), key=lambda one: (one[1], one[0]))
    if stands > TAKEN_BACK or p < SURE or number == GONE:
        return
    back = {"wrong_vehicle": own + case.at_site(), "left_behind": own}.get(said.alarm or "", own + case.at_site())
    if back < SURE:
        return
    change = msgspec.structs.replace(said, alarm=None, alarm_vehicle=None, alarm_spot=-1)
    yield change, case.event("found", p, case.since(number), vehicle=case.parcel.vehicle)
