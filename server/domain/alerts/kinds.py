"""The kinds of facts as alerts see them: what ends each, what it happens to, and what a rule may select."""

from typing import Any

from server.domain.custody_story import KINDS as CUSTODY
from server.domain.custody_story import package_of

PARTNERS: dict[str, tuple[str, ...]] = {
    "trip_started": ("trip_ended",),
    "trip_ended": (),
    "halt_started": ("halt_ended",),
    "halt_ended": (),
    "fence_entered": ("fence_left",),
    "fence_left": ("fence_entered",),
    "fence_crossed": (),
    "dwell_reached": ("fence_left",),
    "idling_started": ("idling_ended",),
    "idling_ended": (),
    "speeding_started": ("speeding_ended",),
    "speeding_ended": (),
    "road_speeding": (),
    "harsh_braking": (),
    "harsh_acceleration": (),
    "harsh_cornering": (),
    "ignition_on": ("ignition_off",),
    "ignition_off": ("ignition_on",),
    "tamper": (),
    "battery_low": (),
    "receiver_lost": ("receiver_found",),
    "receiver_found": (),
    "restarted": (),
    "outbox_damaged": (),
    "sensor_high": ("sensor_normal",),
    "sensor_low": ("sensor_normal",),
    "sensor_normal": (),
    "gateway_silent": ("gateway_heard",),
    "gateway_heard": (),
    "wrong_vehicle": ("found",),
    "left_behind": ("found",),
    "left_aboard": ("found",),
    "wrong_stop": ("found",),
    "missing": ("found",),
    "loaded": (),
    "handed_over": (),
    "found": (),
}
"""What a kind of fact ends with by itself; nothing: a person closes the alert."""


def closers(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """What ends any of these kinds, unless a rule says otherwise."""
    return tuple(dict.fromkeys(partner for kind in kinds for partner in PARTNERS.get(kind, ())))


def part_of(kind: str, fence: str | None, body: dict[str, Any]) -> str:
    """Which subject of a vehicle a fact is about: fence, sensor, gateway, package; empty: the vehicle itself."""
    if kind.startswith("fence_") or kind == "dwell_reached":
        return fence or ""
    if kind.startswith("sensor_"):
        return f"{body.get('sensor', '')}/{body.get('quantity', '')}"[:200]
    if kind.startswith("gateway_"):
        return str(body.get("gateway", ""))
    if kind in CUSTODY:
        return package_of(body)
    return ""


def same_part(one: str, other: str) -> bool:
    """Whether two facts of a vehicle can be about one thing: what is about the vehicle itself is about all of it."""
    return not one or not other or one == other
