"""What has to go when the outbox is full, and in which order. Pure; sizes in bytes.

1. history: rows that the server has;
2. the oldest positions: later ones say more about where the vehicle is, and a hole at the beginning is one hole;
3. the oldest sensor readings, then the oldest sightings;
4. last of all whatever else there is: events and proofs, which happen once.

A kind with a share of its own never waits beyond it, so that no kind can crowd out the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.outbox.rows import Waited

FIRST_TO_GO = ("position", "sensor", "sighting", "scanner")
SPARE = 0.05
"""Room is made for a while, not for one row."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Quotas:
    """`max_bytes` for everything, and for some kinds the most that their waiting rows may take."""

    max_bytes: int
    of_kind: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """So many bytes of the oldest rows: of the history when `kind` is None, else of what waits of this kind."""

    kind: str | None
    bytes: int


def cuts(waiting: Mapping[str, Waited], history: Mapping[str, Waited], quotas: Quotas) -> list[Cut]:
    """What has to go now, in order; empty when everything fits."""
    found = [
        Cut(kind=kind, bytes=waiting[kind].bytes - int(most * (1 - SPARE)))
        for kind, most in quotas.of_kind.items()
        if kind in waiting and waiting[kind].bytes > most
    ]
    taken = {cut.kind: cut.bytes for cut in found}
    kept_history = sum(held.bytes for held in history.values())
    total = sum(held.bytes for held in waiting.values()) + kept_history - sum(taken.values())
    if total <= quotas.max_bytes:
        return found
    excess = total - int(quotas.max_bytes * (1 - SPARE))
    order = (*FIRST_TO_GO, *sorted(kind for kind in waiting if kind not in FIRST_TO_GO))
    for kind, held in ((None, kept_history), *((k, waiting[k].bytes - taken.get(k, 0)) for k in order if k in waiting)):
        if excess > 0 and held > 0:
            found.append(Cut(kind=kind, bytes=min(held, excess)))
            excess -= held
    return found
