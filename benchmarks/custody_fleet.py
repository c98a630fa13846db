"""What a window of custody costs for a fleet: processor time a parcel, against that of three vans in the same run.

`python -m benchmarks.custody_fleet [--vans 3 30 100 300] [--windows 12]`: each van has 40 parcels on its round and
hears them; three share a dock, the docks are 5 km apart. A window is 10 s: what takes longer does not keep up.
"""

import argparse
import time
from collections.abc import Iterator

from server.domain.custody import WINDOW_MS, Fix, Health, Heard, Parcel, Plan, Route, Site, Stop, Window, fresh, step

PARCELS = 40
AT_A_DOCK = 3


def plan(vans: int) -> Plan:
    """Docks in a row, and ten stops a round."""
    sites = tuple(Site(id=f"d{n}", lon=24.0 + 0.09 * n, lat=60.2, radius_m=80.0) for n in range(-(-vans // AT_A_DOCK)))
    routes, parcels = [], []
    for van in range(vans):
        site = sites[van // AT_A_DOCK]
        stops = tuple(
            Stop(id=f"s{van}-{n}", lon=site.lon + 0.002 * n, lat=60.21 + 0.001 * (van % 3), radius_m=30.0)
            for n in range(10)
        )
        routes.append(Route(vehicle=f"v{van}", stops=stops))
        parcels += [
            Parcel(id=f"p{van}-{n}", tag=f"t{van}-{n}", vehicle=f"v{van}", site=site.id, stop=stops[n % 10])
            for n in range(PARCELS)
        ]
    return Plan(sites=sites, parcels=tuple(parcels), routes=tuple(routes))


def windows(known: Plan, count: int) -> Iterator[Window]:
    """All stand at their docks, then drive."""
    for nth in range(1, count + 1):
        to_ms = nth * WINDOW_MS
        driven = max(0, nth - count // 2) * 80.0
        fixes = tuple(
            Fix(
                at_ms=to_ms - back * 1000,
                vehicle=route.vehicle,
                lon=24.0 + 0.09 * (van // AT_A_DOCK) + 5e-5 * (van % AT_A_DOCK),
                lat=60.2 + max(0.0, driven - back * 8) / 111_320,
                speed_mps=8.0 if driven else 0.1,
                accuracy_m=3.0,
            )
            for van, route in enumerate(known.routes)
            for back in (6, 3, 0)
        )
        heard = tuple(
            Heard(
                to_ms=to_ms, from_ms=to_ms - WINDOW_MS, scanner=parcel.vehicle or "", tag=parcel.tag or "", count=4,
                rssi_max_dbm=-62.0, rssi_mean_dbm=-66.0 - nth % 3,
            )
            for parcel in known.parcels
        )  # fmt: skip
        health = tuple(
            Health(to_ms=to_ms, from_ms=to_ms - WINDOW_MS, scanner=route.vehicle, healthy=True)
            for route in known.routes
        )
        yield Window(from_ms=to_ms - WINDOW_MS, to_ms=to_ms, fixes=fixes, sightings=heard, scanners=health)


def cost(vans: int, count: int) -> float:
    """Seconds of processor a window; the first two make the tables."""
    known = plan(vans)
    made = list(windows(known, count))
    state = fresh()
    for window in made[:2]:
        state = step(state, known, window).state
    began = time.process_time()
    for window in made[2:]:
        state = step(state, known, window).state
    return (time.process_time() - began) / (count - 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vans", type=int, nargs="+", default=[3, 30, 100, 300])
    parser.add_argument("--windows", type=int, default=12)
    options = parser.parse_args()
    first = None
    for vans in options.vans:
        window_s = cost(vans, options.windows)
        parcel_us = window_s / (vans * PARCELS) * 1e6
        first = first or parcel_us
        share = window_s / (WINDOW_MS / 1000)
        print(
            f"{vans:>6} vans, {vans * PARCELS:>7,} parcels: {window_s * 1000:>8.1f} ms a window"
            f" ({share:.1%} of a core), {parcel_us:>6.0f} us a parcel ({parcel_us / first:.2f} x)"
        )


if __name__ == "__main__":
    main()
