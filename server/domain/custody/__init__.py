"""Where is each parcel? Beliefs from tags that are heard, or are not, by scanners that move; pure.

`step` takes the next window of 10 s and says what is believed at its end. Nothing that ended later is used, and the
order inside a window does not matter. What the words mean is in docs/custody.md.
"""

from server.domain.custody.rule import Step, fresh, step
from server.domain.custody.state import State, frozen, thawed
from server.domain.custody.values import (
    ALARMS,
    UNKNOWN,
    WINDOW_MS,
    Belief,
    CustodyEvent,
    Fix,
    Health,
    Heard,
    Kind,
    Parcel,
    Plan,
    Route,
    Site,
    Stop,
    Window,
)

__all__ = [
    "ALARMS",
    "UNKNOWN",
    "WINDOW_MS",
    "Belief",
    "CustodyEvent",
    "Fix",
    "Health",
    "Heard",
    "Kind",
    "Parcel",
    "Plan",
    "Route",
    "Site",
    "State",
    "Step",
    "Stop",
    "Window",
    "fresh",
    "frozen",
    "step",
    "thawed",
]
