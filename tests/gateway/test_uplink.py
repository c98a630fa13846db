"""The uplink's small rules: when the map gets a position, and when a connection is no longer believed in."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gateway.uplink import UNHEARD_MOST_S, UNHEARD_S, Doubts, Pace
from tests.support.positions import NOON


def paced(every_s: float, *heard: tuple[float, float]) -> list[float]:
    """Which seconds of fixes go, given when each was heard."""
    pace = Pace(every_s)
    return [second for second, now_s in heard if pace.due(NOON + timedelta(seconds=second), now_s)]


def test_a_receiver_at_one_hertz_loses_no_position_to_jitter() -> None:
    """A fix that comes 980 ms after the last one is the next second, not one too many."""
    heard = [(second, second + (0.4 if second % 2 else 0.0)) for second in range(10)]
    assert paced(1, *heard) == list(range(10))


def test_ten_fixes_a_second_are_thinned_to_the_same_one_of_each() -> None:
    """Glides on the map are even when the steps are."""
    assert paced(1, *((tenth / 10, tenth / 10) for tenth in range(40))) == [0, 1, 2, 3]


@given(st.floats(0, 0.001), st.integers(2, 500))
def test_a_recording_at_full_speed_does_not_flood_the_broker(step_s: float, fixes: int) -> None:
    """Eight hours in three seconds are three positions for the map, not 28,800."""
    assert len(paced(1, *((second, second * step_s) for second in range(fixes)))) <= 1 + fixes * step_s * 2


def test_zero_means_never_and_a_clock_that_goes_back_means_now() -> None:
    """The map is a setting; and a date that was repaired must not silence it."""
    assert paced(0, (1, 1), (2, 2)) == []
    assert paced(1, (1000, 1), (5, 2), (6, 3)) == [1000, 5, 6]


def test_a_connection_without_answers_is_made_anew_ever_more_rarely() -> None:
    """It may only look alive; but when the server is away that is no use, and 10,000 gateways would do it."""
    doubts = Doubts()
    drops = [now for now in range(30_000) if doubts.overdue(now, asked=True)]
    pauses = [b - a for a, b in pairwise([0, *drops])]
    assert UNHEARD_S < pauses[0] < UNHEARD_S + 5
    assert all(b > a for a, b in pairwise(pauses[:5]))
    assert max(pauses) < UNHEARD_MOST_S + 5


def test_an_answer_or_an_idle_line_ends_the_doubts() -> None:
    """A parked van with nothing to say is not a dead line."""
    doubts = Doubts()
    assert not doubts.overdue(0, asked=True)
    doubts.heard()
    assert not doubts.overdue(UNHEARD_S + 1, asked=True)
    assert not doubts.overdue(UNHEARD_S + 2, asked=False)
    assert not doubts.overdue(3 * UNHEARD_S, asked=True)
