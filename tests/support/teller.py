"""A program that may be killed: facts become alerts and messages in a database, and the messages go out.

`python -m tests.support.teller FOLDER COUNT` goes on where the last one was, and ends when all is sent.
"""

import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from server import alerting
from server.domain.facts import Changes, fact
from server.notify.sender import Sender
from server.settings import Alerts, Settings
from server.store import deliveries, facts
from server.store.database import Database
from wire.messages import milliseconds

APART = timedelta(minutes=3)
"""So far apart in event time, no two are of one storm."""


def main(folder: Path, count: int) -> None:
    """Tell of one hard braking after the other."""
    database = Database("", folder)
    settings = Settings(alerts=Alerts(private_networks=["127.0.0.0/8"]))
    sender = Sender(database, settings, lambda: datetime.now(UTC))
    pause = threading.Event()
    while True:
        now = datetime.now(UTC)
        with database.reading() as connection:
            told = deliveries.list_deliveries(connection)
            there = len(facts.standing(connection, None, 0, milliseconds(now)))
        if there == count and {row["state"] for row in told} == {"sent"}:
            break
        if there < count:
            at_ms = milliseconds(now - APART * (there + 1))
            changes = Changes(added=[fact("harsh_braking", f"van-{there + 1}", at_ms, at_ms)])
            with database.writing() as connection:
                facts.apply(connection, [changes], now)
                alerting.react(connection, changes, now)
        sender.beat(now)
        pause.wait(0.005)
    sender.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
