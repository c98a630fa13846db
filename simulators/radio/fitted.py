"""What recordings say of RSSI, as constants; `python -m simulators.radio.fit FOLDER` measures them again.

Fitted to the static recordings of MIT Lincoln Laboratory (CC BY 4.0) and the moving ones of F. S. Danis et al. (CC0).
What no recording here can say is marked as assumed. dB, dBm, metres, seconds.
"""

PATH_EXPONENT = 1.67
"""Of the distance, indoors and in a yard's first metres."""

RECEIVER_SD_DB = 3.0
"""How receivers of one make differ."""

FADING_SD_DB = 4.64
"""Of single adverts in recordings in which nothing moves, all together."""

FADING_TYPICAL_DB, FADING_SPREAD = 4.25, 0.37
"""The same of one recording: its median, and how its logarithm varies from one to the next."""

FADING_SHAPE = 1.5
"""Of the gamma distribution whose logarithm the fading is (Nakagami). The skew (-0.8) says 1.95, the distance 1.1."""

FADING_KEPT, FADING_MEMORY_S = 0.58, 2.2
"""The lasting part of the variance of the normal variable that is bent into fading, and how long it lasts.

So that the adverts are alike by 0.47, 0.38, 0.28, 0.16, 0.08 after 0.2, 0.5, 1, 2, 4 s.
"""

SHADOW_SD_DB = 5.0
"""Between bodies, rotations and places at one distance."""

SHADOW_MEMORY_M = 0.65
"""A tag that moves forgets its shadow so fast."""

ONE_METRE_DBM = -59.0
"""Assumed: what a receiver of no offset hears of a tag a metre away."""

SHELL_DB = (5.0, 15.0)
"""Assumed: what a van's closed shell takes, thin to thick."""

FLOOR_DBM = (-98.0, -91.0)
"""Assumed: where half of the adverts are lost in noise; receivers differ."""

FAR_M, FAR_EXPONENT = 20.0, 2.6
"""Assumed: beyond this the ground and what stands on it take more."""
