"""Adverts from a file, or from a named pipe, in the adapters' place: JSON lines, as `milepost tag scan --json` says.

A line is `{"at": RFC 3339, "address", "name", "rssi", "manufacturer_data": {"0x0499": hex}, "service_data":
{uuid: hex}, "service_uuids"}`. Instead of `at` there may be `at_s`, seconds since the start. A line with neither is
heard at once, which is what a pipe is for; one whose time has passed is left out.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec

from firmware_bridge.adverts import Advert
from firmware_bridge.adverts.lines import LineError, advert_of

log = logging.getLogger("ble")

AHEAD = 1000
"""Lines that are read before they are due, at most."""
LATE_S = 5.0


class When(msgspec.Struct, frozen=True, kw_only=True):
    """When a line is to be heard; the rest of it is the advert."""

    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    at_s: float | None = None


_when = msgspec.json.Decoder(When).decode


async def play(path: Path, heard: Callable[[Advert, int, float], None], now: Callable[[], datetime]) -> None:
    """Play it to its end. A line that is no advert is told and left out."""
    loop, began = asyncio.get_running_loop(), asyncio.get_running_loop().time()
    queue: asyncio.Queue[bytes | None] = asyncio.Queue()
    room = threading.Semaphore(AHEAD)
    threading.Thread(target=_read, args=(path, loop, queue, room), name="adverts", daemon=True).start()
    number, left_out = 0, 0
    while (text := await queue.get()) is not None:
        room.release()
        number += 1
        try:
            advert, when = advert_of(text), _when(text)
        except (LineError, msgspec.DecodeError) as error:
            log.warning("%s, line %d: %s", path, number, error)
            continue
        if advert.address is None or advert.rssi is None:
            log.warning("%s, line %d: an advert that is heard has an address and an rssi", path, number)
            continue
        wait_s = 0.0
        if when.at_s is not None:
            wait_s = began + when.at_s - loop.time()
        elif when.at is not None:
            wait_s = (when.at - now()).total_seconds()
        if wait_s < -LATE_S:
            left_out += 1
            continue
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        at = loop.time()
        heard(msgspec.structs.replace(advert, at_ms=int(at * 1000)), 0, at)
    log.info("the recording of adverts has ended after %d lines%s", number, _late(left_out))


def _read(path: Path, loop: asyncio.AbstractEventLoop, queue: asyncio.Queue[bytes | None], room: Any) -> None:
    """On a thread of its own: a pipe has to be waited for."""
    with contextlib.suppress(RuntimeError):  # the loop has ended
        try:
            with path.open("rb") as file:
                for text in _lines(file):
                    room.acquire()
                    loop.call_soon_threadsafe(queue.put_nowait, text)
        except OSError as error:
            log.error("%s cannot be read: %s", path, error.strerror)  # noqa: TRY400 - a person's mistake
        loop.call_soon_threadsafe(queue.put_nowait, None)


def _lines(file: Any) -> Iterator[bytes]:
    for text in file:
        if text.strip():
            yield text


def _late(count: int) -> str:
    return f"; {count} of them were left out, because their time had passed" if count else ""
