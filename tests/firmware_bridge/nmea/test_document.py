"""docs/nmea.md says what the code does: every field, flag and counter, in the code's own words."""

import re

from firmware_bridge.nmea import FLAGS, REFUSED, Fix
from tests.support.real import ROOT

DOCUMENT = (ROOT / "docs" / "nmea.md").read_text(encoding="utf-8")


def rows(heading: str) -> dict[str, str]:
    """The first two columns of the table under a heading."""
    section = DOCUMENT.split(f"## {heading}\n")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| (`[^|]+`) \| ([^|]+) \|", section, re.MULTILINE))


def test_every_field_is_described_in_its_order() -> None:
    """Whoever reads the JSON finds unit and source of each."""
    named = [name for cell in rows("Fields") for name in re.findall(r"`(\w+)`", cell)]
    assert tuple(named) == Fix.__struct_fields__


def test_every_flag_is_described() -> None:
    """A flag without a meaning is noise."""
    assert rows("Flags") == {f"`{name}`": meaning for name, meaning in FLAGS.items()}


def test_every_counter_is_described() -> None:
    """An installer looks the reason up."""
    assert rows("Counters") == {f"`{name}`": meaning for name, meaning in REFUSED.items()}
