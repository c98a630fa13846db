"""What a scanner just hears is learned from the faintest that it hears."""

import random

import pytest

from server.domain.custody import Heard, Window
from server.domain.custody.ears import floors


@pytest.mark.parametrize("faintest", [-101.0, -96.0, -91.0])
def test_the_floor_is_a_little_above_the_faintest(faintest: float) -> None:
    """Receivers differ by 10 dB; a wrong floor is an error that every window counts again."""
    rng, now = random.Random(7), {}
    for nth in range(400):
        levels = [max(faintest, rng.uniform(faintest - 5, -60)) for _ in range(40)]
        heard = tuple(
            Heard(to_ms=nth, from_ms=nth, scanner="v1", tag=str(k), count=1, rssi_max_dbm=level, rssi_mean_dbm=level)
            for k, level in enumerate(levels)
        )
        now = floors(now, Window(from_ms=nth, to_ms=nth + 1, sightings=heard))
    assert faintest - 4 < now["v1"] < faintest + 2
