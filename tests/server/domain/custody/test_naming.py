"""Which stop a halt was for: by what else went out there, and what stayed aboard."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.custody import Parcel, Plan, Route, Stop
from server.domain.custody.geometry import AWAY
from server.domain.custody.naming import Halts, halts
from server.domain.custody.planned import indexed
from server.domain.custody.vehicles import Seen, Spot, Vehicle
from tests.server.domain.custody.morning import LAT, LON, east

A, B = Stop(id="A", lon=LON, lat=LAT, radius_m=25.0), Stop(id="B", lon=east(50.0), lat=LAT, radius_m=25.0)
FOR = ("A", "A", "A", "B", "B", "B")
PLAN = Plan(
    parcels=tuple(
        Parcel(id=f"p{n}", tag=f"t{n}", vehicle="v", stop=A if stop == "A" else B) for n, stop in enumerate(FOR)
    ),
    routes=(Route(vehicle="v", stops=(A, B)),),
)
KNOWN = indexed(PLAN)
SPOT = 7


def seen(metres: float) -> Seen:
    """The van has halted so far east of A, and drives now."""
    x, y = KNOWN.metres(east(metres), LAT)
    spot = Spot(id=SPOT, x=x, y=y, vehicle="v", near=KNOWN.stops_near(x, y, "v", ()))
    return Seen(vehicles={"v": Vehicle(spot=SPOT)}, spots={SPOT: spot}, next_spot=SPOT + 1)


def asked(metres: float, out: list[float]) -> Halts:
    """`out` is how likely each parcel went out at that halt; else it is aboard."""
    shares = [{AWAY + SPOT: p, 0: 1 - p} for p in out]
    return halts(shares, [f"p{n}" for n in range(len(out))], {"v": 0}, KNOWN, seen(metres))


def test_what_goes_out_with_the_others_of_a_stop_is_there() -> None:
    """The halt is half way between both; all for A went out, and of B only this one."""
    found = asked(25.0, [1.0, 1.0, 1.0, 0.0, 0.0, 1.0])
    assert found.names(5, found.seen.spots[SPOT], 1.0)["A"] > 0.9
    assert found.names(0, found.seen.spots[SPOT], 1.0)["A"] > 0.99


def test_who_has_no_company_is_where_the_plan_says() -> None:
    """Nothing else went out."""
    found = asked(25.0, [0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    assert found.names(5, found.seen.spots[SPOT], 1.0)["B"] > 0.5


def test_a_halt_that_goes_on_says_nothing_yet() -> None:
    """The rest may still be carried out."""
    standing = seen(25.0)
    standing.vehicles["v"] = msgspec.structs.replace(standing.vehicles["v"], standing=True)
    assert not halts([{0: 1.0}] * 6, [f"p{n}" for n in range(6)], {"v": 0}, KNOWN, standing).said


@given(metres=st.floats(-40, 90), out=st.lists(st.floats(0, 1), min_size=6, max_size=6), row=st.integers(0, 5))
def test_names_add_up_to_one_whatever_the_others_do(metres: float, out: list[float], row: int) -> None:
    """And none is impossible."""
    found = asked(metres, out)
    names = found.names(row, found.seen.spots[SPOT], out[row])
    assert sum(names.values()) == pytest.approx(1)
    assert min(names.values()) > 0


@given(one=st.floats(0, 1), more=st.floats(0, 1))
def test_the_more_of_a_stop_went_out_the_likelier_it_was_for_it(one: float, more: float) -> None:
    """Said of a parcel of the other stop."""
    low, high = sorted((one, more))
    less, yes = (asked(25.0, [p, p, p, 0.0, 0.0, 1.0]) for p in (low, high))
    assert less.names(5, less.seen.spots[SPOT], 1.0)["A"] <= yes.names(5, yes.seen.spots[SPOT], 1.0)["A"] + 1e-9
