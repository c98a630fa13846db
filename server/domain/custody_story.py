"""What becomes of the custody filter's words: the thinned past of each package, facts, alarms that are open. Pure.

A span of a package's past ends where the place changes, or where its probability crosses one of BANDS. A fact is of the
vehicle that people have to act on; `found` is said to every vehicle of which an alarm of the package is open.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from server.domain.custody import ALARMS, CustodyEvent, Parcel, Plan, Step, Window
from server.domain.facts import Changes, Fact, compare, fact, merged
from wire.messages import instant, rfc3339

BANDS = (0.5, 0.8, 0.95, 0.99)
KINDS = ("loaded", "wrong_vehicle", "left_behind", "left_aboard", "handed_over", "wrong_stop", "missing", "found")
"""The kinds of facts that custody makes."""
GONE = ""
"""The place of a package that nobody watches any more: its tag was taken off, or it is closed."""


class Span(msgspec.Struct, frozen=True, array_like=True):
    """The running span of a package: from the window that ended at `from_ms` on."""

    from_ms: int
    since_ms: int
    """At this place, in whatever band."""
    place: str
    p: float
    p_min: float
    p_max: float
    p_sum: float
    windows: int
    lon: float | None = None
    lat: float | None = None


class Alarm(msgspec.Struct, frozen=True, array_like=True):
    """An alarm that nothing took back."""

    kind: str
    vehicle: str
    at_ms: int


class Story(msgspec.Struct, frozen=True):
    """What is remembered beside the filter's state."""

    spans: dict[str, Span] = {}
    alarms: dict[str, tuple[Alarm, ...]] = {}
    vehicles: dict[str, tuple[int, float, float]] = {}
    """Where each vehicle was last: time, lon, lat."""


class Told(msgspec.Struct, frozen=True):
    """What a window came to: rows of spans by (package, from_ms) as they are by now, and facts."""

    story: Story
    spans: dict[tuple[str, int], Span]
    facts: list[Fact]


def tell(story: Story, plan: Plan, window: Window, step: Step) -> Told:
    """The next window's beliefs and events."""
    vehicles = {**story.vehicles, **{one.vehicle: (one.at_ms, one.lon, one.lat) for one in sorted(window.fixes)}}
    places = _places(plan)
    spans = dict(story.spans)
    written: dict[tuple[str, int], Span] = {}
    for package, belief in step.beliefs.items():
        now, before = belief.place, spans.get(package)
        if before is not None and (before.place, band(before.p)) == (now, band(belief.p)):
            spans[package] = _longer(before, belief.p)
            continue
        if before is not None:
            written[package, before.from_ms] = before
        since_ms = before.since_ms if before is not None and before.place == now else window.to_ms
        lon, lat = places.get(now) or _of_vehicle(now, vehicles)
        spans[package] = Span(window.to_ms, since_ms, now, belief.p, belief.p, belief.p, belief.p, 1, lon, lat)
        written[package, window.to_ms] = spans[package]
    for package in story.spans.keys() - step.beliefs.keys():
        before = spans.pop(package)
        written[package, before.from_ms] = before
        written[package, window.to_ms] = Span(window.to_ms, window.to_ms, GONE, 0, 0, 0, 0, 1)
    alarms = {package: some for package, some in story.alarms.items() if package in step.beliefs}
    fresh = Story(spans=spans, alarms=alarms, vehicles=vehicles)
    parcels = {one.id: one for one in plan.parcels}
    facts = [made for event in step.events for made in _facts(event, fresh, parcels.get(event.parcel), window)]
    return Told(story=fresh, spans=written, facts=facts)


def band(p: float) -> int:
    """How many of the BANDS a probability has reached."""
    return sum(p >= bound for bound in BANDS)


def alarm_of(story: Story, package: str) -> str | None:
    """The kind of the newest alarm of a package that is open."""
    open_ = story.alarms.get(package)
    return open_[-1].kind if open_ else None


