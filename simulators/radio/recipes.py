"""The named worlds: what may happen in each, as ranges from which a seed draws. Seconds, metres, dB, shares of 1."""

from dataclasses import dataclass, replace
from typing import Literal

Span = tuple[float, float]
Fault = Literal["says", "silent", "lies", "half"]
"""How a scanner is deaf: it says so, says nothing at all, says that it is well, or hears little and says it is well."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """Ranges of one world."""

    about: str
    ordinary: bool = True
    minutes: Span = (95, 145)
    vans: int = 3
    parcels: int = 40
    """Of each van."""
    in_line: float = 0.25
    """How likely the vans stand nose to tail instead of side by side."""
    apart_m: Span = (2.8, 4.6)
    """Side by side, from middle to middle."""
    gate_s: Span = (62, 120)
    """The quickest van needs so long from its start to the gate."""
    shell_db: Span = (5, 15)
    cover_db: float = 15
    """The most that other parcels take from a tag."""
    interval_s: Span = (1, 10)
    sleepy: float = 0.0
    """Share of tags that chirp often only while they move."""
    weak: float = 0.05
    dying: float = 0.008
    dead: float = 0.004
    site_scanner: float = 0.5
    strangers: Span = (6, 45)
    """Parked at the depot."""
    passing: Span = (5, 40)
    wrong: Span = (1, 4)
    """Parcels in the wrong van at its start."""
    behind: Span = (1, 4)
    """Parcels that the start of their van leaves at the depot."""
    detours: float = 0.15
    """Share of parcels that are carried past another van."""
    brief: Span = (0, 4)
    """Parcels put into a wrong van and taken off again."""
    stops: Span = (12, 20)
    adjacent: float = 0.25
    """Share of stops that are a few houses after the one before."""
    swaps: Span = (0, 1)
    refused: Span = (0, 2)
    """Parcels that the driver takes to a door and brings back."""
    forgotten: Span = (0, 2)
    """Parcels that stay aboard at their stop."""
    arrives: float = 0.2
    """How likely a van comes to its berth only shortly before it is loaded."""
    wait_s: Span = (200, 900)
    """From the last parcel to the start."""
    standstill: float = 0.25
    """How likely a van stands for about an hour, at the dock or on its way."""
    breakdown: float = 0.2
    """How likely a van's scanner is broken for about an hour, and says so."""
    faults: tuple[Fault, ...] = ()
    """These happen to scanners besides."""
    twins: Span = (0, 0)
    """Pairs of tags with one id."""
    convoy: bool = False
    taken: float = 0.0
    """How likely somebody carries a parcel off."""
    ragged: bool = False
    """Windows are not aligned, lines come late, places repeat for minutes."""


_ORDINARY = Recipe(about="Loading at the dock, the start, the first stops; a misload or two.")
_HARD = replace(
    _ORDINARY, about="", ordinary=False, gate_s=(28, 45), weak=0.08, dying=0.02, dead=0.01, wait_s=(190, 500)
)

RECIPES: dict[str, Recipe] = {
    "ordinary-morning": _ORDINARY,
    "breakdown": replace(_ORDINARY, about="A scanner is broken for an hour and says so.", breakdown=1.0),
    "standstill": replace(_ORDINARY, about="A loaded van stands for an hour.", standstill=1.0, minutes=(125, 150)),
    "round": replace(
        _ORDINARY, about="Mostly the round: doors, adjacent stops, swaps, refusals, parcels forgotten aboard.",
        minutes=(130, 150), adjacent=0.4, swaps=(1, 2), refused=(1, 4), forgotten=(1, 3), stops=(7, 12),
        standstill=0.05, breakdown=0.05,
    ),
    "busy-dock": replace(
        _ORDINARY, about="Thin walls, narrow places, many carried past other vans or into them and out again.",
        in_line=0.0, apart_m=(2.6, 3.4), shell_db=(5, 8), detours=0.4, brief=(4, 9), strangers=(0, 6), site_scanner=0.2,
    ),
    "deep-stack": replace(
        _ORDINARY, about="Thick walls, slow tags deep in the stack, weak batteries.",
        shell_db=(10, 15), interval_s=(5, 10), weak=0.15,
    ),
    "convoy": replace(_HARD, about="Nose to tail, from the dock through the town.", convoy=True, in_line=1.0),
    "slow-tags": replace(
        _HARD, about="Tags that chirp minutes apart, some only while they stand; 28 s to the gate.",
        interval_s=(20, 240), sleepy=0.3, gate_s=(28, 32),
    ),
    "liar": replace(_HARD, about="Scanners deaf or half deaf that say they are well.", faults=("lies", "half")),
    "deaf": replace(_HARD, about="Scanners fall silent; one says so.", faults=("silent", "silent", "says")),
    "twins": replace(_HARD, about="Ids that are used twice, on parcels and on a stranger's tag.", twins=(3, 8)),
    "ragged": replace(
        _HARD, about="A bit of everything, with stale fixes, late lines and odd windows.",
        interval_s=(1, 60), faults=("silent", "lies"), twins=(0, 2), taken=0.7, ragged=True,
    ),
}  # fmt: skip

NAMES = tuple(RECIPES)
