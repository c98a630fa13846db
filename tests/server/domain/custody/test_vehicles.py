"""Halts: none by a receiver that is stuck, one by a receiver that holds its place at rest."""

import msgspec

from server.domain.custody import Fix, Route, Window
from server.domain.custody.planned import indexed
from server.domain.custody.vehicles import Seen, Vehicle, moved
from tests.server.domain.custody.morning import LAT, STOP, east, plan, window

KNOWN = indexed(plan("t1"))


def seen(windows: list[Window]) -> Vehicle:
    now = Seen(vehicles={}, spots={}, next_spot=0)
    for one in windows:
        now = moved(now, KNOWN, one, ["v1"])
    return now.vehicles["v1"]


def drive(windows: int) -> list[Window]:
    return [window(nth, {}, {"v1": (2_000 + nth * 100.0, 10.0)}) for nth in range(1, windows + 1)]


def held(nth: int, speed_mps: float) -> Window:
    """The same fix, again and again."""
    fixes = tuple(
        Fix(at_ms=(nth - 1) * 10_000 + s * 1000, vehicle="v1", lon=east(2_600), lat=LAT, speed_mps=speed_mps, accuracy_m=3.0)
        for s in range(1, 11)
    )  # fmt: skip
    return Window(from_ms=(nth - 1) * 10_000, to_ms=nth * 10_000, fixes=fixes)


def test_a_receiver_that_is_stuck_places_no_halt() -> None:
    """It says 0.1 m/s to the last digit, for half a minute, while the van drives."""
    stuck = seen([*drive(6), held(7, 0.1), held(8, 0.1), held(9, 0.1)])
    assert not stuck.standing
    assert not stuck.fresh
    assert not stuck.placed


def test_a_receiver_that_holds_its_place_at_rest_stands() -> None:
    """Its speed is zero."""
    assert seen([*drive(6), held(7, 0.0), held(8, 0.0)]).standing


def test_a_stop_in_the_neighbourhood_of_a_site_is_a_stop() -> None:
    """A depot's circle may be wide; who comes from a round and halts at a customer's door in it is there."""
    wide = plan("t1")
    near = msgspec.structs.replace(STOP, lon=east(150.0))
    wide = msgspec.structs.replace(
        wide,
        sites=(msgspec.structs.replace(wide.sites[0], radius_m=400.0),),
        parcels=(msgspec.structs.replace(wide.parcels[0], stop=near),),
        routes=(),
    )
    now = Seen(vehicles={}, spots={}, next_spot=0)
    ways = [
        *[(0.0, 0.0)] * 3,
        *[(100.0 * n, 10.0) for n in range(1, 30)],
        *[(3_000.0 - 100 * n, 10.0) for n in range(1, 28)],
    ]
    for nth, way in enumerate([*ways, *[(150.0, 0.0)] * 4], start=1):
        now = moved(now, indexed(wide), window(nth, {}, {"v1": way}), ["v1"])
    vehicle = now.vehicles["v1"]
    assert vehicle.standing
    assert now.spots[vehicle.spot].site is None


def test_the_next_stop_of_the_round_may_lie_by_the_depot() -> None:
    """The van parks 20 m beyond its circle, for there is no place nearer; that is no dock."""
    wide = plan("t1")
    first = msgspec.structs.replace(STOP, id="S0", lon=east(2_000.0))
    near = msgspec.structs.replace(STOP, lon=east(200.0))
    wide = msgspec.structs.replace(
        wide,
        sites=(msgspec.structs.replace(wide.sites[0], radius_m=400.0),),
        parcels=(msgspec.structs.replace(wide.parcels[0], stop=near),),
        routes=(Route(vehicle="v1", stops=(first, near)),),
    )
    now = Seen(vehicles={}, spots={}, next_spot=0)
    ways = [
        *[(0.0, 0.0)] * 3,
        *[(100.0 * n, 10.0) for n in range(1, 21)],
        *[(2_000.0, 0.0)] * 4,
        *[(2_000.0 - 100 * n, 10.0) for n in range(1, 18)],
        *[(250.0, 0.0)] * 30,
    ]
    for nth, way in enumerate(ways, start=1):
        now = moved(now, indexed(wide), window(nth, {}, {"v1": way}), ["v1"])
    vehicle = now.vehicles["v1"]
    assert vehicle.standing
    assert vehicle.served == ("S0",)
    assert now.spots[vehicle.spot].site is None
