"""How good statements and events are against a truth: sums that can be added over worlds, and the figures from them.

A statement is right when its place is one of those that are right at its moment. An alarm is right when such a thing
happened to that parcel (in that vehicle, at that stop, and not before it happened); an alarm that is taken back counts
all the same. Noticed means: said by an event of that kind in time, and not taken back before.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from milepost.custody.truths import Happened, Truth
from server.domain.custody import ALARMS

SURE = 0.99
EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.99, 0.999)
"""Lower edges of the reliability diagram's steps."""

EARLY_MS = 30_000
"""An alarm may be said so long before the truth's own moment: a parcel is in a van before it lies there."""

BRIEF_MS = 90_000
"""An alarm about what has just been put right is not false: nobody can know at once."""

MISLOADS = frozenset({"wrong_vehicle", "left_behind"})


class Said(msgspec.Struct, kw_only=True, frozen=True):
    """An event of a filter or of a peer."""

    kind: str
    parcel: str
    vehicle: str | None
    stop: str | None
    noticed_at_ms: int


Statement = tuple[str, int, str, float]
"""Parcel, moment (ms), place, p."""


class Tally(msgspec.Struct, kw_only=True):
    """Sums over one or many worlds."""

    worlds: int = 0
    parcels: int = 0
    statements: int = 0
    right: int = 0
    sure: int = 0
    sure_true: int = 0
    sure_named: int = 0
    squares: float = 0.0
    steps: list[list[int]] = msgspec.field(default_factory=lambda: [[0, 0] for _ in EDGES])
    """Said and true in each step of the reliability diagram."""
    p_sums: list[float] = msgspec.field(default_factory=lambda: [0.0 for _ in EDGES])
    happened: dict[str, int] = {}
    noticed: dict[str, int] = {}
    noticed_late: dict[str, int] = {}
    inaudible: int = 0
    false_alarms: dict[str, int] = {}
    delays_s: list[float] = []
    """Of misloads that were noticed before the gate: since the start, or (wrong vehicle) since it lay there."""

    def add(self, other: "Tally") -> None:
        """Another world's sums."""
        for name in (
            "worlds",
            "parcels",
            "statements",
            "right",
            "sure",
            "sure_true",
            "sure_named",
            "squares",
            "inaudible",
        ):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.steps = [[a + c, b + d] for (a, b), (c, d) in zip(self.steps, other.steps, strict=True)]
        self.p_sums = [a + b for a, b in zip(self.p_sums, other.p_sums, strict=True)]
        self.delays_s = [*self.delays_s, *other.delays_s]
        for name in ("happened", "noticed", "noticed_late", "false_alarms"):
            mine, its = getattr(self, name), getattr(other, name)
            setattr(self, name, {key: mine.get(key, 0) + its.get(key, 0) for key in sorted({*mine, *its})})


def tallied(statements: Iterable[Statement], said: list[Said], truth: Truth) -> Tally:
    """Judge one world."""
    tally = Tally(worlds=1, parcels=len(truth.spans))
    for parcel, at_ms, place, p in statements:
        places = truth.places(parcel, at_ms)
        if places is not None:
            _state(tally, place, p, right=place in places)
    by_parcel: dict[str, list[Said]] = {}
    for one in sorted(said, key=lambda one: one.noticed_at_ms):
        by_parcel.setdefault(one.parcel, []).append(one)
    for happened in truth.happened:
        _look(tally, happened, by_parcel.get(happened.parcel, []))
    mine: dict[str, list[Happened]] = {}
    for happened in truth.happened:
        mine.setdefault(happened.parcel, []).append(happened)
    for one in said:
        if one.kind in ALARMS and one.parcel in truth.spans and not _true(one, mine.get(one.parcel, []), truth):
            tally.false_alarms = _more(tally.false_alarms, one.kind)
    return tally


