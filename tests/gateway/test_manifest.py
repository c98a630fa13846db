"""The manifest in the vehicle: through the ignition, bad messages and its own end."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.manifest import Kept
from tests.support.positions import NOON
from wire.down import CLEARED, encode_down
from wire.messages import Manifest

TODAY = Manifest(version="v1", until=NOON + timedelta(hours=9), tags=("a", "b"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "manifest.json"


def test_it_survives_the_ignition(path: Path) -> None:
    """The van starts in a garage without reception, and its parcels are in it."""
    kept = Kept(path)
    kept.hear(encode_down(TODAY))
    kept.write()
    assert Kept(path).current(NOON) == TODAY
    assert list(path.parent.iterdir()) == [path]


def test_it_counts_until_its_time_is_over(path: Path) -> None:
    """Yesterday's parcels are delivered."""
    kept = Kept(path)
    kept.hear(encode_down(TODAY))
    assert kept.current(TODAY.until - timedelta(seconds=1)) == TODAY
    assert kept.current(TODAY.until) is None


def test_the_owner_is_told_of_each_change_and_only_of_changes(path: Path) -> None:
    """The broker repeats the retained message after each reconnection; flash wears."""
    kept, changes = Kept(path), []
    kept.changed = lambda: changes.append(1)
    for payload in (encode_down(TODAY), encode_down(TODAY), CLEARED, CLEARED, encode_down(TODAY)):
        kept.hear(payload)
    assert len(changes) == 3


def test_an_empty_message_takes_it_away_from_the_disk_too(path: Path) -> None:
    """A gateway that goes into another van must not look for the parcels of the old one."""
    kept = Kept(path)
    kept.hear(encode_down(TODAY))
    kept.write()
    kept.hear(CLEARED)
    kept.write()
    assert not path.exists()
    assert Kept(path).current(NOON) is None


@pytest.mark.parametrize("payload", [b"garbage", b"{", b'{"manifest":{"version":"v2"}}', b'{"later":1}', b"[]"])
def test_what_cannot_be_read_changes_nothing(path: Path, payload: bytes) -> None:
    """This morning's list is better than none."""
    kept = Kept(path)
    kept.hear(encode_down(TODAY))
    kept.hear(payload)
    assert kept.current(NOON) == TODAY


@pytest.mark.parametrize("found", [b"", b"\0\0\0\0", b"{half", b"\xff"])
def test_a_damaged_file_is_none(path: Path, found: bytes) -> None:
    """The server's message comes with the next connection."""
    path.write_bytes(found)
    assert Kept(path).current(NOON) is None
