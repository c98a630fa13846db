"""The delivery rule, both ends: go-back-N over a pipe that may lose, repeat, reorder and forget everything. Pure.

A gateway's outbox is a *stream* (a random id born with the file) of ascending rows. The server keeps `last`
for each (gateway, stream), in the same transaction as the facts. A run of rows is accepted iff `prev <= last < seq_to`,
and only rows beyond `last` are applied; whatever came is answered by an Ack with `last`. The gateway keeps a bounded
number of runs in flight; after silence it starts again from the row after the `last` that it was told, backing off.

Nothing here relies on the broker: no persistence, no session, no QoS. Rows that are acknowledged stay in the outbox as
history, so an Ack with a *smaller* last (a server restored from a backup, or a new one) rewinds the gateway, and for
that an idle gateway asks now and then by a probe. An Ack beyond the newest row means that the *outbox* was rewound (its
disk came from an older image): its numbers are used up, and it has to begin a new stream.

Times are monotonic seconds.
"""

from collections.abc import Iterable
from enum import Enum

import msgspec

from wire.messages import Ack

WINDOW = 8
"""Runs in flight. 8 runs of 240 rows fill a loopback and a mobile link alike; more only makes a rewind dearer."""
FIRST_TIMEOUT_S = 5.0
LAST_TIMEOUT_S = 30.0
"""While nobody answers, one run goes out every half minute: little for the link, and a server that is back is found."""
PROBE_EVERY_S = 300.0
REPEATS = 3
"""So many Acks that say nothing new, while runs are in flight, mean that one was lost (TCP's fast retransmit)."""

Gap = tuple[int, int]


def accepts(last: int, prev: int, seq_to: int) -> bool:
    """Whether a run follows what the server has, and brings something new."""
    return prev <= last < seq_to


def gaps(last: int, seq_to: int, seqs: Iterable[int]) -> list[Gap]:
    """The numbers beyond `last`, up to `seq_to`, that an accepted run does not hold: rows gone for good."""
    found, expected = [], last + 1
    for seq in sorted(seq for seq in seqs if seq > last):
        if seq > expected:
            found.append((expected, seq - 1))
        expected = seq + 1
    if expected <= seq_to:
        found.append((expected, seq_to))
    return found


class News(Enum):
    """What an Ack told the gateway."""

    NOTHING = "nothing new"
    ADVANCED = "the server has more than it said before"
    SERVER_REWOUND = "the server has less than it said before: it was restored, or is new"
    OUTBOX_REWOUND = "the server has more than the outbox ever held: the outbox was restored, and needs a new stream"
    OTHER_STREAM = "about a stream that is not ours"


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The gateway's end. Rows up to `acked` are the server's; rows up to `sent` are on their way.

    `in_flight` are the last rows of the runs that nobody answered yet, `heard_at` is when an Ack or the first of them
    moved something, `asked_at` when a probe last went out.
    """

    stream: str
    acked: int
    sent: int
    in_flight: tuple[int, ...] = ()
    heard_at: float = 0.0
    asked_at: float | None = None
    timeout_s: float = FIRST_TIMEOUT_S
    repeats: int = 0


def opened(stream: str, acked: int, now: float) -> Window:
    """A window at the start of the program, or after a new stream was begun: nothing is in flight."""
    return Window(stream=stream, acked=acked, sent=acked, heard_at=now)


def reconnected(window: Window, now: float) -> Window:
    """After the link was lost nothing is known to be in flight: start again behind what was acknowledged."""
    return msgspec.structs.replace(
        window, sent=window.acked, in_flight=(), heard_at=now, asked_at=None, timeout_s=FIRST_TIMEOUT_S, repeats=0
    )


def has_room(window: Window) -> bool:
    """Whether one more run may be sent; it holds the rows after `window.sent`.

    After a silence a single run asks whether anybody is there; the window opens again with the first answer.
    """
    return len(window.in_flight) < (WINDOW if window.timeout_s == FIRST_TIMEOUT_S else 1)


def sent(window: Window, seq_to: int, now: float) -> Window:
    """A run that ends with this row was handed to the broker."""
    return msgspec.structs.replace(
        window,
        sent=max(window.sent, seq_to),
        in_flight=(*window.in_flight, seq_to),
        heard_at=window.heard_at if window.in_flight else now,
    )


def told(window: Window, ack: Ack, newest: int, now: float) -> tuple[Window, News]:
    """What follows from an Ack; `newest` is the highest number that the outbox ever gave."""
    if ack.stream != window.stream:
        return window, News.OTHER_STREAM
    if ack.last > newest:
        return window, News.OUTBOX_REWOUND
    if ack.last < window.acked:
        back = reconnected(window, now)
        return msgspec.structs.replace(
            back, acked=ack.last, sent=ack.last, asked_at=window.asked_at
        ), News.SERVER_REWOUND
    if ack.last > window.acked:
        return (
            msgspec.structs.replace(
                window,
                acked=ack.last,
                sent=max(window.sent, ack.last),
                in_flight=tuple(end for end in window.in_flight if end > ack.last),
                heard_at=now,
                timeout_s=FIRST_TIMEOUT_S,
                repeats=0,
            ),
            News.ADVANCED,
        )
    if not window.in_flight or window.repeats >= REPEATS:
        return window, News.NOTHING
    again = msgspec.structs.replace(window, repeats=window.repeats + 1)
    if again.repeats == REPEATS:
        # Once for each row that the server is stuck at: `repeats` stays at its limit until something moves.
        again = msgspec.structs.replace(again, sent=again.acked, in_flight=(), heard_at=now)
    return again, News.NOTHING


def waited(window: Window, now: float) -> Window:
    """Start again behind what was acknowledged when the answer is overdue, and be twice as patient next time."""
    if not window.in_flight or now - window.heard_at < window.timeout_s:
        return window
    return msgspec.structs.replace(
        window,
        sent=window.acked,
        in_flight=(),
        heard_at=now,
        timeout_s=min(window.timeout_s * 2, LAST_TIMEOUT_S),
        repeats=0,
    )


def probe_due(window: Window, now: float) -> bool:
    """Whether to ask how far the server is: once after each connect, and now and then while nothing is in flight."""
    if window.asked_at is None:
        return True
    return not window.in_flight and now - max(window.asked_at, window.heard_at) >= PROBE_EVERY_S


def probed(window: Window, now: float) -> Window:
    """The probe went out."""
    return msgspec.structs.replace(window, asked_at=now)


def wakes_at(window: Window) -> float:
    """When `waited` or `probe_due` may next have something to say."""
    if window.in_flight:
        return window.heard_at + window.timeout_s
    return window.heard_at if window.asked_at is None else max(window.asked_at, window.heard_at) + PROBE_EVERY_S
