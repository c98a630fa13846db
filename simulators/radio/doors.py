"""When a van's doors are open: while it is loaded, with pauses; whenever somebody carries through them; at stops."""

import random
from collections.abc import Iterable

import numpy as np

from simulators.radio.depot import Berth
from simulators.radio.world import Stretch, Van


def work(van: Van, berth: Berth, trails: Iterable[tuple[Stretch, ...]], number: int, rng: random.Random) -> None:
    """Fill in `van.door`."""
    door = np.zeros(len(van.door))
    closes = min(berth.loaded_s + rng.randint(20, 150), berth.departs_s - rng.randint(45, 120))
    door[max(0, berth.loads_s - rng.randint(10, 240)) : closes] = 1.0
    for _ in range(rng.randint(0, 3)):
        pause = rng.randint(berth.loads_s, berth.loaded_s)
        door[pause : pause + rng.randint(40, 400)] = rng.choice((0.0, 0.0, 0.4))
    last_s = berth.loads_s
    before, after = rng.randint(6, 25), rng.randint(5, 30)
    for trail in trails:
        for stretch in trail:
            if stretch.in_hand and stretch.frame == number:
                door[max(0, stretch.from_s - before) : stretch.to_s + after] = 1.0
                last_s = max(last_s, stretch.to_s)
    door[van.speed_mps > 0.3] = 0.0
    van.door = door
