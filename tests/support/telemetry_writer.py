"""A process that writes telemetry until it is killed, and says after each batch which one is acknowledged."""

import itertools
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from server.store.telemetry.duck import DuckTelemetry
from tests.support.positions import NOON
from tests.support.telemetry_numbers import numbered

SEAL_EVERY = 4


def write_on(folder: Path, first: int, acknowledged: Connection) -> None:
    """Write batch after batch from `first` on, sealing days in between; never ends by itself."""
    store = DuckTelemetry(folder / "telemetry")
    for number in itertools.count(first):
        store.write(numbered(number))
        acknowledged.send(number)
        if number % SEAL_EVERY == 0:
            store.seal(NOON.date() + timedelta(days=number % 2))


@contextmanager
def writer(folder: Path, first: int) -> Iterator[Connection]:
    """A writer; at the end of the block it is killed, as by a power cut of the process: kill -9, wherever it is."""
    # The fork server has the libraries loaded, so that a writer starts in a few hundredths of a second.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.support.telemetry_writer"])
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=write_on, args=(folder, first, sending), daemon=True)
    process.start()
    sending.close()
    try:
        yield receiving
    finally:
        process.kill()
        process.join()
