"""What a halt is called: the nearest stop, by the route's order, or nothing with a name."""

from hypothesis import given
from hypothesis import strategies as st

from server.domain.custody import Parcel, Plan, Route, Stop
from server.domain.custody.planned import indexed, names
from tests.server.domain.custody.morning import LAT, LON, east

A, B = Stop(id="A", lon=LON, lat=LAT, radius_m=25.0), Stop(id="B", lon=east(40.0), lat=LAT, radius_m=25.0)
KNOWN = indexed(
    Plan(parcels=(Parcel(id="p", tag="t", vehicle="v", stop=A),), routes=(Route(vehicle="v", stops=(A, B)),))
)


@given(
    near=st.lists(
        st.tuples(st.sampled_from("ABCDEF"), st.floats(0, 90), st.floats(5, 60), st.sampled_from([0.1, 0.3, 1.0])),
        max_size=5,
        unique_by=lambda one: one[0],
    ),
    planned=st.sampled_from(["A", "Z", None]),
)
def test_the_names_of_a_halt_add_up_to_one(near: list[tuple[str, float, float, float]], planned: str | None) -> None:
    """Whatever is near."""
    found = names(tuple(sorted(near, key=lambda one: one[1])), planned)
    assert abs(sum(found.values()) - 1) < 1e-9
    assert min(found.values()) > 0


def at(metres: float, served: tuple[str, ...] = ()) -> dict[str, float]:
    x, y = KNOWN.metres(east(metres), LAT)
    return names(KNOWN.stops_near(x, y, "v", served), None)


def test_between_two_adjacent_stops_the_route_decides() -> None:
    """The first halt is for the first, the second for the other."""
    assert at(20.0)["A"] > 0.7
    assert at(20.0, ("A",))["B"] > 0.8


def test_a_halt_beyond_every_stop_has_no_name() -> None:
    """A kiosk is no stop."""
    assert at(400.0) == {"unknown": 1.0}
    assert at(0.0)["A"] > 0.95
