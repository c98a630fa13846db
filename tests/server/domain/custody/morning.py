"""A small morning by hand: one depot, vans, parcels that are heard; every window is told in full."""

from collections.abc import Callable, Mapping
from math import cos, radians

from server.domain.custody import (
    WINDOW_MS,
    Fix,
    Health,
    Heard,
    Parcel,
    Plan,
    Route,
    Site,
    State,
    Step,
    Stop,
    Window,
    fresh,
    step,
)

LON, LAT = 24.9, 60.1
STOP = Stop(id="S1", lon=LON + 0.05, lat=LAT, radius_m=30.0)
NEXT = Stop(id="S2", lon=LON + 0.1, lat=LAT, radius_m=30.0)
Levels = Mapping[tuple[str, str], float]
"""Of scanner and tag, dBm; a pair that is not there is silent."""


def plan(*tags: str, vehicle: str = "v1") -> Plan:
    """Parcels p-TAG with a tag each, for the first stop."""
    parcels = tuple(Parcel(id=f"p-{tag}", tag=tag, vehicle=vehicle, site="depot", stop=STOP) for tag in tags)
    return Plan(
        sites=(Site(id="depot", lon=LON, lat=LAT, radius_m=60.0),),
        parcels=parcels,
        routes=(Route(vehicle="v1", stops=(STOP, NEXT)), Route(vehicle="v2", stops=())),
    )


def east(metres: float) -> float:
    return LON + metres / (111_320 * cos(radians(LAT)))


def window(
    nth: int, levels: Levels, at_m: Mapping[str, tuple[float, float]], healthy: Mapping[str, bool] | None = None
) -> Window:
    """The nth window; `at_m` has metres east of the depot and speed of each van at its end."""
    to_ms = nth * WINDOW_MS
    fixes = []
    for name, (metres, speed) in at_m.items():
        for back in range(9, -1, -3):
            wander = 1e-6 * ((nth + back // 3) % 4)
            fixes.append(
                Fix(
                    at_ms=to_ms - back * 1000, vehicle=name, lon=east(metres - back * speed) + wander, lat=LAT,
                    speed_mps=speed or 0.1 + wander * 1000, accuracy_m=3.0,
                )
            )  # fmt: skip
    return Window(
        from_ms=to_ms - WINDOW_MS,
        to_ms=to_ms,
        fixes=tuple(fixes),
        sightings=tuple(
            Heard(to_ms=to_ms, from_ms=to_ms - WINDOW_MS, scanner=scanner, tag=tag, count=5, rssi_max_dbm=dbm + 4, rssi_mean_dbm=dbm)
            for (scanner, tag), dbm in levels.items()
        ),
        scanners=tuple(
            Health(to_ms=to_ms, from_ms=to_ms - WINDOW_MS, scanner=name, healthy=well)
            for name, well in (healthy if healthy is not None else dict.fromkeys(at_m, True)).items()
        ),
    )  # fmt: skip


def told(
    known: Plan, windows: list[Window], state: State | None = None, see: Callable[[Step], None] | None = None
) -> Step:
    """The last step; `see` is shown each."""
    done = None
    now = state or fresh()
    for one in windows:
        done = step(now, known, one)
        now = done.state
        if see:
            see(done)
    assert done is not None
    return done


def departure(
    levels_at: Callable[[int], Levels], *, windows: int = 40, leaves: int = 20, **more: object
) -> list[Window]:
    """v1 stands at the dock, then drives away at 8 m/s; v2 stays."""
    return [
        window(
            nth,
            levels_at(nth),
            {"v1": (max(0, nth - leaves) * 80.0, 8.0 if nth > leaves else 0.0), "v2": (4.0, 0.0)},
            **more,
        )  # type: ignore[arg-type]
        for nth in range(1, windows + 1)
    ]
