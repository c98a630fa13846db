"""Whether an adapter hears, and what to do when it does not. Pure; times are monotonic seconds, `now` is a parameter.

A running scan ends without an error when the adapter, bluetoothd or the bus goes (measured, docs/decisions/111): so the
adapter is looked at now and then, and silence is taken for deafness. What is tried gets stronger: another scan, then
the adapter's power; and rarer while it does not help, because a van may also be alone.
"""

from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Literal

State = Literal["starting", "scanning", "deaf", "repairing", "off", "absent"]


class Do(Enum):
    """What the one who owns the adapter has to do now."""

    NOTHING = auto()
    LEAVE = auto()
    """Let go of the scan, as far as that is possible: the adapter is not there."""
    START = auto()
    """Begin to scan; of a scan that runs, end it first."""
    SWITCH_ON = auto()
    RESET = auto()
    """Switch the adapter's power off and on, and begin to scan."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How long is waited, in seconds. Silence is counted from the last advert, or from the start of the scan."""

    look_every_s: float = 5.0
    restart_after_s: float = 60.0
    reset_after_s: float = 90.0
    most_s: float = 900.0
    """Repairs that do not help are tried again at growing intervals, up to this one."""
    start_attempts: int = 4
    """Every second one resets the adapter first."""
    answer_within_s: float = 5.0
    """BlueZ answers in milliseconds, or never."""
    power_pause_s: float = 0.5
    """Between off and on: some controllers load their firmware again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """An adapter, as BlueZ shows it: its name now (hciN is given anew at each start), and what it does."""

    name: str
    powered: bool
    discovering: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """What is known of one adapter's hearing."""

    state: State = "starting"
    problem: str = ""
    name: str = ""
    """The one that the scan runs on."""
    quiet_since: float = 0.0
    heard_at: float | None = None
    failures: int = 0
    """Starts that failed, one after the other."""
    repairs: int = 0
    """Repairs since anything was heard."""
    not_before: float = 0.0
    """The next attempt waits for this."""


def heard(watch: Watch, now: float) -> Watch:
    """An advert came."""
    return replace(watch, state="scanning", problem="", quiet_since=now, heard_at=now, repairs=0, failures=0)


def looked(watch: Watch, seen: Seen | None, trouble: str, now: float, patience: Patience) -> tuple[Watch, Do]:
    """The adapter was looked at. `seen` None: it is not there, because of `trouble`."""
    if seen is None:
        do = Do.LEAVE if watch.name else Do.NOTHING
        return replace(watch, state="absent", problem=trouble, name="", failures=0, not_before=now), do
    if not seen.powered:
        return _switched_off(watch, now, patience)
    if watch.state in {"starting", "absent", "off", "repairing"}:
        if now < watch.not_before:
            return watch, Do.NOTHING
        return replace(watch, state=_trying(watch)), _start(watch)
    if not seen.discovering or seen.name != watch.name:
        return _repaired(watch, "the scan had ended without a word", now), Do.START
    return _listened(watch, now, patience)


def started(watch: Watch, name: str, now: float) -> Watch:
    """A scan runs on the adapter of this name."""
    return replace(watch, state="deaf" if watch.repairs else "scanning", problem=watch.problem if watch.repairs else "",
                   name=name, quiet_since=watch.quiet_since if watch.repairs else now, failures=0)  # fmt: skip


def failed(watch: Watch, why: str, now: float, patience: Patience) -> Watch:
    """A start, or a repair, did not work."""
    failures = watch.failures + 1
    wait = _growing(patience.look_every_s, failures // patience.start_attempts, patience)
    at_once = failures % patience.start_attempts != 0
    return replace(watch, state="repairing", problem=f"the scan does not start ({why})", name="", failures=failures,
                   not_before=now if at_once else now + wait)  # fmt: skip


def looks_at(watch: Watch, now: float, patience: Patience) -> float:
    """When it has to be looked at again, at the latest."""
    if watch.state in {"scanning", "deaf"}:
        return min(now + patience.look_every_s, max(_next_repair_at(watch, patience), now))
    if watch.state == "repairing":
        return max(now, min(watch.not_before, now + patience.look_every_s))
    return now + patience.look_every_s


def _switched_off(watch: Watch, now: float, patience: Patience) -> tuple[Watch, Do]:
    if now < watch.not_before and watch.state == "off":
        return watch, Do.NOTHING
    says = "the Bluetooth adapter is switched off, and cannot be switched on: try rfkill unblock bluetooth"
    failures = watch.failures + 1 if watch.state == "off" else 0
    wait_s = _growing(patience.look_every_s, failures, patience)
    return replace(watch, state="off", problem=says, failures=failures, not_before=now + wait_s), Do.SWITCH_ON


def _listened(watch: Watch, now: float, patience: Patience) -> tuple[Watch, Do]:
    if now < _next_repair_at(watch, patience):
        return watch, Do.NOTHING
    silence_s = now - watch.quiet_since
    says = (
        f"no tag was heard for {_in_words(silence_s)} though the adapter scans: put a tag beside it; if it stays "
        "silent, plug the adapter out and in, or exchange it"
    )
    again = replace(watch, state="deaf", problem=says, repairs=watch.repairs + 1)
    return again, Do.START if watch.repairs == 0 else Do.RESET


def _next_repair_at(watch: Watch, patience: Patience) -> float:
    """First another scan, then the power, then that again, each time after twice the silence."""
    if watch.repairs == 0:
        return watch.quiet_since + patience.restart_after_s
    after_s = patience.reset_after_s
    for _ in range(watch.repairs - 1):
        after_s += min(after_s, patience.most_s)
    return watch.quiet_since + after_s


def _repaired(watch: Watch, why: str, now: float) -> Watch:
    return replace(watch, state="repairing", problem=why, name="", quiet_since=now)


def _trying(watch: Watch) -> State:
    return "repairing" if watch.failures or watch.state == "repairing" else "starting"


def _start(watch: Watch) -> Do:
    return Do.RESET if watch.failures % 2 else Do.START


def _growing(first_s: float, times: int, patience: Patience) -> float:
    return min(first_s * 2.0 ** min(times, 20), patience.most_s)


def _in_words(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
