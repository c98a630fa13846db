"""When bluetoothd says something about an advert: the rules that decide whether a tag seems to be gone."""

from typing import Any

import pytest

from simulators.bluez.hearing import Filter, Heard, first_told, listening, then_told
from tests.support.bluetooth import heard

OURS: Filter = {"Transport": "le", "DuplicateData": True, "RSSI": -127}
USUAL: Filter = {"Transport": "le", "DuplicateData": False}


def told(how: Filter, *adverts: Heard, proximity_only: bool = True) -> list[dict[str, Any]]:
    """What is told of each advert after the first."""
    known, found = first_told(adverts[0], "/org/bluez/hci0"), []
    rules = listening([how], proximity_only=proximity_only)
    assert rules is not None
    for advert in adverts[1:]:
        found.append(then_told(known, advert, rules))
        known.update(found[-1])
    return found


def test_a_tag_that_says_the_same_is_told_each_time_only_with_our_filter() -> None:
    """It is why a scanner with the usual filter takes a parcel that lies still for one that is gone."""
    same = [heard(rssi=-60)] * 3
    assert told(USUAL, *same) == [{}, {}]
    assert [list(each) for each in told(OURS, *same)] == [["RSSI", "ManufacturerData"]] * 2
    assert told(USUAL, *same, proximity_only=False) == [{"RSSI": -60}] * 2


@pytest.mark.parametrize(("step_db", "is_told"), [(7, False), (8, True), (-8, True)])
def test_newer_bluez_tells_only_large_steps_of_the_rssi(step_db: int, is_told: bool) -> None:
    """Commit e004414a1: the delta is lifted by a proximity filter only."""
    first, then = heard(rssi=-60), heard(rssi=-60 + step_db)
    assert [bool(each) for each in told(USUAL, first, then)] == [is_told]
    assert told(USUAL, first, then, proximity_only=False) == [{"RSSI": -60 + step_db}]
    assert told({"RSSI": -127}, first, then) == [{"RSSI": -60 + step_db}]


def test_data_of_several_companies_piles_up_unless_duplicates_are_asked_for() -> None:
    """Old values would look as fresh as the new one."""
    adverts = [heard(manufacturer_data={company: b"x"}) for company in (0x4C, 0x757, 0x499)]
    assert [sorted(each["ManufacturerData"]) for each in told(USUAL, *adverts)] == [[0x4C, 0x757], [0x4C, 0x499, 0x757]]
    assert [sorted(each["ManufacturerData"]) for each in told(OURS, *adverts)] == [[0x757], [0x499]]


def test_the_filters_of_all_clients_count_together() -> None:
    """A phone app on the same box must not make the gateway deaf, nor the other way round."""
    together = listening([USUAL, OURS], proximity_only=True)
    assert together is not None
    assert (together.duplicates, together.delta_db, together.at_least_dbm) == (True, 0, None)
    assert listening([], proximity_only=True) is None
