"""One run of a fleet against a broker, and what came of it."""

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from simulators.fleet import Counts, Van
from simulators.roads import City
from simulators.swarm import Swarm
from simulators.tracks import tracks


@dataclass(frozen=True, kw_only=True)
class Load:
    """What to put on the broker."""

    vans: int
    broker: str
    rate_hz: float
    batch: int
    seconds: float
    live_every_s: float
    seed: int
    prefix: str
    grace_s: float


def load(
    asked: Load, *, city: City | None, stop: threading.Event, said: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Drive the fleet and report: rows put, sent and acknowledged, and how long acknowledgements took.

    Raises SwarmError when the broker does not answer.
    """
    driven = tracks(asked.vans, seconds=asked.seconds, rate_hz=asked.rate_hz, seed=asked.seed, city=city)
    said(f"{asked.vans} vans are ready, {sum(map(len, driven)):,} positions.")
    counts = Counts()
    # Phases are spread over a batch, as a real fleet's are: it did not start its engines in one second.
    spread_s = min(asked.batch / asked.rate_hz, asked.seconds)
    phases = [spread_s * number / asked.vans for number in range(asked.vans)]
    began_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
    vans = [
        Van(
            gateway=f"{asked.prefix}-{number + 1:05d}",
            stream=secrets.token_hex(8),  # a new outbox at every run: a stream is never used twice
            track=track,
            began_at=began_at,
            batch=asked.batch,
            counts=counts,
            phase_s=phase_s,
        )
        for number, (track, phase_s) in enumerate(zip(driven, phases, strict=True))
    ]
    with Swarm(
        vans, url=asked.broker, name=f"{asked.prefix}-fleet-{secrets.token_hex(3)}", live_every_s=asked.live_every_s
    ) as swarm:
        cpu_s = time.process_time()
        swarm.run(stop=stop, until_s=asked.seconds + spread_s + asked.grace_s)
        took_s = swarm.now()
        cpu_s = time.process_time() - cpu_s
    return {
        "vans": asked.vans,
        "seconds": round(took_s, 3),
        "put": sum(van.put(took_s) for van in vans),
        "sent": counts.rows,
        "acked": sum(van.acked for van in vans),
        "messages": counts.runs,
        "again": counts.again,
        "rewound": counts.rewound,
        "ack_ms": _quantiles_ms(counts.latency_s),
        "cpu_s": round(cpu_s, 3),
    }


def _quantiles_ms(latency_s: Sequence[float]) -> dict[str, Any]:
    ordered = sorted(latency_s)
    if not ordered:
        return {"p50": None, "p95": None, "count": 0}
    p50, p95 = (ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 for share in (0.5, 0.95))
    return {"p50": round(p50, 2), "p95": round(p95, 2), "count": len(ordered)}
