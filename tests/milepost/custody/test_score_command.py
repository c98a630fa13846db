"""`milepost custody score` as its user runs it, on a small world of the simulator's."""

import json

import pytest
from typer.testing import CliRunner

from milepost.custody.commands import custody
from simulators import radio


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    made = radio.world("slow-tags", 4)
    heard = radio.heard(made)
    (folder / "seen").write_text("".join(f"{line}\n" for line in radio.observations(made, heard)))
    (folder / "truth").write_text("".join(f"{line}\n" for line in radio.truth(made, heard)))
    return folder


def run(*words):
    return CliRunner().invoke(custody, ["score", *map(str, words)])


def test_the_filter_and_both_peers_are_judged_by_the_same_truth(world):
    """A ratio against a peer means something only in the same run, on the same statements."""
    told = run(world / "seen", world / "truth", "--every", "60")
    assert told.exit_code == 0
    line = json.loads(told.stdout)
    assert (line["world"], line["ordinary"]) == ("slow-tags", False)
    rules = [line["custody"], *line["peers"].values()]
    assert set(line["peers"]) == {"rssi_threshold", "last_heard"}
    assert len({rule["statements"] for rule in rules}) == 1
    assert len({rule["misloads"] for rule in rules}) == 1
    assert all(rule["parcels"] == 120 for rule in rules)
    assert 0.05 < line["peers"]["last_heard"]["wrong"] / line["peers"]["last_heard"]["statements"] < 0.7


def test_a_missing_truth_and_a_wrong_one_are_told_in_words(world, tmp_path):
    """The two files are easily swapped."""
    assert run(world / "seen", tmp_path / "none").exit_code == 2
    swapped = run(world / "truth", world / "seen")
    assert swapped.exit_code == 1
    assert "of the truth" in swapped.stderr
