"""A morning of parcels, for pictures and for whoever tries the pages by hand."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tests.server.web.stage.packages import a_package, a_span, an_event, believed
from tests.server.web.stage.tags import a_tag, a_warm_day
from tests.server.web.vans import instant

if TYPE_CHECKING:
    from tests.server.web.stage.running import Stage

IBEACON = "b9407f30-f5f8-466e-aff9-25556b57fe6d/4"
DEPOT, STREET, STOP = (24.9382, 60.1664), (24.9431, 60.1678), (24.9384, 60.1652)


def make_parcels(stage: Stage) -> None:
    """Some that need somebody, some of which little is known, many that are aboard."""
    stage.packages = [
        a_package("MP-A17K", name="Espresso machine", order_id="SO-4711", reference="340123450000000017",
                  tag_id=f"{IBEACON}/17", custody=believed("vehicle:van-3", 0.995, ago_s=640, alarm="wrong_vehicle")),
        a_package("MP-7F3K", name="Soft bag", tag_id="AA:BB:CC:DD:EE:0F", order_id="SO-4712",
                  custody=believed("stop:r2/s1", 0.97, ago_s=60, alarm="wrong_stop")),
        a_package("MP-2K9D", name="Box of glasses", tag_id=f"{IBEACON}/19", custody=believed("site:ruoholahti", 0.98, alarm="left_behind")),
        a_package("MP-2M8T", tag_id=f"{IBEACON}/20", custody=believed("vehicle:van-2", 0.914)),
        a_package("MP-64QX", tag_id=f"{IBEACON}/21", custody=believed("site:ruoholahti", 0.64)),
        a_package("MP-38QX", tag_id=f"{IBEACON}/22", custody=believed("vehicle:van-2", 0.38)),
        a_package("MP-GONE", tag_id=f"{IBEACON}/23", custody=believed("unknown", 0.93, alarm="missing")),
        a_package("MP-NEW1", name="Vase, Käyttöliittymäsuunnittelijan Müller-Lüdenscheidt", tag_id=f"{IBEACON}/24"),
        a_package("MP-BARE", vehicle_id=None, route_id=None, stop=None, stop_id=None),
        *(a_package(f"MP-{number}", tag_id=f"{IBEACON}/{number}", custody=believed("vehicle:van-2", 0.996)) for number in range(100, 112)),
    ]  # fmt: skip
    stage.custody["MP-A17K"] = {
        "spans": [
            a_span("site:ruoholahti", 9000, 3600, at=DEPOT),
            a_span("vehicle:van-2", 3600, 1500, p=0.93, at=DEPOT),
            a_span("unknown", 1500, 1300, p=0.55),
            a_span("vehicle:van-3", 640, 0, at=STREET),
        ],
        "events": [
            an_event("loaded", 3600, lon=DEPOT[0], lat=DEPOT[1]),
            an_event("wrong_vehicle", 900, standing=False, superseded_by="wrong_vehicle-640", vehicle_id="van-3",
                     because="Loud in van 3 for a minute."),
            an_event("wrong_vehicle", 640, vehicle_id="van-3", lon=STREET[0], lat=STREET[1],
                     because="It moves with Van 3, and Van 2 has not heard it for 9 min."),
        ],
    }  # fmt: skip
    stage.tags = [
        a_tag(f"{IBEACON}/17", package_id="MP-A17K", name="Cold 17",
              limits=[{"quantity": "temperature_c", "min": 2.0, "max": 8.0, "dwell_s": 600.0}]),
        a_tag("AA:BB:CC:DD:EE:0F", package_id="MP-7F3K", battery_percent=9.0, battery_v=2.31, format="df5",
              battery_ends_at=instant(time.time() + 12 * 86_400), battery_says="It ends in about 12 days."),
        a_tag("AA:BB:CC:DD:EE:10", last_heard_at=None, last_heard_by=None, battery_percent=None, battery_v=None,
              battery_at=None, battery_ends_at=None, battery_ends_from=None, battery_ends_to=None, battery_says="Nobody can say yet."),
        *(a_tag(f"{IBEACON}/{number}", package_id=f"MP-{number}") for number in range(100, 112)),
    ]  # fmt: skip
    stage.bindings = [
        {"package_id": "MP-A17K", "tag_id": "AA:BB:CC:DD:EE:10", "from": instant(time.time() - 90_000),
         "until": instant(time.time() - 80_000), "bound_by": "aino.virtanen", "ended_by": "aino.virtanen"},
        {"package_id": "MP-A17K", "tag_id": f"{IBEACON}/17", "from": instant(time.time() - 9500), "until": None,
         "bound_by": "aino.virtanen", "ended_by": None},
    ]  # fmt: skip
    stage.readings = {f"{IBEACON}/17": {"temperature_c": a_warm_day()}}
    stop = {"id": "s1", "name": "Fredrikinkatu 22", "lon": STOP[0], "lat": STOP[1], "radius_m": 40.0}
    stage.routes = [
        {"id": "r2", "vehicle_id": "van-2", "site_id": "ruoholahti", "dock": "3", "driver": "Aino",
         "departs_at": instant(time.time() - 1500), "stops": [stop], "packages": 20},
    ]  # fmt: skip
    stage.truth = a_truth()


def a_score(**more: Any) -> dict[str, Any]:
    """Figures like those of an ordinary world."""
    edges = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0]
    bins = [
        {
            "p_from": low,
            "p_to": high,
            "said": 40 + 9 * number**3,
            "true": round((40 + 9 * number**3) * (low + high) / 2),
        }
        for number, (low, high) in enumerate(pairwise(edges))
    ]
    score: dict[str, Any] = {
        "statements": 86_400, "sure": 76_100, "sure_true": 75_415, "brier": 0.021, "reliability": bins, "misloads": 164,
        "misloads_noticed_before_gate": 163, "false_alarms_per_1000": 0.6, "delay_s": {"p50": 21.0, "p90": 58.0},
        "handed_over": 402, "handed_over_noticed": 396,
    }  # fmt: skip
    return {**score, **more}


def a_truth() -> dict[str, Any]:
    """Three worlds, and what simple rules would have said."""
    worlds = [
        {"name": "docks", "ordinary": True, "parcels": 120, **a_score()},
        {"name": "thin-walls", "ordinary": True, "parcels": 120, **a_score(brier=0.034, sure_true=75_210)},
        {"name": "convoy", "ordinary": False, "parcels": 90, **a_score(brier=0.081, sure_true=74_200, misloads_noticed_before_gate=121)},
    ]  # fmt: skip
    peers = {
        "rssi_threshold": a_score(
            brier=0.19, sure_true=61_000, misloads_noticed_before_gate=71, false_alarms_per_1000=88.0
        ),
        "last_heard": a_score(
            brier=0.34, sure_true=48_000, misloads_noticed_before_gate=40, false_alarms_per_1000=240.0
        ),
    }
    sentence = "When we said aboard, it was so 99.1\u00a0% of the time."
    return {
        "sentence": sentence,
        "worlds": worlds,
        "peers": peers,
        "measured_at": instant(time.time() - 200_000),
        "version": "seeds 1 to 2 of each world",
    }
