"""Many alerts of one rule at once are one: a storm. Pure.

Five that open within two minutes make a storm; it goes on until two minutes pass without another.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

MOST = 5
WITHIN_MS = 120_000
_RANK = {"critical": 0, "warning": 1, "info": 2}


class Opened(NamedTuple):
    """An alert by when it opened."""

    opened_ms: int
    id: str


class Group(msgspec.Struct, frozen=True):
    """So many members of a storm are in one state."""

    state: str
    severity: str
    count: int
    closed_ms: int | None
    snoozed_ms: int | None


class Together(msgspec.Struct, frozen=True, kw_only=True):
    """What the members of a storm come to."""

    state: str
    severity: str
    count: int
    closed_ms: int | None
    snoozed_ms: int | None


def storm_id(first: str) -> str:
    """The id that follows from its first member."""
    return hashlib.sha256(f"storm|{first}".encode()).hexdigest()[:24]


def storms(alerts: Iterable[Opened]) -> list[tuple[Opened, ...]]:
    """The members of each storm, in the order in which they opened."""
    found: list[tuple[Opened, ...]] = []
    for run in _runs(sorted(alerts)):
        start = _first_dense(run)
        if start is not None:
            found.append(tuple(run[start:]))
    return found


def together(groups: Sequence[Group]) -> Together:
    """A storm's state: open while any member is, closed when all are."""
    of = {state: [group for group in groups if group.state == state] for state in ("open", "acknowledged", "snoozed")}
    state = next((state for state, there in of.items() if there), "closed")
    return Together(
        state=state,
        severity=min((group.severity for group in groups), key=_RANK.__getitem__),
        count=sum(group.count for group in groups),
        closed_ms=max((group.closed_ms or 0 for group in groups), default=0) if state == "closed" else None,
        snoozed_ms=min(group.snoozed_ms or 0 for group in of["snoozed"]) if state == "snoozed" else None,
    )


def _runs(alerts: Sequence[Opened]) -> Iterable[Sequence[Opened]]:
    """Cut where two minutes passed without one."""
    start = 0
    for place in range(1, len(alerts) + 1):
        if place == len(alerts) or alerts[place].opened_ms - alerts[place - 1].opened_ms > WITHIN_MS:
            yield alerts[start:place]
            start = place


def _first_dense(run: Sequence[Opened]) -> int | None:
    """Where the first five within two minutes begin."""
    places = range(len(run) - MOST + 1)
    return next((n for n in places if run[n + MOST - 1].opened_ms - run[n].opened_ms <= WITHIN_MS), None)
