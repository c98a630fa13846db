"""What was last heard of tags: by the groups that bring it, in whatever order, however often."""

import random
from datetime import date

import pytest

from server.store import tags
from server.store.tags_heard import note
from server.store.telemetry.heard import row_of
from tests.support.stores import NOW, Stores, arrived, later
from wire.messages import Record, Run, Sensor, Sighting, milliseconds

LATEST = milliseconds(later(600))


def seen(seconds: float, rssi: float | None = -60.0, tag: str = "T1") -> Sighting:
    return Sighting(at=later(seconds), tag=tag, window_s=10, count=3, rssi_max_dbm=rssi)


def said(seconds: float, quantity: str, value: float, tag: str = "T1") -> Sensor:
    return Sensor(at=later(seconds), sensor=tag, quantity=quantity, value=value)


def hear(stores: Stores, *records: tuple[str, Record]) -> None:
    heard: dict = {}
    for scanner, record in records:
        found = row_of(record, scanner, "gw")
        assert found is not None
        heard.setdefault(found[0], []).append(found[1])
    with stores.database.writing() as connection:
        note(connection, heard, before_ms=LATEST)


def tag(stores: Stores, id_: str = "T1") -> dict:
    with stores.database.reading() as connection:
        row = tags.one_tag(connection, id_)
    assert row is not None
    return row


@pytest.fixture
def inventory(stores: Stores) -> Stores:
    """Two tags."""
    with stores.database.writing() as connection:
        tags.add_new(connection, {"T1": None, "T2": None}, NOW)
    return stores


def test_the_newest_and_loudest_counts(inventory: Stores) -> None:
    """Windows are aligned: vans side by side hear a tag at the same time, and the name of a van decides nothing."""
    hear(inventory, ("vehicle:v9", seen(10, -80)), ("vehicle:v1", seen(10, -50)), ("site:depot", seen(0, -20)))
    assert (tag(inventory)["heard_ms"], tag(inventory)["heard_by"]) == (milliseconds(later(10)), "vehicle:v1")
    hear(inventory, ("vehicle:v9", seen(9, -10)), ("vehicle:v9", seen(10, -70)))
    assert tag(inventory)["heard_by"] == "vehicle:v1"
    hear(inventory, ("vehicle:v9", seen(20, None)))
    assert tag(inventory)["heard_by"] == "vehicle:v9"
    assert tag(inventory, "T2")["heard_ms"] is None


def test_batteries_are_kept_day_by_day(inventory: Stores) -> None:
    """The highest of the day; nonsense is left out; what nobody knows is left out."""
    hear(inventory, ("vehicle:v1", said(0, "battery_percent", 71)), ("vehicle:v1", said(5, "battery_v", 2.9)),
         ("vehicle:v1", said(9, "battery_percent", 70)), ("vehicle:v1", said(20, "battery_percent", 250)),
         ("vehicle:v1", said(9, "battery_percent", 3, "T9")), ("vehicle:v1", said(9, "temperature_c", 5)))  # fmt: skip
    hear(inventory, ("vehicle:v1", said(-86_400, "battery_percent", 73)))
    row = tag(inventory)
    assert (row["battery_percent"], row["battery_v"], row["battery_ms"]) == (70, 2.9, milliseconds(later(9)))
    with inventory.database.reading() as connection:
        days = tags.batteries_of(connection, ["T1", "T2", "T9"])
    assert [(day["day"], day["percent"], day["volts"]) for day in days["T1"]] == [
        (date(2026, 11, 24), 73, None),
        (date(2026, 11, 25), 71, 2.9),
    ]
    assert list(days) == ["T1"]


def test_order_and_repeats_change_nothing(inventory: Stores) -> None:
    """P2: gateways send again, and out of their order."""
    records = [(f"vehicle:v{place % 3}", seen(place * 10 // 2 * 2, -60 - place % 5)) for place in range(12)]
    records += [("vehicle:v1", said(place * 7, "battery_percent", 80 - place % 4)) for place in range(12)]
    found = set()
    for turn in range(4):
        with inventory.database.writing() as connection:
            tags.put(connection, [{"id": f"turn-{turn}", "name": "", "format": None, "limits": []}], NOW)
        shuffled = random.Random(turn).sample(records * 2, len(records) * 2)
        for one in range(0, len(shuffled), 5):
            renamed = [
                (by, seen_or_said(record, f"turn-{turn}")) for by, record in shuffled[one : one + 5]
            ]  # fmt: skip
            hear(inventory, *renamed)
        row = tag(inventory, f"turn-{turn}")
        found.add(tuple(row[name] for name in ("heard_ms", "heard_by", "battery_ms", "battery_percent")))
    assert len(found) == 1


def seen_or_said(record: Record, id_: str) -> Record:
    if isinstance(record, Sighting):
        return Sighting(**{**fields(record), "tag": id_})
    return Sensor(**{**fields(record), "sensor": id_})


def fields(record: Record) -> dict:
    return {name: getattr(record, name) for name in record.__struct_fields__}


def test_what_a_gateway_sends_is_noted(inventory: Stores) -> None:
    """By the writer's own way; a clock that is ahead does not hide a tag for a year."""
    records = (seen(-20), said(-20, "battery_percent", 64), seen(86_400 * 300, tag="T2"))
    run = Run(stream="a1b2", prev=0, seq_from=1, seq_to=3, records=tuple(enumerate(records, start=1)))
    inventory.record(arrived(run, "van-1"))
    row = tag(inventory)
    assert (row["heard_by"], row["heard_ms"], row["battery_percent"]) == (
        "vehicle:van-1",
        milliseconds(later(-20)),
        64,
    )
    assert tag(inventory, "T2")["heard_ms"] is None
