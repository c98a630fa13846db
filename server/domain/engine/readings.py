"""What sensors and the gateway say besides positions: the engine's ignition, values out of range, events."""

from typing import Any

import msgspec

from server.domain.engine.driving import total_of
from server.domain.engine.rules import Range, Rules, range_of
from server.domain.engine.state import Beyond, State
from server.domain.engine.told import Told, when
from wire.messages import Event, Sensor, milliseconds

LONGEST_GAP_MS = 600_000
"""Over a longer silence nobody knows that the engine was on."""
IGNITION = {"ignition_on": True, "ignition_off": False}
PASSED_ON = {"tamper", "receiver_lost", "receiver_found", "restarted", "battery_low", "outbox_damaged"}
"""Events of the gateway that are facts as they are."""


class Reading(msgspec.Struct, frozen=True, array_like=True, order=True):
    """A sensor's value, or an event (`sensor` is empty, `value` 0). In the order of time, then of content."""

    at_ms: int
    name: str
    sensor: str = ""
    value: float = 0.0
    detail: str = ""
    """JSON of what an event says besides."""


def reading_of(record: Event | Sensor) -> Reading:
    """A record of the wire as a reading."""
    at_ms = milliseconds(record.at)
    if isinstance(record, Sensor):
        return Reading(at_ms, record.quantity, record.sensor, record.value)
    detail = msgspec.json.encode(record.detail, order="sorted").decode() if record.detail else ""
    return Reading(at_ms, record.event, detail=detail)


def step(state: State, reading: Reading, rules: Rules, told: Told) -> None:
    """One reading."""
    if not reading.sensor:
        if reading.name in IGNITION:
            _ignition(state, reading.at_ms, on=IGNITION[reading.name], told=told)
        elif reading.name in PASSED_ON:
            detail: dict[str, Any] = {"detail": msgspec.json.decode(reading.detail)} if reading.detail else {}
            told.tell(reading.name, reading.at_ms, place=reading.detail, **detail)
    elif reading.name == "ignition":
        _ignition(state, reading.at_ms, on=reading.value > 0, told=told)
    else:
        _check(state, reading, range_of(rules, reading.sensor, reading.name, reading.at_ms), told)


def engine_runs(state: State, at_ms: int, told: Told) -> None:
    """Time passes with the engine on: counted for the day, the halt and the trip."""
    engine = state.engine
    if not engine.on:
        return
    elapsed_ms = at_ms - engine.seen_ms
    if elapsed_ms > LONGEST_GAP_MS:
        _stop_idling(state, engine.seen_ms, told)
        engine.on = None
        return
    if elapsed_ms <= 0:
        return
    engine.seen_ms = at_ms
    total_of(state, at_ms).engine_ms += elapsed_ms
    if state.motion.slow:
        engine.halt_ms += elapsed_ms
    if engine.idling_ms >= 0:
        _count_idling(state, at_ms, elapsed_ms)


def idle(state: State, at_ms: int, rules: Rules, told: Told) -> None:
    """Standing with the engine on is idling, from its beginning, once it has lasted."""
    engine, motion = state.engine, state.motion
    if not engine.on or not motion.slow or motion.leaving is not None:
        _stop_idling(state, at_ms, told)
        if not motion.slow:
            engine.halt_ms = 0
        return
    started_ms = max(motion.anchor_ms, engine.on_ms)
    if engine.idling_ms < 0 and at_ms - started_ms >= rules.idle_after_s * 1000:
        engine.idling_ms = started_ms
        _count_idling(state, at_ms, at_ms - started_ms)
        told.tell("idling_started", started_ms)


def _count_idling(state: State, at_ms: int, lasted_ms: int) -> None:
    total_of(state, at_ms).idling_ms += lasted_ms
    if state.motion.trip is not None:
        state.motion.trip.idling_ms += lasted_ms


def _stop_idling(state: State, at_ms: int, told: Told) -> None:
    engine = state.engine
    if engine.idling_ms >= 0:
        duration_s = (at_ms - engine.idling_ms) / 1000
        told.tell("idling_ended", at_ms, started_at=when(engine.idling_ms), duration_s=duration_s)
        engine.idling_ms = -1


def _ignition(state: State, at_ms: int, *, on: bool, told: Told) -> None:
    engine = state.engine
    if engine.on == on:
        return
    if not on:
        _stop_idling(state, at_ms, told)
    if engine.on is not None or on:
        told.tell("ignition_on" if on else "ignition_off", at_ms)
    engine.on = on
    engine.on_ms = engine.seen_ms = at_ms


def _check(state: State, reading: Reading, wanted: Range | None, told: Told) -> None:
    """A value beyond its range for long enough is a fact; back in the range, or without one, is another."""
    key = f"{reading.sensor}/{reading.name}"
    beyond = state.sensors.get(key)
    if wanted is None and beyond is None:
        return
    side, limit = _side(reading.value, wanted)
    if beyond is not None and beyond.side != side:
        if beyond.told:
            told.tell(
                "sensor_normal",
                reading.at_ms,
                place=key,
                sensor=reading.sensor,
                quantity=reading.name,
                value=reading.value,
                started_at=when(beyond.since_ms),
            )
        del state.sensors[key]
        beyond = None
    if not side or wanted is None:
        return
    if beyond is None:
        beyond = state.sensors[key] = Beyond(side, reading.at_ms, reading.value, limit)
    if not beyond.told and reading.at_ms - beyond.since_ms >= wanted.dwell_s * 1000:
        beyond.told = True
        kind = "battery_low" if wanted.quantity.startswith("battery") and side == "low" else f"sensor_{side}"
        told.tell(
            kind,
            beyond.since_ms,
            place=key,
            sensor=reading.sensor,
            quantity=reading.name,
            value=reading.value,
            limit=beyond.limit,
        )


def _side(value: float, wanted: Range | None) -> tuple[str, float]:
    if wanted is None:
        return "", 0.0
    if wanted.high is not None and value > wanted.high:
        return "high", wanted.high
    if wanted.low is not None and value < wanted.low:
        return "low", wanted.low
    return "", 0.0
