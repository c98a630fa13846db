"""What a store does when its disk is full; run on a small disk, prints JSON. Arguments: folder, duckdb | influxdb, MB.

MB is what is left on the disk when the scenario begins. A fourth argument, such as 1MB, lets DuckDB write its log into the
file so often that the disk is full in the middle of that.
"""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from server.store.telemetry import TelemetryUnavailable, hot, open_telemetry
from tests.support.influx import Influxd
from tests.support.positions import NOON
from tests.support.telemetry_numbers import numbered, stored_numbers

ROWS = 3000


def main(folder: Path, kind: str, megabytes: int, checkpoint: str = "") -> None:
    """Write until the disk is full, look, try housekeeping, make space, go on."""
    server = Influxd(folder)
    url = ""
    if kind == "influxdb":
        server.start()
        url = server.telemetry_url()
    hot.CHECKPOINT = checkpoint or hot.CHECKPOINT
    store = open_telemetry(url, folder)
    store.write(numbered(0, ROWS))
    filler = folder / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(folder).free - megabytes * 2**20))
    number, errors = 0, []
    while not errors:
        number += 1
        errors += refused(lambda: store.write(numbered(number, ROWS)))  # noqa: B023 - called at once
    tried = range(number + 1)
    while_full = stored_numbers(store, tried, ROWS)
    errors += refused(lambda: store.write(numbered(number, ROWS)), lambda: store.seal(NOON.date()), store.check)
    filler.unlink()
    if url:  # as its message says
        server.kill()
        server.start()
    store.write(numbered(number, ROWS))
    repaired = stored_numbers(store, tried, ROWS)
    store.seal(NOON.date())
    said = {"acknowledged": list(range(number)), "while_full": while_full, "repaired": repaired, "errors": errors}
    said["sealed"] = stored_numbers(store, tried, ROWS)
    json.dump(said, sys.stdout)
    store.close()
    if url:
        server.kill()


def refused(*attempts: Callable[[], object]) -> list[str]:
    """What the store says to each attempt that it refuses."""
    said = []
    for attempt in attempts:
        try:
            attempt()
        except TelemetryUnavailable as error:
            said.append(str(error))
    return said


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), *sys.argv[4:])
