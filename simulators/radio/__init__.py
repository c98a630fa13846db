"""A depot's morning by radio: vans, tagged parcels, scanners, and the truth of where each parcel is in every second.

`recipes` names the worlds, `story` and `rounds` decide what happens, `channel` is the physics (its constants are in
`fitted`, the program that fits them is `fit`), `told` prints observations and truth. Deterministic by name and seed.
Metres in a plane around the depot, seconds since the world began, dB and dBm.
"""

from simulators.radio.adverts import Heard, Receptions, adverts, heard
from simulators.radio.build import world
from simulators.radio.recipes import NAMES
from simulators.radio.told import observations, truth

__all__ = ["NAMES", "Heard", "Receptions", "adverts", "heard", "observations", "truth", "world"]
