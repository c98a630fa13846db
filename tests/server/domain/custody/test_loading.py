"""Loading is collective, and a van leaves when it is loaded."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from server.domain.custody.geometry import AWAY, Table
from server.domain.custody.loading import FIRST, LEAST_ABOARD, departed, learned
from server.domain.custody.state import Hypotheses

DOCK = Table(
    spots=np.array([0]),
    base=np.zeros((3, 1)),
    spread=np.zeros((3, 1)),
    kept=np.ones((3, 1)),
    standing=np.array([True]),
    moving=np.array([False]),
    spot=np.array([AWAY]),
    at_site=np.array([True]),
)
OWN = np.zeros(20, dtype=np.int64)


def after(came: float, windows: int = 1) -> float:
    """How likely it is being loaded, when so much of what was expected of each row came in each window."""
    now: dict[str, float] = {}
    for _ in range(windows):
        now = learned(now, ("v1",), OWN, DOCK, np.full(20, 0.02), np.full(20, came))
    return now["v1"]


def test_many_that_come_say_that_it_is_loaded_and_none_that_it_is_over() -> None:
    """Twenty rows in a few windows."""
    assert after(0.3, 4) > 0.9 > FIRST > 0.05 > after(0.002, 12)


@given(aboard=st.floats(0.0001, 0.9999))
def test_a_van_that_leaves_has_most_of_its_load(aboard: float) -> None:
    """A level at the dock was never quite sure, either way."""
    now = Hypotheses(
        place=np.array([[0, AWAY]]),
        carried=np.zeros((1, 2), dtype=bool),
        since=np.zeros((1, 2), dtype=np.int64),
        mute=np.zeros((1, 2)),
        logw=np.log(np.array([[[aboard], [1 - aboard]]])),
        mean=np.zeros((1, 2, 1, 1)),
        var=np.ones((1, 2, 1, 1)),
    )
    then = np.exp(departed(now, np.array([0]), {0}).logw)[0, :, 0]
    assert abs(then.sum() - 1) < 1e-9
    assert then[0] >= max(aboard, LEAST_ABOARD) - 1e-9
    assert departed(now, np.array([0]), set()) is now
