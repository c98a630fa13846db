"""Facts: what is said to have happened, and how a new set of them differs from the one that stood. Pure.

An id follows from what a fact says (kind, vehicle, place, event time), so saying it twice says it once.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a vehicle at an instant. `decided_ms`: event time of the item that settled it."""

    id: str
    kind: str
    vehicle: str
    at_ms: int
    decided_ms: int
    fence: str | None = None
    body: dict[str, Any] = {}


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What late data, or simply more data, makes of the facts that stood."""

    added: list[Fact] = []
    changed: list[Fact] = []
    """The same fact (kind, place, time) says something else now."""
    withdrawn: list[Fact] = []
    moved: dict[str, str] = {}
    """Added facts that stand in the place of a withdrawn one: new id to old id."""
    late: bool = False
    """Whether data that came out of order made them."""

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.added or self.changed or self.withdrawn)


def merged(changes: Iterable[Changes]) -> Changes:
    """All of them as one."""
    every = list(changes)
    return Changes(
        added=[one for change in every for one in change.added],
        changed=[one for change in every for one in change.changed],
        withdrawn=[one for change in every for one in change.withdrawn],
        moved={new: old for change in every for new, old in change.moved.items()},
        late=any(change.late for change in every),
    )


def fact(kind: str, vehicle: str, at_ms: int, decided_ms: int, *, place: str = "", fence: str | None = None,
         **body: Any) -> Fact:  # fmt: skip
    """A fact with the id that follows from it; `place` tells apart what happens at one instant, besides the fence."""
    said = f"{kind}|{vehicle}|{fence or ''}|{place}|{at_ms}"
    digest = hashlib.blake2b(said.encode(), digest_size=15).digest()
    return Fact(
        id=base64.b32encode(digest).decode().lower(),
        kind=kind,
        vehicle=vehicle,
        at_ms=at_ms,
        decided_ms=decided_ms,
        fence=fence,
        body=body,
    )


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """By event time; what happens at one instant by the order of what it means, then by id."""
    return sorted(facts, key=lambda one: (one.at_ms, _RANK.get(one.kind, 50), one.id))


def compare(before: Mapping[str, Fact], after: Iterable[Fact], *, late: bool) -> Changes:
    """How the facts that stood become those that stand now."""
    now = {one.id: one for one in after}
    added = [one for id_, one in now.items() if id_ not in before]
    changed = [one for id_, one in now.items() if id_ in before and _differs(before[id_], one)]
    withdrawn = [one for id_, one in before.items() if id_ not in now]
    return Changes(added=added, changed=changed, withdrawn=withdrawn, moved=_moved(added, withdrawn), late=late)


def _differs(one: Fact, other: Fact) -> bool:
    """Whether people would notice. When it was decided is our own business, but later comparisons need it."""
    return one.body != other.body or one.decided_ms != other.decided_ms


def _moved(added: list[Fact], withdrawn: list[Fact]) -> dict[str, str]:
    """Which added fact is a withdrawn one at another time: the same kind and place, nearest in time, each once."""
    pairs = sorted(
        (abs(new.at_ms - old.at_ms), new.id, old.id)
        for new in added
        for old in withdrawn
        if (new.kind, new.fence) == (old.kind, old.fence) and abs(new.at_ms - old.at_ms) <= MOVED_WITHIN_MS
    )
    moved: dict[str, str] = {}
    for _, new_id, old_id in pairs:
        if new_id not in moved and old_id not in moved.values():
            moved[new_id] = old_id
    return moved


MOVED_WITHIN_MS = 3_600_000
_RANK = {
    kind: rank
    for rank, kind in enumerate(
        ("fix_flagged", "fence_left", "halt_ended", "idling_ended", "ignition_on", "trip_started", "fence_entered",
         "fence_crossed", "speeding_started", "speeding_ended", "trip_ended", "halt_started", "dwell_reached")
    )
}  # fmt: skip
"""At one instant what ends is told before what begins."""
