"""One window after the other: `step`."""

import math
from collections.abc import Mapping
from typing import Final

import msgspec
import numpy as np

from server.domain.custody import doors
from server.domain.custody import ears as hearing
from server.domain.custody.arrays import Floats, Numbers
from server.domain.custody.events import Told as Believed
from server.domain.custody.events import events_of
from server.domain.custody.geometry import AWAY, GONE, NONE, Table, table
from server.domain.custody.loading import LATELY, busy, came, came_lately, departed, learned
from server.domain.custody.moves import CARRIED_DB, KEPT, Around, moved
from server.domain.custody.naming import belief, halts
from server.domain.custody.planned import Indexed, first_place, indexed, names
from server.domain.custody.radio import (
    DRIFT_DB,
    FLOOR_DBM,
    LEAST_HEARD,
    STRENGTHS,
    Told,
    strengths_prior,
    updated,
)
from server.domain.custody.serving import served
from server.domain.custody.state import Ears, Hypotheses, State, widened
from server.domain.custody.twins import apart, twins
from server.domain.custody.usual import usual
from server.domain.custody.values import Belief, CustodyEvent, Heard, Plan, Window
from server.domain.custody.vehicles import Seen, Spot
from server.domain.custody.vehicles import moved as moved_vehicles

LOOKS_AT: Final = 6
"""Scanners that count for one parcel: its vehicle, its site, and those that heard it last."""
AT_SITE: Final = 0.975
UNPLANNED: Final = 0.03
"""How likely a halt serves a parcel for which no stop is planned."""
ABOARD: Final = 0.02
DEAD: Final = 3.0
"""One of so many silences, and of those that were heard to end, is a battery's last."""
LEAST_SHARE: Final = 1e-6
"""Of a place that is worth a word."""
MOST_MUTE: Final = 0.999
NEVER_HEARD: Final = 0.008
"""How likely a tag is dead from the start."""
SURE_OF_TWINS: Final = 0.9


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered, what is believed of each parcel with a tag, and what is new."""

    state: State
    beliefs: dict[str, Belief]
    events: list[CustodyEvent]


def fresh() -> State:
    """Nothing was seen yet."""
    return State()


def step(state: State, plan: Plan, window: Window) -> Step:
    """The next window; one without observations still counts."""
    origin = state.origin or first_place(plan) or next(((fix.lon, fix.lat) for fix in sorted(window.fixes)), None)
    known = indexed(plan, origin)
    scanners = _scanners(state.scanners, known, plan, window)
    number = {name: k for k, name in enumerate(scanners)}
    vehicles = [name for name in scanners if name not in known.sites]
    seen = moved_vehicles(
        Seen(vehicles=state.vehicles, spots=state.spots, next_spot=state.next_spot), known, window, vehicles
    )
    heard = _by_tag(window)
    rows = tuple((parcel.id, parcel.tag or "") for parcel in known.parcels.values())
    parcels = [parcel for parcel, _ in rows]
    hypotheses, ears = _arranged(state, rows, known, number, seen)
    ears = _looking(ears, heard, rows, known, number)
    geometry = table(seen, scanners, known)
    own = np.array([number.get(known.parcels[parcel].vehicle or "", -9) for parcel, _ in rows], dtype=np.int64)
    around = _around(ears, rows, own, known, seen, scanners, busy(state.loading, scanners))
    quiet = hearing.silence(window, state.waiting_s, state.longest_ms)
    seconds = np.array([quiet.seconds.get(name, 0.0) for name in scanners])
    floors = hearing.floors(state.floors, window)
    told = hearing.told(ears, heard, [tag for _, tag in rows], number, seconds, _lowest(floors, scanners))
    hypotheses = _decayed(hypotheses, geometry, ears)
    hypotheses = departed(hypotheses, ears, own, _leaving(seen, number, window), window.to_ms)
    hypotheses = served(hypotheses, parcels, known, seen, window)
    hypotheses = moved(hypotheses, geometry, around, window.to_ms)
    hypotheses = _filled(hypotheses, geometry, ears, usual(hypotheses, geometry, ears))
    hypotheses = doors.shifted(hypotheses, _base(hypotheses, geometry, ears), geometry, ears, told)
    deaf = hearing.deaf(ears, told, _likely(hypotheses, ears, told, geometry), len(scanners))
    if deaf:
        told = told._replace(silent_s=np.where(np.isin(ears.scanner, list(deaf)), 0.0, told.silent_s))
    expected = ears.expected * math.exp(-1 / LATELY) + came(hypotheses, window.to_ms)
    hypotheses = _weighed(hypotheses, geometry, ears, told)
    loading = learned(state.loading, scanners, own, geometry, expected, came_lately(hypotheses, window.to_ms))
    ears = msgspec.structs.replace(hearing.learned(ears, told, window.to_ms), expected=expected)
    loud_apart = apart(state.apart, heard, seen)
    twice = twins(rows, loud_apart)
    shares = _shares(hypotheses)
    called = halts(shares, parcels, number, known, seen)
    most = [SURE_OF_TWINS if tag in twice else 0.9999 for _, tag in rows]
    beliefs = {name: belief(shares[row], row, called, scanners, most[row]) for row, name in enumerate(parcels)}
    now = Believed(known, seen, scanners, number, rows, shares, called, hypotheses, ears, twice, window)
    said, events = events_of(state.said, now)
    after = State(
        to_ms=window.to_ms,
        origin=origin,
        vehicles=seen.vehicles,
        spots=_referred(seen, hypotheses),
        next_spot=seen.next_spot,
        scanners=scanners,
        longest_ms=quiet.longest_ms,
        waiting_s=quiet.waiting_s,
        apart=loud_apart,
        rows=rows,
        hypotheses=hypotheses,
        ears=ears,
        said=said,
        floors=floors,
        loading=loading,
    )
    return Step(state=after, beliefs=beliefs, events=events)


def _lowest(floors: Mapping[str, float], scanners: tuple[str, ...]) -> Floats:
    return np.array([floors.get(name, FLOOR_DBM) for name in scanners])


def _by_tag(window: Window) -> dict[str, list[Heard]]:
    found: dict[str, list[Heard]] = {}
    for one in sorted(window.sightings):
        found.setdefault(one.tag, []).append(one)
    return found


def _leaving(seen: Seen, number: dict[str, int], window: Window) -> set[int]:
    """Vehicles that leave their dock in this window."""
    return {
        number[name]
        for name, vehicle in seen.vehicles.items()
        if vehicle.dock is not None and vehicle.dock_left_ms == window.from_ms and vehicle.dock_away_m > 0
    }


def _scanners(before: tuple[str, ...], known: Indexed, plan: Plan, window: Window) -> tuple[str, ...]:
    named = {fix.vehicle for fix in window.fixes} | {one.scanner for one in window.sightings}
    named |= {one.scanner for one in window.scanners} | set(known.sites) | {route.vehicle for route in plan.routes}
    named |= {parcel.vehicle for parcel in known.parcels.values() if parcel.vehicle}
    return before + tuple(sorted(named - set(before)))


def _arranged(
    state: State, rows: tuple[tuple[str, str], ...], known: Indexed, number: dict[str, int], seen: Seen
) -> tuple[Hypotheses, Ears]:
    """The rows of this plan: those that were there, and new ones."""
    columns = min(LOOKS_AT, max(1, len(number)))
    old = {row: place for place, row in enumerate(state.rows)}
    before = (
        (widened(state.hypotheses, columns), widened(state.ears, columns))
        if state.hypotheses is not None and state.ears is not None
        else None
    )
    if before is not None and rows == state.rows:
        return before
    hypotheses = _new(rows, known, number, seen, columns)
    ears_new = hearing.fresh_ears(len(rows), columns)
    kept = [(new, old[row]) for new, row in enumerate(rows) if row in old]
    if before is not None and kept:
        to, of = (np.array(one) for one in zip(*kept, strict=True))
        hypotheses, ears_new = _copied(hypotheses, before[0], to, of), _copied(ears_new, before[1], to, of)
    return hypotheses, ears_new


def _copied[T: (Hypotheses, Ears)](into: T, source: T, to: Numbers, of: Numbers) -> T:
    values = {}
    for name in into.__struct_fields__:
        array = getattr(into, name).copy()
        array[to] = getattr(source, name)[of]
        values[name] = array
    return msgspec.structs.replace(into, **values)


def _new(
    rows: tuple[tuple[str, str], ...], known: Indexed, number: dict[str, int], seen: Seen, columns: int
) -> Hypotheses:
    """Before anything was heard: at its site by the plan, or aboard already."""
    size = len(rows)
    place = np.full((size, KEPT), NONE, dtype=np.int64)
    weight = np.full((size, KEPT), 1e-300)
    main = {spot.site: AWAY + spot.id for spot in seen.spots.values() if spot.site and spot.vehicle is None}
    for row, (parcel, _) in enumerate(rows):
        plan = known.parcels[parcel]
        here = main.get(plan.site or "")
        guesses = [(here, AT_SITE)] if here is not None else []
        guesses.append((GONE, 0.003 if guesses else 0.3))
        if plan.vehicle:
            guesses.append((number[plan.vehicle], ABOARD if here is not None else 0.6))
        others = [k for name, k in number.items() if name != plan.vehicle and name not in known.sites]
        guesses += [(k, 0.002 / len(others)) for k in others[: KEPT - 3]]
        for column, (one, p) in enumerate(guesses):
            place[row, column], weight[row, column] = one, p
    weight /= weight.sum(axis=1, keepdims=True)
    shape = (size, KEPT, len(STRENGTHS), columns)
    return Hypotheses(
        place=place,
        carried=np.zeros((size, KEPT), dtype=bool),
        since=np.zeros((size, KEPT), dtype=np.int64),
        mute=np.full((size, KEPT), NEVER_HEARD),
        logw=np.log(weight)[:, :, None] + strengths_prior(),
        mean=np.zeros(shape),
        var=np.full(shape, np.nan),
    )


def _looking(
    ears: Ears, heard: dict[str, list[Heard]], rows: tuple[tuple[str, str], ...], known: Indexed, number: dict[str, int]
) -> Ears:
    """Each row looks at its vehicle and site, and at whoever hears it; the one that was silent longest gives way."""
    scanner, changed, looked = ears.scanner, False, ears.scanner.tolist()
    heard_ms, level, pending_s, often = ears.heard_ms, ears.level, ears.pending_s, ears.often
    for row, (parcel, tag) in enumerate(rows):
        plan = known.parcels[parcel]
        wanted = [number[name] for name in (plan.vehicle, plan.site) if name in number]
        wanted += [number[one.scanner] for one in heard.get(tag, ())]
        missing = [k for k in dict.fromkeys(wanted) if k not in looked[row]]
        if missing and not changed:
            changed = True
            scanner, heard_ms, level = scanner.copy(), heard_ms.copy(), level.copy()
            pending_s, often = pending_s.copy(), often.copy()
        for k in missing:
            free = np.where(scanner[row] < 0, -1, heard_ms[row] + np.isin(scanner[row], wanted) * 2**50)
            column = int(free.argmin())
            scanner[row, column], heard_ms[row, column], level[row, column] = k, 0, np.nan
            pending_s[row, column], often[row, column] = 0.0, 0.0
    if not changed:
        return ears
    return msgspec.structs.replace(
        ears, scanner=scanner, heard_ms=heard_ms, level=level, pending_s=pending_s, often=often
    )


def _around(
    ears: Ears,
    rows: tuple[tuple[str, str], ...],
    own: Numbers,
    known: Indexed,
    seen: Seen,
    scanners: tuple[str, ...],
    loading: Floats,
) -> Around:
    plans = [known.parcels[parcel] for parcel, _ in rows]
    stops = sorted({plan.stop.id for plan in plans if plan.stop})
    stop = np.array([stops.index(plan.stop.id) if plan.stop else len(stops) for plan in plans], dtype=np.int64)
    by_stop = np.zeros((len(scanners) + 1, len(stops) + 1))
    near_stop = np.zeros_like(by_stop)
    places = {stop.id: nth for nth, stop in enumerate(known.stops)}
    columns = [places[stop] for stop in stops]
    for k, name in enumerate(scanners):
        now = seen.vehicles.get(name)
        spot = seen.spots.get(now.spot) if now is not None and now.standing else None
        if spot is None or spot.site is not None:
            continue
        by_stop[k, -1] = UNPLANNED
        near_stop[k, :-1] = known.adjacent(spot.x, spot.y)[columns]
        for near, *_ in spot.near:
            if near in stops:
                by_stop[k, stops.index(near)] = names(spot.near, near).get(near, 0.0)
    at = ears.scanner, stop[:, None]
    return Around(ears.scanner, ears.scanner == own[:, None], by_stop[at], near_stop[at], loading[ears.scanner])


def _decayed(now: Hypotheses, geometry: Table, ears: Ears) -> Hypotheses:
    """What motion leaves of the levels that were learned."""
    rows = geometry.rows(now.place)
    scanner = np.maximum(ears.scanner, 0)[:, None, :]
    kept = geometry.kept[rows[:, :, None], scanner][:, :, None, :]
    spread = geometry.spread[rows[:, :, None], scanner][:, :, None, :]
    drift = DRIFT_DB**2
    return msgspec.structs.replace(now, mean=now.mean * kept, var=now.var * kept**2 + (1 - kept**2) * spread**2 + drift)


def _filled(now: Hypotheses, geometry: Table, ears: Ears, usual: Floats) -> Hypotheses:
    """Levels of new entries are not known: as is usual there; of what is carried they never are."""
    rows = geometry.rows(now.place)
    scanner = np.maximum(ears.scanner, 0)[:, None, :]
    spread = geometry.spread[rows[:, :, None], scanner][:, :, None, :]
    carried = now.carried[:, :, None, None]
    fresh = np.isnan(now.var)
    return msgspec.structs.replace(
        now,
        mean=np.where(carried, 0.0, np.where(fresh, usual[rows[:, :, None], scanner][:, :, None, :], now.mean)),
        var=np.where(carried, CARRIED_DB**2, np.where(fresh, spread**2, now.var)),
    )


def _base(now: Hypotheses, geometry: Table, ears: Ears) -> Floats:
    rows = geometry.rows(now.place)
    scanner = np.maximum(ears.scanner, 0)[:, None, :]
    base = geometry.base[rows[:, :, None], scanner]
    lower = np.where(now.carried[:, :, None] & (now.place[:, :, None] == scanner), 8.0, 0.0)
    found: Floats = (base - lower)[:, :, None, :]
    return found


def _likely(now: Hypotheses, ears: Ears, told: Told, geometry: Table) -> Floats:
    """How likely each row should be heard by each scanner in this window."""
    weight = np.exp(now.logw).sum(axis=2)
    own = now.place[:, :, None] == np.where(ears.scanner < 0, -9, ears.scanner)[:, None, :]
    inside = (weight[:, :, None] * own).sum(axis=1)
    moving = geometry.moving[np.maximum(ears.scanner, 0)]
    return np.where(moving, inside * np.minimum(1 - np.exp(-told.rate[:, None] * 10), ears.often), ears.often)


def _weighed(now: Hypotheses, geometry: Table, ears: Ears, told: Told) -> Hypotheses:
    """The window's evidence."""
    update = updated(_base(now, geometry, ears), now.mean, now.var, told)
    heard = told.heard.any(axis=1)[:, None, None]
    mute = now.mute[:, :, None]
    silent = np.exp(update.silent)
    like = np.where(
        heard,
        np.log1p(-mute) + update.log + update.silent,
        np.log(np.maximum(mute + (1 - mute) * silent, LEAST_HEARD)),
    )
    logw = now.logw + like
    logw = logw - np.max(logw, axis=(1, 2), keepdims=True)
    logw = logw - np.log(np.exp(logw).sum(axis=(1, 2), keepdims=True))
    share = np.exp(logw - logw.max(axis=2, keepdims=True))
    share = share / share.sum(axis=2, keepdims=True)
    after = np.where(heard[:, :, 0], 0.0, (share * (mute / (mute + (1 - mute) * silent))).sum(axis=2))
    enters = ((ears.gaps + 0.3) / (ears.seconds / 10 + 300))[:, None]
    silent_s = np.where(ears.scanner >= 0, ears.pending_s, np.inf).min(axis=1)  # a gap that lasts may last longer
    silent_s = np.where(np.isinf(silent_s), 0.0, silent_s)  # nobody listens
    leaves = (ears.gaps + 0.5) / ((ears.gap_s + silent_s) / 10 + 20)
    dead = 1 / (ears.gaps + DEAD)
    leaves = leaves * (1 - dead / (dead + (1 - dead) * np.exp(-leaves * silent_s / 10)))
    leaves = np.where(ears.heard_ms.any(axis=1), leaves, 0.0)[:, None]
    after = np.minimum(after * (1 - leaves) + (1 - after) * enters, MOST_MUTE)
    return msgspec.structs.replace(now, mean=update.mean, var=update.var, logw=logw, mute=after)


def _shares(now: Hypotheses) -> list[dict[int, float]]:
    """Of each row, how likely each place number."""
    weight = np.exp(now.logw).sum(axis=2)
    found = []
    for numbers, shares in zip(now.place.tolist(), weight.tolist(), strict=True):
        by_number: dict[int, float] = {}
        for one, share in zip(numbers, shares, strict=True):
            if share > LEAST_SHARE:
                by_number[one] = by_number.get(one, 0.0) + share
        found.append(by_number)
    return found


def _referred(seen: Seen, now: Hypotheses) -> dict[int, Spot]:
    """Spots at which something may lie, or a vehicle stands."""
    used = {int(one) - AWAY for one in np.unique(now.place) if one >= AWAY}
    used |= {visit.spot for one in seen.vehicles.values() for visit in one.visits}
    used |= {vehicle.spot for vehicle in seen.vehicles.values()} | {one.dock_spot for one in seen.vehicles.values()}
    return {number: spot for number, spot in seen.spots.items() if number in used or (spot.site and not spot.vehicle)}