def figures(tally: Tally) -> dict[str, Any]:
    """What the bars are about, and the sums that say how much they weigh."""
    n = max(1, tally.statements)
    misloads = sum(tally.happened.get(kind, 0) for kind in MISLOADS)
    in_time = sum(tally.noticed.get(kind, 0) for kind in MISLOADS)
    aboard = [
        sum(sums.get(kind, 0) for kind in ("left_aboard", "wrong_stop")) for sums in (tally.happened, tally.noticed)
    ]
    alarms = sum(tally.false_alarms.values())
    delays = sorted(tally.delays_s)
    return {
        "parcels": tally.parcels,
        "statements": tally.statements,
        "wrong": tally.statements - tally.right,
        "sure": tally.sure,
        "sure_true": tally.sure_true,
        "sure_named": tally.sure_named,
        "sure_true_share": round(tally.sure_true / max(1, tally.sure), 5),
        "sure_named_share": round(tally.sure_named / n, 4),
        "brier": round(tally.squares / n, 4),
        "reliability": [
            {
                "p_from": low, "p_to": high, "said": said, "true": true,
                "p_mean": round(total / said, 4) if said else None,
            }
            for low, high, (said, true), total in zip(EDGES, (*EDGES[1:], 1.0), tally.steps, tally.p_sums, strict=True)
        ],
        "misloads": misloads,
        "misloads_noticed_before_gate": in_time,
        "misloads_noticed_late": sum(tally.noticed_late.get(kind, 0) for kind in MISLOADS),
        "misloads_inaudible": tally.inaudible,
        "false_alarms": alarms,
        "false_alarms_by_kind": tally.false_alarms,
        "false_alarms_per_1000": round(1000 * alarms / max(1, tally.parcels), 2),
        "delay_s": {"p50": _at(delays, 0.5), "p90": _at(delays, 0.9)},
        "handed_over": tally.happened.get("handed_over", 0),
        "handed_over_noticed": tally.noticed.get("handed_over", 0),
        "left": aboard[0],
        "left_noticed": aboard[1],
        "happened": tally.happened,
        "noticed": tally.noticed,
    }  # fmt: skip


def _state(tally: Tally, place: str, p: float, *, right: bool) -> None:
    tally.statements += 1
    tally.right += right
    tally.squares += (p - right) ** 2
    step = max(nth for nth, edge in enumerate(EDGES) if p >= edge or nth == 0)
    tally.steps[step][0] += 1
    tally.steps[step][1] += right
    tally.p_sums[step] += p
    if p >= SURE:
        tally.sure += 1
        tally.sure_true += right
        tally.sure_named += place != "unknown"


def _look(tally: Tally, happened: Happened, said: list[Said]) -> None:
    """Whether it was noticed; `said` is about its parcel, in order of time."""
    if happened.brief:
        return
    if happened.event in MISLOADS and not happened.audible:
        tally.inaudible += 1
        return
    kind = happened.event
    tally.happened = _more(tally.happened, kind)
    fitting = [one for one in said if _fits(one, happened)]
    if not fitting:
        return
    first = _standing(fitting, [one for one in said if one.kind == "found"], happened.until_ms)
    if first is None:
        tally.noticed_late = _more(tally.noticed_late, kind)
        return
    tally.noticed = _more(tally.noticed, kind)
    if kind in MISLOADS:
        tally.delays_s = [*tally.delays_s, (first.noticed_at_ms - happened.at_ms) / 1000]


def _standing(fitting: list[Said], found: list[Said], until_ms: int) -> Said | None:
    """The first that is said in time and not taken back before the time is over."""
    for one in fitting:
        back = any(one.noticed_at_ms <= other.noticed_at_ms < until_ms for other in found)
        if one.noticed_at_ms <= until_ms and (one.kind == "handed_over" or not back):
            return one
    return None


def _fits(one: Said, happened: Happened) -> bool:
    """Whether this event says that."""
    if one.kind != happened.event or one.noticed_at_ms < happened.at_ms - EARLY_MS:
        return False
    if one.kind == "wrong_vehicle":
        return one.vehicle == happened.vehicle
    return one.stop is None or happened.stop is None or one.stop == happened.stop or one.kind == "wrong_stop"


def _true(one: Said, happened: list[Happened], truth: Truth) -> bool:
    """Whether an alarm is right."""
    if any(_fits(one, that) and (not that.brief or one.noticed_at_ms <= that.until_ms + BRIEF_MS) for that in happened):
        return True
    places = truth.places(one.parcel, one.noticed_at_ms)
    if one.kind == "missing":
        return places is not None and "unknown" in places
    return one.kind == "wrong_vehicle" and places is not None and f"vehicle:{one.vehicle}" in places


def _more(sums: dict[str, int], key: str) -> dict[str, int]:
    return sums | {key: sums.get(key, 0) + 1}


def _at(values: list[float], share: float) -> float | None:
    return round(values[min(len(values) - 1, int(share * len(values)))], 1) if values else None
