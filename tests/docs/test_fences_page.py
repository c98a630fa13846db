"""What docs/fences.md says of fences is what the reader of fences does."""

import re
from datetime import date

import pytest

from server.domain.fences.geojson import FencesError, decode_fences, read_fences, write_fences
from server.domain.fences.hours import read_hours
from server.domain.fences.schedule import Schedule
from server.domain.fences.sentence import schedule_sentence
from tests.docs.pages import blocks, page

PAGE = "docs/fences.md"
(EXAMPLE,) = blocks("json", of=PAGE)
HOURS = re.findall(r"^\| `([^`]+)` \| (.+ \(UTC\)) \|$", page(PAGE), re.MULTILINE)


def test_the_example_is_read_and_uses_every_property() -> None:
    """People begin by copying it."""
    fences = decode_fences(EXAMPLE.text)
    assert [fence.kind for fence in fences] == ["circle", "area", "corridor"]
    used = {name for feature in write_fences(fences)["features"] for name in feature["properties"]}
    named = set(re.findall(r"`([a-z_]+)`", page(PAGE).split("## Hours")[0]))
    assert used <= named
    assert {
        "radius_m",
        "width_m",
        "dwell_s",
        "speed_limit_kmh",
        "vehicles",
        "hours",
        "time_zone",
        "holidays",
        "site",
    } <= used


@pytest.mark.parametrize(("text", "meaning"), HOURS)
def test_hours_mean_what_the_table_says(text: str, meaning: str) -> None:
    """The table is the whole of the grammar that most people read."""
    days = read_hours(text)
    assert schedule_sentence(Schedule(week=days[:7], on_holidays=days[7], holidays=frozenset[date]())) == meaning


@pytest.mark.parametrize(("name", "most"), [("radius_m", 2_000_000), ("width_m", 200_000), ("margin_m", 10_000)])
def test_limits_are_those_of_the_page(name: str, most: int) -> None:
    """A limit that is told wrongly is found out when it hurts."""
    number = {"radius_m": 0, "width_m": 2, "margin_m": 0}[name]
    assert f"{most:,}" in page(PAGE)
    feature = decode_fences(EXAMPLE.text)[number]
    (said,) = write_fences([feature])["features"]
    for value, is_read in ((most, True), (most + 1, False)):
        said["properties"][name] = value
        if is_read:
            assert read_fences(said)
        else:
            with pytest.raises(FencesError, match=name):
                read_fences(said)


def test_there_are_examples_of_hours() -> None:
    """A pattern that finds nothing would test nothing."""
    assert len(HOURS) >= 5
