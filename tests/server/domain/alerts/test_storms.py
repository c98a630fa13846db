"""Which alerts are one storm: from when they opened, and nothing else."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from server.domain.alerts.storms import MOST, WITHIN_MS, Group, Opened, storms, together


def opened(*seconds: float) -> list[Opened]:
    return [Opened(round(second * 1000), f"a{n}") for n, second in enumerate(seconds)]


def sizes(*seconds: float) -> list[int]:
    return [len(storm) for storm in storms(opened(*seconds))]


def test_five_within_two_minutes_are_a_storm() -> None:
    """Four are not, and five in more time are not."""
    assert sizes(0, 30, 60, 90) == []
    assert sizes(0, 30, 60, 90, 120) == [5]
    assert sizes(0, 30, 60, 90, 121) == []


def test_it_begins_with_the_first_five_and_ends_with_a_pause() -> None:
    """What came alone before stays alone; what trickles in behind belongs to it."""
    assert sizes(0, 100, 219, 220, 221, 222, 223, 300, 419, 540) == [7]
    assert [storm[0].opened_ms for storm in storms(opened(0, 100, 219, 220, 221, 222, 223))] == [219_000]


def test_a_pause_of_more_than_two_minutes_makes_two() -> None:
    """Each with a first member of its own."""
    assert sizes(0, 1, 2, 3, 4, 125, 126, 127, 128, 129) == [5, 5]


@given(st.lists(st.integers(0, 2000), max_size=60), st.randoms())
def test_a_storm_holds_what_the_rule_says_in_any_order(seconds: list[int], random) -> None:
    """Checked by the words of the rule, slowly."""
    alerts = opened(*seconds)
    shuffled = list(alerts)
    random.shuffle(shuffled)
    found = storms(shuffled)
    assert found == storms(alerts)
    for storm in found:
        assert len(storm) >= MOST
        assert storm[MOST - 1].opened_ms - storm[0].opened_ms <= WITHIN_MS
        assert all(b.opened_ms - a.opened_ms <= WITHIN_MS for a, b in pairwise(storm))
    members = {one.id for storm in found for one in storm}
    for one in alerts:
        near = [other for other in alerts if one.opened_ms <= other.opened_ms <= one.opened_ms + WITHIN_MS]
        if len(near) >= MOST:
            assert {other.id for other in near} <= members


def test_a_storm_is_as_open_as_its_most_open_member_and_as_bad_as_its_worst() -> None:
    """One that nobody took keeps it loud."""
    closed, acknowledged = Group("closed", "info", 1, 50, None), Group("acknowledged", "warning", 1, None, None)
    assert together([closed, acknowledged]).state == "acknowledged"
    assert together([closed, acknowledged, Group("open", "critical", 1, None, None)]).severity == "critical"
    assert together([closed, Group("closed", "info", 1, 70, None)]).closed_ms == 70
    assert together([closed, Group("snoozed", "info", 1, None, 99)]).snoozed_ms == 99
