"""A database with a fleet and rules, to which facts arrive, people act and time passes, as the server does it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select

from server import alerting
from server.alerting import AlertChange
from server.domain.alerts.rules import Rule
from server.domain.alerts.subscription import Route, Subscription
from server.domain.facts import Changes, Fact
from server.domain.person import Person
from server.store import accounts, alert_rules, channels, facts
from server.store.alerts import one_alert
from server.store.database import Database
from server.store.schema import Row, alert_history, alerts, deliveries, metadata
from server.store.schema import channels as channels_table
from server.store.schema import vehicles as vehicles_table
from tests.support.news import NOON, at, ms

BEFORE = at(-100_000)
AINO = Person(name="aino", role="dispatcher", sees=None)


class Alerting:
    """One database; `now` is said with every step, in seconds from NOON."""

    def __init__(self, url: str, folder: Path) -> None:
        self.database = Database(url, folder)

    def close(self) -> None:
        """Give the connections back."""
        self.database.close()

    def empty(self) -> None:
        """Forget everything, and let two vans be there."""
        with self.database.writing() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(delete(table))
            rows = [{"id": f"van-{n}", "name": f"Van {n}", "created_at": NOON} for n in range(1, 41)]
            connection.execute(insert(vehicles_table), rows)

    def rule(self, rule: Rule, since: datetime = BEFORE) -> None:
        """A rule that counts from long ago on."""
        with self.database.writing() as connection:
            alert_rules.put_rule(connection, rule, since)

    def channel(
        self, name: str = "ops", kind: str = "email", address: str = "ops@fleet.example", secret: str = ""
    ) -> None:
        """A way to people."""
        row = {
            "id": name,
            "name": name,
            "kind": kind,
            "target": "",
            "enabled": True,
            "created_by": "",
            "created_at": NOON,
        }
        with self.database.writing() as connection:
            channels.add_channel(connection, row, address=address, secret=secret)

    def reader(self, name: str = "aino", channel: str = "ops", **more: Any) -> None:
        """A dispatcher who is told everything by a channel."""
        with self.database.writing() as connection:
            accounts.add_user(connection, name=name, role="dispatcher", now=NOON, elsewhere=True)
            said = Subscription(routes=(Route(channels=(channel,)),), **more)
            channels.put_subscription(connection, name, said)

    def arrive(
        self, now: float, *added: Fact, withdrawn: Iterable[Fact] = (), changed: Iterable[Fact] = ()
    ) -> list[AlertChange]:
        """Facts that came, changed or turned out not to be so, in one transaction with what follows."""
        changes = Changes(added=list(added), changed=list(changed), withdrawn=list(withdrawn))
        with self.database.writing() as connection:
            facts.apply(connection, [changes], at(now))
            return alerting.react(connection, changes, at(now))

    def act(self, now: float, alert: str, what: str, person: Person = AINO, **detail: Any) -> list[AlertChange]:
        """What somebody does."""
        with self.database.writing() as connection:
            row = one_alert(connection, alert, None)
            assert row is not None
            return alerting.act(connection, row, person, what, detail, at(now))

    def pass_time(self, now: float) -> list[AlertChange]:
        """The clock shows this."""
        with self.database.writing() as connection:
            return alerting.due(connection, at(now))

    def rows(self, *, withdrawn: bool = False) -> list[Row]:
        """The alerts that stand, or those that do not, by opening."""
        asked = select(alerts).where(alerts.c.withdrawn.is_(withdrawn)).order_by(alerts.c.opened_ms, alerts.c.id)
        return self._all(asked)

    def one(self) -> Row:
        """The only alert that stands."""
        [row] = self.rows()
        return row

    def history(self, alert: str) -> list[str]:
        """What was done about an alert."""
        asked = select(alert_history).where(alert_history.c.alert_id == alert).order_by(alert_history.c.number)
        return [row["what"] for row in self._all(asked)]

    def deliveries(self) -> list[Row]:
        """The messages, oldest first."""
        return self._all(select(deliveries).order_by(deliveries.c.created_at, deliveries.c.id))

    def channel_row(self, name: str = "ops") -> Row:
        """A channel, as it is."""
        [row] = self._all(select(channels_table).where(channels_table.c.id == name))
        return row

    def _all(self, asked: Any) -> list[Row]:
        with self.database.reading() as connection:
            return [dict(row) for row in connection.execute(asked).mappings()]


def gist(rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    """What may not depend on the order in which things came to be known."""
    names = (
        "id", "rule_id", "vehicle_id", "part", "kind", "severity", "began_ms", "opened_ms", "closed_ms", "closed_by",
        "state", "acknowledged_by", "assigned_to", "folded_into", "count", "facts",
    )  # fmt: skip
    return [tuple(str(row[name]) for name in names) for row in rows]


__all__ = ["AINO", "Alerting", "gist", "ms"]
