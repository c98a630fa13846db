"""The truth of a world as lines: where each parcel is, what happened, which world it is.

`{"kind":"whereabouts","parcel","from","to","places":[...]}` spans are half-open and leave no gap; any of the places is
right. `{"kind":"happened","event","parcel","vehicle","stop","at","until","audible","brief"}`: to be of use it must be
noticed at or before `until`. `{"kind":"world","name","seed","ordinary"}`. Times become milliseconds since 1970, UTC.
"""

from bisect import bisect_right
from collections.abc import Iterable

import msgspec

from milepost.custody.lines import instant_ms


class TruthError(Exception):
    """A truth that cannot be read; the message says which line, and what it lacks."""


class WhereaboutsLine(msgspec.Struct, kw_only=True, frozen=True, tag_field="kind", tag="whereabouts"):
    """Where a parcel is."""

    parcel: str
    from_: str = msgspec.field(name="from")
    to: str
    places: list[str]


class HappenedLine(msgspec.Struct, kw_only=True, frozen=True, tag_field="kind", tag="happened"):
    """What should be noticed."""

    event: str
    parcel: str
    vehicle: str | None = None
    stop: str | None = None
    at: str
    until: str
    audible: bool = True
    brief: bool = False


class WorldLine(msgspec.Struct, kw_only=True, frozen=True, tag_field="kind", tag="world"):
    """Which world."""

    name: str
    seed: int = 0
    ordinary: bool = True


class Happened(msgspec.Struct, kw_only=True, frozen=True):
    """What should be noticed. `brief`: it was put right before it mattered, and need not be noticed."""

    event: str
    parcel: str
    vehicle: str | None
    stop: str | None
    at_ms: int
    until_ms: int
    audible: bool
    brief: bool


class Truth(msgspec.Struct, kw_only=True, frozen=True):
    """A whole truth."""

    name: str
    ordinary: bool
    begins: dict[str, list[int]]
    spans: dict[str, list[tuple[int, frozenset[str]]]]
    """Of each parcel, in order: until when, and the places that are right; `begins` has when each begins."""
    happened: list[Happened]

    def places(self, parcel: str, at_ms: int) -> frozenset[str] | None:
        """What is right at that moment; None outside of what is known."""
        nth = bisect_right(self.begins.get(parcel, []), at_ms) - 1
        if nth < 0:
            return None
        until_ms, places = self.spans[parcel][nth]
        return places if at_ms < until_ms else None


def read_truth(rows: Iterable[bytes]) -> Truth:
    """Lines in any order; raises TruthError."""
    decoder = msgspec.json.Decoder(WhereaboutsLine | HappenedLine | WorldLine)
    world, happened = WorldLine(name="unnamed"), []
    spans: dict[str, list[tuple[int, int, frozenset[str]]]] = {}
    for number, row in enumerate(rows, start=1):
        if not row.strip():
            continue
        try:
            line = decoder.decode(row)
            if isinstance(line, WorldLine):
                world = line
            elif isinstance(line, HappenedLine):
                happened.append(_happened(line))
            else:
                span = (instant_ms(line.from_), instant_ms(line.to), frozenset(line.places))
                spans.setdefault(line.parcel, []).append(span)
        except (msgspec.MsgspecError, ValueError) as error:
            raise TruthError(f"Line {number} of the truth: {error}") from None
    if not spans:
        raise TruthError("The truth has no line of the kind whereabouts; is it the right file?")
    for one in spans.values():
        one.sort(key=lambda span: span[:2])
    return Truth(
        name=world.name,
        ordinary=world.ordinary,
        begins={parcel: [begin for begin, _, _ in one] for parcel, one in spans.items()},
        spans={parcel: [(end, places) for _, end, places in one] for parcel, one in spans.items()},
        happened=happened,
    )


def _happened(line: HappenedLine) -> Happened:
    told = {key: value for key, value in msgspec.structs.asdict(line).items() if key not in {"at", "until"}}
    return Happened(**told, at_ms=instant_ms(line.at), until_ms=instant_ms(line.until))
