"""Two vans nose to tail, and the scanner of one of them is broken."""

from server.domain.custody import CustodyEvent, Window
from tests.server.domain.custody.morning import plan, told, window

KNOWN = plan("t1", "t2", "t3")
LEAVES = 20


def convoy(*, broken: bool, parts: int = 999) -> list[Window]:
    """v2 follows v1 and hears what is in it, until they part; with `broken` v1 hears nothing and says so."""
    made = []
    for nth in range(1, 61):
        metres = max(0, nth - LEAVES) * 80.0
        speed = 8.0 if nth > LEAVES else 0.0
        behind = metres - 9.0 if nth < parts else metres * 0.5
        levels = {("v2", tag): -66.0 for tag in ("t1", "t2", "t3")}
        levels |= {} if broken else {("v1", tag): -62.0 for tag in ("t1", "t2", "t3")}
        health = {"v1": not broken, "v2": True}
        made.append(window(nth, levels, {"v1": (metres, speed), "v2": (behind, speed)}, health))
    return made


def alarms(windows: list[Window]) -> list[CustodyEvent]:
    found: list[CustodyEvent] = []
    told(KNOWN, windows, see=lambda step: found.extend(step.events))
    return [event for event in found if event.kind == "wrong_vehicle"]


def test_a_van_that_hears_nothing_beside_its_own_parcels_says_nothing_of_them() -> None:
    """Who follows it hears them as if they were inside: nobody can tell them apart."""
    assert not alarms(convoy(broken=True))


def test_when_they_part_it_is_told() -> None:
    """What v2 still hears then is in v2."""
    said = alarms(convoy(broken=True, parts=40))
    assert {(event.parcel, event.vehicle) for event in said} == {(f"p-t{n}", "v2") for n in (1, 2, 3)}
    assert min(event.noticed_at_ms for event in said) >= 40 * 10_000


def test_a_van_that_hears_them_has_them() -> None:
    """The same convoy with two scanners that work."""
    assert not alarms(convoy(broken=False))
