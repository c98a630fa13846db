"""Loading is collective, and a van leaves when it is loaded."""

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from server.domain.custody.ears import fresh_ears
from server.domain.custody.geometry import AWAY, OWN_DBM, Table
from server.domain.custody.loading import FIRST, LEAST_ABOARD, departed, learned
from server.domain.custody.radio import STRENGTHS, strengths_prior
from server.domain.custody.state import Ears, Hypotheses

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


def rows(aboard: float) -> Hypotheses:
    """One row: in its van, or at the site; two that are nearly nothing."""
    shares = np.array([[[aboard], [1 - aboard], [1e-30], [1e-30]]]) * np.exp(strengths_prior())
    shape = (1, 4, len(STRENGTHS), 1)
    return Hypotheses(
        place=np.array([[0, AWAY, AWAY, AWAY]]),
        carried=np.zeros((1, 4), dtype=bool),
        since=np.zeros((1, 4), dtype=np.int64),
        mute=np.zeros((1, 4)),
        logw=np.log(shares),
        mean=np.zeros(shape),
        var=np.ones(shape),
    )


def heard(level: float, at_ms: int) -> Ears:
    """The van heard it lately."""
    ears = fresh_ears(1, 1)
    return msgspec.structs.replace(
        ears, scanner=np.array([[0]]), level=np.array([[level]]), heard_ms=np.array([[at_ms]])
    )


@given(aboard=st.floats(0.0001, 0.9999))
def test_a_van_that_leaves_has_most_of_its_load(aboard: float) -> None:
    """A level at the dock was never quite sure, either way; it may have been inside all along, as loud as it was."""
    now, ears = rows(aboard), heard(-80.0, 95_000)
    then = departed(now, ears, np.array([0]), {0}, 100_000)
    weight = np.exp(then.logw).sum(axis=2)[0]
    assert abs(weight.sum() - 1) < 1e-6
    assert weight[then.place[0] == 0].sum() >= max(aboard, LEAST_ABOARD) - 1e-6
    if (then.place[0] == 0).sum() == 2:
        new = int(np.flatnonzero(then.since[0] == 100_000)[0])
        assert np.allclose(OWN_DBM + STRENGTHS + then.mean[0, new, :, 0], -80.0)
    assert departed(now, ears, np.array([0]), set(), 100_000) is now