def compared(before: Iterable[Fact], after: Iterable[Fact], *, late: bool) -> list[Changes]:
    """How the custody facts that stood become those that stand now, by vehicle; a fact moves within its package."""
    old: dict[tuple[str, str], dict[str, Fact]] = {}
    new: dict[tuple[str, str], list[Fact]] = {}
    for one in before:
        old.setdefault((one.vehicle, package_of(one.body)), {})[one.id] = one
    for one in after:
        new.setdefault((one.vehicle, package_of(one.body)), []).append(one)
    found: dict[str, list[Changes]] = {}
    for vehicle, package in sorted({*old, *new}):
        of_it = (vehicle, package)
        found.setdefault(vehicle, []).append(compare(old.get(of_it, {}), new.get(of_it, ()), late=late))
    return [changes for changes in (merged(some) for some in found.values()) if changes]


def package_of(body: Mapping[str, Any]) -> str:
    """Which package a custody fact is about."""
    return str(body.get("package", ""))


def _longer(span: Span, p: float) -> Span:
    return Span(
        span.from_ms,
        span.since_ms,
        span.place,
        p,
        min(span.p_min, p),
        max(span.p_max, p),
        span.p_sum + p,
        span.windows + 1,
        span.lon,
        span.lat,
    )


def _places(plan: Plan) -> dict[str, tuple[float, float]]:
    """Where sites and stops are."""
    found = {f"site:{site.id}": (site.lon, site.lat) for site in plan.sites}
    for stop in (stop for route in plan.routes for stop in route.stops):
        found[f"stop:{stop.id}"] = (stop.lon, stop.lat)
    for parcel in plan.parcels:
        if parcel.stop is not None:
            found[f"stop:{parcel.stop.id}"] = (parcel.stop.lon, parcel.stop.lat)
    return found


def _of_vehicle(
    place: str, vehicles: Mapping[str, tuple[int, float, float]]
) -> tuple[float, float] | tuple[None, None]:
    _, lon, lat = vehicles.get(place.removeprefix("vehicle:"), (0, None, None))
    return (lon, lat) if lon is not None and lat is not None else (None, None)


def _facts(event: CustodyEvent, story: Story, parcel: Parcel | None, window: Window) -> list[Fact]:
    """An event as facts; opens and closes the alarms of the story, which is the window's own."""
    vehicle = event.vehicle or (parcel.vehicle if parcel is not None else None) or ""
    open_ = story.alarms.get(event.parcel, ())
    if event.kind == "found":
        story.alarms.pop(event.parcel, None)
        of = dict.fromkeys(alarm.vehicle for alarm in open_) or {vehicle: None}
        return [_fact(event, one, window.to_ms, story, parcel, window) for one in of]
    found: list[Fact] = []
    if event.kind in ALARMS:
        moved = [alarm for alarm in open_ if alarm.kind == event.kind and alarm.vehicle != vehicle]
        for alarm in moved:  # what was said of another vehicle is over
            because = f"It is taken back: {event.because}"
            back = msgspec.structs.replace(event, kind="found", because=because)
            found.append(_fact(back, alarm.vehicle, window.to_ms, story, parcel, window))
        kept = tuple(alarm for alarm in open_ if alarm not in moved)
        story.alarms[event.parcel] = (*kept, Alarm(event.kind, vehicle, event.at_ms))
    return [*found, _fact(event, vehicle, event.at_ms, story, parcel, window)]


def _fact(event: CustodyEvent, vehicle: str, at_ms: int, story: Story, parcel: Parcel | None, window: Window) -> Fact:
    lon, lat = event.lon, event.lat
    if lon is None or lat is None:
        lon, lat = _of_vehicle(f"vehicle:{event.vehicle or vehicle}", story.vehicles)
    return fact(
        event.kind,
        vehicle,
        at_ms,
        window.to_ms,
        place=event.parcel,
        package=event.parcel,
        vehicle_id=event.vehicle,
        planned=parcel.vehicle if parcel is not None else None,
        stop_id=event.stop,
        lon=lon,
        lat=lat,
        p=round(event.p, 4),
        noticed_at=rfc3339(instant(event.noticed_at_ms)),
        because=event.because,
        evidence=dict(event.evidence),
    )
