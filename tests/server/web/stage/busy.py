"""A busy afternoon of alerts, for pictures and for whoever tries the inbox by hand."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tests.server.web.stage.alerts import ME, Alert, an_alert
from tests.server.web.stage.facts import a_fact
from tests.server.web.stage.fences import a_circle, an_area, keep
from tests.server.web.stage.loads import neighbours, wrong_one
from tests.server.web.stage.notify import some_channels
from tests.server.web.stage.parcels import make_parcels
from tests.server.web.vans import Van, instant

if TYPE_CHECKING:
    from tests.server.web.stage.running import Stage

STREET = "Hämeentie–Sörnäisten rantatie–Kulosaarentie"
"""A name of more than 40 letters: nothing may break, and the end may be cut."""


def make_busy(stage: Stage) -> None:
    """Four that need somebody, others that were taken, snoozed and closed, and a storm."""
    vans = {van.id: van for van in stage.vans}
    stage.alerts = [_with_place(alert, vans) for alert in [*_open(), *_quiet(), *_closed(), *_storm()]]
    for fence in _fences():
        keep(stage, fence)
    stage.open_visits = [
        {"fence": "ruoholahti", "vehicle": f"van-{number}", "entered_at": instant(time.time() - 900)}
        for number in (3, 5)
    ]
    stage.loads = [wrong_one(), *neighbours()]
    make_parcels(stage)
    stage.channels = some_channels()
    stage.subscriptions[ME] = {
        "routes": [{"rules": None, "severities": ["critical", "warning"], "channels": ["ops-mail"]}],
        "quiet": {"from": "22:00", "to": "06:00", "critical_anyway": True},
        "digest": ["07:30", "15:00"],
        "time_zone": "Europe/Helsinki",
    }
    comment = {"who": "aino.virtanen", "what": "commented", "says": "Wrote", "to": None, "until": None}
    words = "Called the driver: the gate was open, he drove round the block."
    stage.alert_history["alert-3"] = [{"at": instant(time.time() - 300), "text": words, **comment}]
    stage.deliveries = [
        _told("alert-1", "sent", None),
        _told("alert-2", "failed", "The receiver answered 500 five times."),
    ]


def _fences() -> list[dict[str, Any]]:
    """A depot, a market place, a street for walkers, a school with a long name."""
    walk = {"type": "LineString", "coordinates": [[24.940, 60.1715], [24.9465, 60.1705], [24.950, 60.1712]]}
    return [
        an_area(
            "ruoholahti", "Ruoholahti depot", 24.936, 60.1655, 24.9405, 60.1675,
            site=True, dwell_s=300.0, hours="Mon-Fri 06:00-18:00", time_zone="Europe/Helsinki",
        ),
        a_circle("tori", "Kauppatori", lon=24.9475, lat=60.1688, radius_m=110.0),
        {
            "type": "Feature", "id": "walk", "geometry": walk,
            "properties": {"name": "Kävelykatu", "width_m": 40.0, "hours": "Mon-Sat 07:00-11:00", "speed_limit_kmh": 20.0},
        },
        an_area("school", f"{STREET}, koulun piha", 24.934, 60.1706, 24.938, 60.1722, vehicles=["van-1", "van-2"]),
    ]  # fmt: skip


def _open() -> list[Alert]:
    return [
        an_alert(
            1, ago_s=100, severity="critical", vehicle="van-12", vehicle_name="Van 12",
            title="Van 12 left Ruoholahti depot", rule_name="Left the depot at night",
            because="It left by the south gate after 34 min inside; nothing is planned before 05:00.",
            facts=[a_fact("fence_left", "van-12", time.time() - 100, fence="ruoholahti", duration_s=2050.0)],
        ),
        an_alert(
            2, ago_s=560, severity="critical", vehicle="van-18", vehicle_name="Van 18", kind="tamper", fence=None,
            title="Somebody opened the gateway of Van 18", rule="tamper", rule_name="Somebody opened a gateway",
            because="Its cover was opened while the van stood still.",
            facts=[a_fact("tamper", "van-18", time.time() - 560, detail="cover")],
        ),
        an_alert(
            3, ago_s=190, vehicle="van-7", vehicle_name="Van 7", kind="speeding_started", fence=None,
            title=f"Van 7 drives faster than the limit on {STREET}", rule="speeding", rule_name="Faster than the limit",
            because="73 km/h for 40 s where 50 km/h is the limit of the van.", late=True,
            raised_at=instant(time.time() - 190 + 150),
            facts=[a_fact("speeding_started", "van-7", time.time() - 190, limit_mps=13.9)],
        ),
        an_alert(
            4, ago_s=400, vehicle="van-22", vehicle_name="Van 22", kind="gateway_silent", fence=None,
            title="Van 22 silent for 6 min", rule="gateway-silent", rule_name="A gateway is silent",
            because="Its gateway was heard last at its usual place; it reports every second.",
            facts=[a_fact("gateway_silent", "van-22", time.time() - 400, gateway="gw-0022", last_seen_at=instant(time.time() - 400))],
        ),
    ]  # fmt: skip


def _quiet() -> list[Alert]:
    taken = {"state": "acknowledged", "acknowledged_by": ME, "acknowledged_at": instant(time.time() - 1500)}
    return [
        an_alert(
            5, ago_s=1800, vehicle="van-2", vehicle_name="Van 2", kind="dwell_reached", title="Van 2 waits at Töölö dock",
            because="It has been inside for 45 min; 30 min is the rule.", rule_name="Waits too long", **taken,
        ),
        an_alert(
            6, ago_s=5400, vehicle="van-9", vehicle_name="Van 9", kind="battery_low", severity="info", fence=None,
            title="The battery of Van 9 is low", because="11.4 V while the engine was off.", state="snoozed",
            snoozed_until=instant(time.time() + 3600), rule_name="A battery is low",
        ),
    ]  # fmt: skip


def _closed() -> list[Alert]:
    def over(ago_s: float, by: str) -> dict[str, Any]:
        return {"state": "closed", "closed_at": instant(time.time() - ago_s), "closed_by": by}

    return [
        an_alert(7, ago_s=7200, vehicle="van-5", vehicle_name="Van 5", kind="receiver_lost", fence=None,
                 title="Van 5 lost its receiver", because="No fix for 4 min while the van was moving.", **over(6900, "rule")),
        an_alert(8, ago_s=93600, vehicle="van-1", vehicle_name="Van 1", title="Van 1 left Ruoholahti depot",
                 because="It left after 8 h inside.", **over(93000, "late data")),
        an_alert(9, ago_s=180000, vehicle="van-4", vehicle_name="Van 4", title="Van 4 left Ruoholahti depot",
                 because="It left after 8 h inside.", **over(179000, "aino.virtanen")),
    ]  # fmt: skip


def _storm() -> list[Alert]:
    ids = [f"alert-{number}" for number in range(20, 26)]
    kind = {"kind": "gateway_silent", "fence": None, "rule": "gateway-silent", "rule_name": "A gateway is silent"}
    storm = an_alert(
        10, ago_s=2400, vehicle=None, vehicle_name=None, title=f"{len(ids)} gateways silent since 14:02: broker?",
        because="All within 40 s: look at the broker first.", count=len(ids), members=ids, **kind,
    )  # fmt: skip
    members = [
        an_alert(20 + i, ago_s=2400 - 6 * i, vehicle=f"van-{10 + i}", vehicle_name=f"Van {10 + i}",
                 title=f"Van {10 + i} is silent", because="Its gateway has said nothing for 2 min.",
                 folded_into="alert-10", **kind)
        for i in range(len(ids))
    ]  # fmt: skip
    return [storm, *members]


def _told(alert: str, state: str, error: str | None) -> dict[str, Any]:
    at = instant(time.time() - 90)
    return {
        "id": f"told-{alert}", "alert": alert, "channel": "ops-mail", "channel_name": "Operations", "about": "opened",
        "users": [ME, "aino.virtanen"], "state": state, "digest": False, "message_id": None, "created_at": at,
        "due_at": at, "attempts": 1, "tried_at": at, "sent_at": at if state == "sent" else None, "error": error,
        "subject": "Act now",
    }  # fmt: skip


def _with_place(alert: Alert, vans: dict[str, Van]) -> Alert:
    van = vans.get(alert["vehicle"] or "")
    if van is None:
        return alert
    fix = van.fix(time.time())
    return {**alert, "lon": fix["lon"], "lat": fix["lat"]}
