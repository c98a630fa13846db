"""What is usual at a place, and who may say so."""

import msgspec
import numpy as np

from server.domain.custody.geometry import table
from server.domain.custody.planned import indexed
from server.domain.custody.state import State
from server.domain.custody.usual import usual
from server.domain.custody.vehicles import Seen
from tests.server.domain.custody.morning import plan, told, window

LOUD = -50.0


def morning(*levels: float, windows: int = 20) -> State:
    """Parcels inside v1, so loud; the van drives, so that it is sure."""
    tags = [f"t{n}" for n in range(len(levels))]
    made = [
        window(
            nth,
            {("v1", tag): dbm for tag, dbm in zip(tags, levels, strict=True)},
            {"v1": (max(0, nth - 8) * 80.0, 8.0 if nth > 8 else 0.0)},
        )
        for nth in range(1, windows + 1)
    ]
    return told(plan(*tags), made).state


def inside(state: State, tags: int) -> float:
    """The usual deviation of what is in v1, for its scanner."""
    known = indexed(plan(*[f"t{n}" for n in range(tags)]))
    seen = Seen(vehicles=state.vehicles, spots=state.spots, next_spot=state.next_spot)
    assert state.hypotheses is not None
    assert state.ears is not None
    k = state.scanners.index("v1")
    return float(usual(state.hypotheses, table(seen, state.scanners, known), state.ears)[k, k])


def test_a_van_in_which_all_is_loud_lets_expect_that_of_the_next() -> None:
    """Twelve say it; one alone says less, for its tag may be a strong one."""
    many, one = inside(morning(*[LOUD] * 12), 12), inside(morning(LOUD), 1)
    assert many > one + 0.5 > 0.5
    assert inside(morning(*[-84.0] * 12), 12) < 0


def test_who_is_not_sure_of_its_place_says_nothing() -> None:
    """Every parcel could be anywhere with the same odds."""
    state = morning(*[LOUD] * 6)
    assert state.hypotheses is not None
    even = np.full_like(state.hypotheses.logw, -np.log(state.hypotheses.logw[0].size))
    places = np.where(state.hypotheses.place >= 0, np.arange(state.hypotheses.place.shape[1]) % 2, -2)
    doubt = msgspec.structs.replace(
        state, hypotheses=msgspec.structs.replace(state.hypotheses, logw=even, place=places)
    )
    assert inside(doubt, 6) == 0
