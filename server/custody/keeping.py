"""What the custody job keeps between its steps: the filter's state and the story in one blob; which of them may go."""

import zlib
from collections.abc import Collection

import msgspec

from server.domain.custody import State, fresh, frozen, thawed
from server.domain.custody_story import Story

FORM = 1
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
AGES: tuple[tuple[int, int], ...] = (
    (10 * MINUTE_MS, MINUTE_MS),
    (3 * HOUR_MS, 15 * MINUTE_MS),
    (48 * HOUR_MS, 3 * HOUR_MS),
    (35 * DAY_MS, DAY_MS),
)
"""Up to what age behind the newest (ms) one state is kept for each span of time (ms): some 75."""
OLDEST_MS = AGES[-1][0]
"""What is heard later than this is stored, and changes nothing that was said."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A state: everything up to here is in it."""

    at_ms: int
    state: State
    story: Story


class _Blob(msgspec.Struct, frozen=True):
    form: int
    state: bytes
    story: Story


def beginning(at_ms: int) -> Kept:
    """Nothing was heard before then."""
    return Kept(at_ms=at_ms, state=fresh(), story=Story())


def packed(kept: Kept) -> bytes:
    """As bytes."""
    blob = _Blob(form=FORM, state=frozen(kept.state), story=kept.story)
    return zlib.compress(msgspec.msgpack.encode(blob), 1)


def unpacked(at_ms: int, data: bytes) -> Kept | None:
    """The state again; None when another version wrote it."""
    try:
        blob = msgspec.msgpack.decode(zlib.decompress(data), type=_Blob)
    except (zlib.error, msgspec.MsgspecError):
        return None
    state = thawed(blob.state) if blob.form == FORM else None
    return None if state is None else Kept(at_ms=at_ms, state=state, story=blob.story)


def spare(times: Collection[int], newest_ms: int, needed: Collection[int]) -> set[int]:
    """Which of the kept states may go; the oldest of each span stays, and those that are needed."""
    gone: set[int] = set()
    taken: set[tuple[int, int]] = set()
    for at_ms in sorted(times):
        span = next((span for age, span in AGES if newest_ms - at_ms <= age), None)
        if span is not None and (span, at_ms // span) not in taken:
            taken.add((span, at_ms // span))
        elif at_ms not in needed:
            gone.add(at_ms)
    return gone
