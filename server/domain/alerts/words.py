"""What alerts say: title, the one sentence why, and each line of the history, for a tired person. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from typing import Any

import msgspec

from server.domain.alerts.said import clock, kmh, lasted, metres, number, reading, time_of
from server.domain.custody_story import KINDS


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What an alert is about: its first fact, and what people call things."""

    kind: str
    vehicle: str
    fence: str
    at_ms: int
    body: dict[str, Any]
    wait_s: float = 0.0
    package: str = ""
    planned: str = ""
    """What a package is called that it is about, and the vehicle that it should be in."""
    sensor: str = ""
    """What people call the sensor, if they call it anything."""


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """By which clock times are told, and when."""

    zone: tzinfo
    now_ms: int


def title(about: About) -> str:
    """What happened, in few words."""
    return _title(about.kind).format(
        vehicle=about.vehicle,
        fence=about.fence or "a fence",
        package=about.package or "A package",
        planned=about.planned or "another vehicle",
        sensor=about.sensor or about.body.get("sensor", "A sensor"),
        limit=kmh(number(about.body, "limit_mps") or 0.0),
        dwell=lasted(number(about.body, "dwell_s") or 0.0),
    )


def because(about: About, where: Where) -> str:
    """Why we say so: one sentence with its figures."""
    tell = _BECAUSE.get(about.kind, _happened_at)
    said = tell(about, where)
    return f"{said}, and it lasted {lasted(about.wait_s)}." if about.wait_s else f"{said}."


def storm_title(kind: str, count: int, since_ms: int, where: Where) -> str:
    """38 gateways are silent since 14:02: the broker?"""
    many, cause = _STORMS.get(kind, (f"{{count}} alerts of one kind ({kind.replace('_', ' ')})", ""))
    return f"{many.format(count=f'{count:,}')} since {clock(since_ms, where.zone, where.now_ms)}{cause}"


def storm_because(count: int, named: Sequence[str], since_ms: int, last_ms: int, where: Where) -> str:
    """Why these are one, and the first of them by name."""
    seconds = max(1.0, (last_ms - since_ms) / 1000)
    rest = count - len(named)
    who = ", ".join(named) + (f" and {rest:,} more" if rest > 0 else "")
    since = clock(since_ms, where.zone, where.now_ms)
    return f"{count:,} alerts of one rule opened within {lasted(seconds)}, from {since} on: {who}."


def happened(what: str, who: str | None, detail: Mapping[str, Any]) -> str:
    """A line of an alert's history."""
    by, to = who or "Milepost", detail.get("to")
    said = {
        "opened": "Opened",
        "returned": "It came back, so this is open again",
        "closed": f"Closed by {who}" if who else "Closed by itself",
        "late_data": "Late data showed that it was not so",
        "restored": "Late data showed that it was so after all",
        "folded": "It is one of a storm now",
        "acknowledged": f"Acknowledged by {by}",
        "assigned": f"{by} gave it to {to or 'nobody'}",
        "commented": f"{by} wrote",
        "snoozed": f"Snoozed by {by}",
        "snooze_over": "The snooze is over",
        "reopened": f"Opened again by {by}",
        "escalated": f"Nobody acted, so {to} is told",
    }
    return said.get(what, what.replace("_", " ").capitalize())


def _title(kind: str) -> str:
    return _TITLES.get(kind, "{vehicle}: " + kind.replace("_", " "))


_TITLES = {
    "trip_started": "{vehicle} started a trip",
    "trip_ended": "{vehicle} ended a trip",
    "halt_started": "{vehicle} stands still",
    "halt_ended": "{vehicle} moved on",
    "fence_entered": "{vehicle} entered {fence}",
    "fence_left": "{vehicle} left {fence}",
    "fence_crossed": "{vehicle} passed through {fence}",
    "dwell_reached": "{vehicle} has been in {fence} for {dwell}",
    "idling_started": "{vehicle} stands with its engine on",
    "idling_ended": "{vehicle} stood with its engine on",
    "speeding_started": "{vehicle} drives faster than {limit}",
    "speeding_ended": "{vehicle} drove faster than {limit}",
    "road_speeding": "{vehicle} drove faster than the road's {limit}",
    "harsh_braking": "{vehicle} braked hard",
    "harsh_acceleration": "{vehicle} accelerated hard",
    "harsh_cornering": "{vehicle} cornered hard",
    "ignition_on": "The ignition of {vehicle} was switched on",
    "ignition_off": "The ignition of {vehicle} was switched off",
    "tamper": "Somebody tampered with the gateway of {vehicle}",
    "battery_low": "The battery of {vehicle} is low",
    "receiver_lost": "{vehicle} has no GPS receiver",
    "receiver_found": "{vehicle} has its GPS receiver again",
    "restarted": "The gateway of {vehicle} restarted",
    "outbox_damaged": "The gateway of {vehicle} lost its memory",
    "sensor_high": "{sensor} of {vehicle} is too high",
    "sensor_low": "{sensor} of {vehicle} is too low",
    "sensor_normal": "{sensor} of {vehicle} is as it should be",
    "gateway_silent": "{vehicle} is silent",
    "gateway_heard": "{vehicle} is heard again",
    "loaded": "{package} is aboard {vehicle}",
    "wrong_vehicle": "{package} is in {vehicle}, not in {planned}",
    "left_behind": "{package} is left behind by {vehicle}",
    "left_aboard": "{package} is still aboard {vehicle}",
    "handed_over": "{package} was handed over",
    "wrong_stop": "{package} is at the wrong stop",
    "missing": "{package} is missing",
    "found": "{package} is found",
}
_STORMS = {
    "gateway_silent": ("{count} gateways silent", ": broker?"),
    "gateway_heard": ("{count} gateways heard again", ""),
    "receiver_lost": ("{count} vehicles without GPS receiver", ": jammed?"),
    "restarted": ("{count} gateways restarted", ": an update?"),
    "tamper": ("{count} gateways tampered with", ""),
    "battery_low": ("{count} batteries low", ""),
    "fence_entered": ("{count} vehicles entered a fence", ""),
    "fence_left": ("{count} vehicles left a fence", ""),
    "sensor_high": ("{count} sensors too high", ""),
    "sensor_low": ("{count} sensors too low", ""),
    "wrong_vehicle": ("{count} packages in the wrong vehicle", ""),
    "left_behind": ("{count} packages left behind", ""),
    "left_aboard": ("{count} packages still aboard", ""),
    "wrong_stop": ("{count} packages at the wrong stop", ""),
    "missing": ("{count} packages missing", ""),
}


