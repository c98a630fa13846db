"""How the gateway is: for the server (`status`), for the page on loopback, and for the supervisor's watchdog."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import msgspec

from gateway.build import VERSION
from gateway.clock import Clock
from gateway.intake import Intake
from gateway.link import Link
from gateway.recorder import Recorder
from gateway.sources.ble.source import BleSource
from gateway.sources.health import WORKS, Health
from gateway.uplink import Sender
from wire.encode import encode_status
from wire.messages import Status
from wire.topics import topic

EVERY_S = 60.0
LOOK_S = 1.0
STUCK_S = 45.0
"""A part that did not move for so long hangs: each of them moves every few seconds, a slow card's sync included."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """What a gateway consists of, for whoever looks at all of it."""

    id: str
    started_at: datetime
    clock: Clock
    health: Health
    intake: Intake
    link: Link
    sender: Sender
    recorder: Recorder
    ble: BleSource
    page_problem: Callable[[], str | None]


def status(parts: Parts) -> Status:
    """As it is sent."""
    return Status(
        online=True,
        stream=parts.intake.outbox.stream,
        at=parts.clock.now(),
        version=VERSION,
        clock=parts.clock.quality,
        started_at=parts.started_at,
        outbox=totals(parts),
        receiver=parts.health.on_wire(),
        radios=parts.ble.radios(),
        manifest=parts.ble.manifest.version if parts.ble.manifest else None,
        problems=problems(parts),
    )


def totals(parts: Parts) -> Any:
    """The outbox, with what could not even be put into it."""
    known = parts.intake.totals
    return msgspec.structs.replace(known, dropped=known.dropped + parts.intake.lost_in_memory)


def problems(parts: Parts) -> tuple[str, ...]:
    """Whatever a person should do something about."""
    found = (
        parts.health.reason if parts.health.state not in WORKS or parts.health.reason else None,
        *parts.ble.problems(),
        parts.intake.problem,
        parts.intake.outbox.problem,
        parts.link.problem,
        parts.sender.problem,
        parts.page_problem(),
    )
    return tuple(problem for problem in found if problem)


def stuck(parts: Parts, now: float) -> list[str]:
    """The parts that hang, by name; empty when all is well. `now` is the loop's time."""
    beats = {
        "source": parts.health.beat_at,
        "tags": parts.ble.beat_at,
        "outbox": parts.intake.beat_at,
        "uplink": parts.sender.beat_at,
        "link": parts.link.beat_at,
    }
    return [name for name, beat_at in beats.items() if now - beat_at > STUCK_S]


def details(parts: Parts) -> dict[str, Any]:
    """For the page on loopback: the status, and what only somebody at the box wants to know."""
    fix, health = parts.health.fix, parts.health
    return {
        **msgspec.to_builtins(status(parts)),
        "problems": list(problems(parts)),
        "outbox": msgspec.to_builtins(msgspec.structs.asdict(totals(parts))),
        "id": parts.id,
        "connected": parts.link.connected,
        "stream": parts.intake.outbox.stream,
        "acked": parts.sender.window.acked,
        "newest": parts.intake.outbox.newest,
        "held": parts.intake.held,
        "receiver": {
            **msgspec.to_builtins(health.on_wire()),
            "state": health.state,
            "reason": health.reason,
            "port": health.port,
            "baud": health.baud,
            "fix": msgspec.to_builtins(fix) if fix else None,
            "refused": health.refused,
        },
        "sent": asdict(parts.sender.sent),
        "tags": {
            "adverts": parts.ble.adverts,
            "sightings": parts.ble.sightings,
            "events": parts.ble.events,
            "refused": parts.ble.tags.refused,
        },
        "positions": {"heard": parts.recorder.positions, "kept": parts.recorder.kept},
    }


async def reporting(parts: Parts) -> None:
    """Publish the status when it changes, and every minute; look after the receiver and the clock meanwhile."""
    loop = asyncio.get_running_loop()
    name, said, said_at, connects, known = topic(parts.id, "status"), None, 0.0, 0, False
    while True:
        parts.recorder.watch(parts.health)
        known = await _restamp(parts, known=known)
        now_is = status(parts)
        radios = tuple((radio.adapter, radio.state) for radio in now_is.radios)
        gist = (now_is.problems, now_is.clock, parts.health.state, totals(parts).dropped > 0, radios, now_is.manifest)
        due = gist != said or loop.time() - said_at >= EVERY_S or connects != parts.link.connects
        if due and parts.link.publish(name, encode_status(now_is), qos=1, retain=True):
            said, said_at, connects = gist, loop.time(), parts.link.connects
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(parts.recorder.time_known.wait(), LOOK_S)


async def _restamp(parts: Parts, *, known: bool) -> bool:
    """Give records from before the first fix, or from before NTP, their time once it is known; whether it is."""
    if known and not parts.recorder.time_known.is_set():
        return True
    parts.recorder.time_known.clear()
    offset_ms, quality = parts.clock.known_offset_ms(), parts.clock.quality
    if offset_ms is None:
        return False
    await parts.intake.restamp(offset_ms, quality, after=parts.sender.highest_sent)
    parts.sender.wake()
    return True
