"""Serve a stage by hand: `python -m tests.server.web.stage --vans 26 --port 8099 --basemap FILE`."""

import argparse
import threading
import time
from pathlib import Path

from tests.server.web.stage import Stage, fleet
from tests.server.web.stage.busy import make_busy


def main() -> None:
    """Until it is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vans", type=int, default=26)
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--basemap", type=Path)
    args = parser.parse_args()
    stage = Stage(fleet(args.vans, now_s=time.time()), port=args.port, basemap=args.basemap)
    stage.waiting = {"van-7": 412}
    if args.vans:
        make_busy(stage)
    stage.start()
    print(stage.url, flush=True)  # noqa: T201 -- a program for a person
    threading.Event().wait()


if __name__ == "__main__":
    main()