def _happened_at(about: About, where: Where) -> str:
    return f"It happened at {_at(about, where)}"


def _at(about: About, where: Where) -> str:
    return clock(about.at_ms, where.zone, where.now_ms)


def _left(about: About, where: Where) -> str:
    inside_s = number(about.body, "duration_s")
    return f"It left at {_at(about, where)}" + ("" if inside_s is None else f" after {lasted(inside_s)} inside")


def _entered(about: About, where: Where) -> str:
    return f"Its first fix inside was at {_at(about, where)}"


def _dwell(about: About, where: Where) -> str:
    entered_ms = time_of(about.body, "entered_at")
    if entered_ms is None:
        return _happened_at(about, where)
    return f"It entered at {clock(entered_ms, where.zone, where.now_ms)} and has not left since"


def _speeding(about: About, where: Where) -> str:
    said = f"It is above the limit of {kmh(number(about.body, 'limit_mps') or 0.0)} since {_at(about, where)}"
    return said + (f" ({about.fence})" if about.fence else "")


def _sped(about: About, where: Where) -> str:
    body = about.body
    parts = [f"It was above the limit of {kmh(number(body, 'limit_mps') or 0.0)} until {_at(about, where)}"]
    for name, tell in (("duration_s", lasted), ("distance_m", metres)):
        if (value := number(body, name)) is not None:
            parts.append(f"for {tell(value)}")
    if (most := number(body, "max_speed_mps")) is not None:
        parts.append(f"at most {kmh(most)}")
    return ", ".join(parts)


def _sped_on_road(about: About, where: Where) -> str:
    body = about.body
    said = f"It was above the road's limit of {kmh(number(body, 'limit_mps') or 0.0)} from {_at(about, where)} on"
    parts = [said + (f" ({body['road']})" if body.get("road") else "")]
    if (lasted_s := number(body, "duration_s")) is not None:
        parts.append(f"for {lasted(lasted_s)}")
    if (most := number(body, "max_speed_mps")) is not None:
        parts.append(f"at most {kmh(most)}")
    return ", ".join(parts)


def _harsh(about: About, where: Where) -> str:
    force, speed = number(about.body, "mps2"), number(about.body, "speed_mps")
    said = f"It happened at {_at(about, where)}"
    if force is not None:
        said += f" with {abs(force):.1f}\u00a0m/s²"
    return said + (f" at {kmh(speed)}" if speed is not None else "")


def _sensor(about: About, where: Where) -> str:
    body = about.body
    value, limit, quantity = number(body, "value"), number(body, "limit"), body.get("quantity", "")
    since_ms = time_of(body, "started_at") or about.at_ms
    said = f"It is so since {clock(since_ms, where.zone, where.now_ms)}"
    if value is None:
        return said
    bound = "" if limit is None else f"; the limit is {reading(quantity, limit)}"
    return f"It reads {reading(quantity, value)} since {clock(since_ms, where.zone, where.now_ms)}{bound}"


def _silent(about: About, where: Where) -> str:
    last_ms = time_of(about.body, "last_seen_at") or about.at_ms
    gateway = about.body.get("gateway") or "Its gateway"
    name = "Its gateway" if gateway == about.vehicle else f"Its gateway {gateway}"
    return f"{name} was heard last at {clock(last_ms, where.zone, where.now_ms)}"


def _stands(about: About, where: Where) -> str:
    return f"It stands since {_at(about, where)}"


def _from_the_box(about: About, where: Where) -> str:
    detail = about.body.get("detail")
    more = ", ".join(f"{key}: {value}" for key, value in detail.items())[:200] if isinstance(detail, dict) else ""
    return f"Its gateway said so at {_at(about, where)}" + (f" ({more})" if more else "")


def _custody(about: About, where: Where) -> str:
    """The filter's own sentence, how sure it is, and since when."""
    said = str(about.body.get("because") or "").strip().rstrip(".")
    sure = number(about.body, "p")
    since = f"It is so since {_at(about, where)}" + ("" if sure is None else f" ({100 * sure:.0f}\u00a0% sure)")
    return f"{since}: {said}" if said else since


_BECAUSE: dict[str, Callable[[About, Where], str]] = {
    "fence_left": _left,
    "fence_entered": _entered,
    "dwell_reached": _dwell,
    "speeding_started": _speeding,
    "speeding_ended": _sped,
    "road_speeding": _sped_on_road,
    "harsh_braking": _harsh,
    "harsh_acceleration": _harsh,
    "harsh_cornering": _harsh,
    "sensor_high": _sensor,
    "sensor_low": _sensor,
    "gateway_silent": _silent,
    "halt_started": _stands,
    "idling_started": _stands,
    "tamper": _from_the_box,
    "battery_low": _from_the_box,
    "receiver_lost": _from_the_box,
    "restarted": _from_the_box,
    "outbox_damaged": _from_the_box,
    **dict.fromkeys(KINDS, _custody),
}
