"""How the receiver is: one word for the map, a sentence for whoever stands in front of the van."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from firmware_bridge.nmea import Fix
from wire.messages import Receiver

State = Literal["searching", "fix", "no_fix", "silent", "garbage", "absent", "replay"]

WORKS: frozenset[State] = frozenset({"fix", "no_fix", "replay"})


@dataclass(slots=True)
class Health:
    """What a source says about itself. `reason` is empty while all is well."""

    state: State = "searching"
    reason: str = ""
    port: str = ""
    baud: int = 0
    fix: Fix | None = None
    """The newest fix, with or without a position."""
    last_fix_at: datetime | None = None
    """When the newest position was heard or, in a recording, made."""
    beat_at: float = float("inf")
    """Monotonic; infinite until the source has begun."""
    fixes: int = 0
    sentences: int = 0
    refused: dict[str, int] = field(default_factory=dict)

    def say(self, state: State, reason: str = "") -> None:
        """The new state."""
        self.state, self.reason = state, reason

    def heard(self, fix: Fix, at: datetime) -> None:
        """A fix came, at `at`."""
        self.fix = fix
        self.fixes += 1
        if fix.lon is not None:
            self.last_fix_at = at

    def on_wire(self) -> Receiver:
        """As the status tells it."""
        fix = self.fix if self.state in WORKS else None
        return Receiver(
            state="fix" if self.state == "replay" else self.state,
            satellites=fix.satellites if fix else None,
            hdop=fix.hdop if fix else None,
            last_fix_at=self.last_fix_at,
        )
