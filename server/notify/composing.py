"""Messages from rows: what a delivery says, in the words of the moment at which it first goes out."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from server.alerting.described import described
from server.domain.alerts.message import Text, Told, digest, message
from server.notify.sending import Message
from server.settings import Settings, url_of
from server.store import accounts, alert_rules, alerts
from server.store.schema import Row
from wire.messages import instant, rfc3339


class Composed(msgspec.Struct, frozen=True, kw_only=True):
    """The words for people, and the data for programs."""

    text: Text
    data: dict[str, object]


def composed(
    connection: Connection, group: Sequence[Row], rows: dict[str, Row], settings: Settings, now: datetime
) -> Composed:
    """What this group of deliveries to one channel says; `rows` are their alerts."""
    ordered = sorted((rows[each["alert_id"]] for each in group), key=lambda row: (row["opened_ms"], row["id"]))
    facts = alerts.facts_of(connection, {row["facts"][0] for row in ordered if row["facts"]})
    zone = settings.alerts.time_zone
    words = described(connection, ordered, facts, sees=_seen(connection, group), time_zone=zone, now=now)
    names = alert_rules.names(connection)
    told = [
        Told(
            title=words[row["id"]].title,
            because=words[row["id"]].because,
            severity=row["severity"],
            rule=names.get(row["rule_id"]) or row["rule_id"],
            state=row["state"],
            late=row["late"],
            link=link(settings, row["id"]),
            place=None if row["lon"] is None else (row["lon"], row["lat"]),
        )
        for row in ordered
    ]
    if len(group) == 1 and not group[0]["digest"]:
        about, stamp = group[0]["about"], rfc3339(now)
        text = message(told[0], escalated=about == "escalated", time_zone=zone)
        return Composed(text=text, data={"about": about, "timestamp": stamp, **_data(ordered[0], told[0])})
    listed = [_data(row, one) for row, one in zip(ordered, told, strict=True)]
    return Composed(
        text=digest(told, time_zone=zone), data={"about": "digest", "timestamp": rfc3339(now), "alerts": listed}
    )


def trial(channel: Row, message_id: str, settings: Settings) -> Message:
    """What is sent to try a channel."""
    where = settings.http.public_url or url_of("http", settings.http.listen)
    text = (
        f"This is a trial of the channel “{channel['name']}”. If you can read it, alerts will arrive here.\n\n{where}\n"
    )
    return Message(id=message_id, subject="Milepost: a trial", text=text, data={"about": "test"})


def link(settings: Settings, alert: str) -> str:
    """Where an alert is looked at."""
    where = settings.http.public_url or url_of("http", settings.http.listen)
    return f"{where.rstrip('/')}/ops?page=alerts&alert={alert}"


def _seen(connection: Connection, group: Sequence[Row]) -> frozenset[str] | None:
    """The vehicles that the readers of a message see together; None: all."""
    found: frozenset[str] = frozenset()
    for name in {name for row in group for name in row["users"]}:
        person = accounts.user_person(connection, name)
        if person is not None and person.sees is None:
            return None
        found |= (person.sees if person else None) or frozenset()
    return found


def _data(row: Row, told: Told) -> dict[str, object]:
    return {
        "id": row["id"],
        "kind": row["kind"],
        "severity": row["severity"],
        "state": row["state"],
        "rule": row["rule_id"],
        "rule_name": told.rule,
        "vehicle": row["vehicle_id"],
        "fence": row["fence_id"],
        "opened_at": rfc3339(instant(row["opened_ms"])),
        "late": row["late"],
        "title": told.title,
        "because": told.because,
        "lon": row["lon"],
        "lat": row["lat"],
        "url": told.link,
    }
