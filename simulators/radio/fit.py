"""Fits the radio's constants to recordings, and says how well the simulated fading is like the recorded one.

    python -m simulators.radio.fit ../shared/data/ble_rssi

prints the constants as measured beside those of `fitted`, then simulates the very recordings (same times, same number)
and compares distributions (Kolmogorov-Smirnov, quantiles) and correlations. dB, seconds, metres.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simulators.radio import fitted
from simulators.radio.channel import fading, gamma_quantiles, lasting
from simulators.radio.recorded import Floats, Moving, Still, moving, still

LAGS_S = (0.2, 0.5, 1.0, 2.0, 4.0)
QUANTILES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
STEPS_M = (0.0, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
WINDOW_S, ENOUGH = 10.0, 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """The constants of `fitted`, as these recordings say them."""

    path_exponent: float
    receiver_sd_db: float
    fading_sd_db: float
    fading_sd_spread: float
    fading_shape: float
    fading_kept: float
    fading_memory_s: float
    shadow_sd_db: float
    shadow_memory_m: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Likeness:
    """Recorded against simulated."""

    distance: float
    """Kolmogorov-Smirnov, between the residuals of all adverts."""
    quantiles_db: tuple[tuple[float, float], ...]
    """Recorded, simulated, at QUANTILES."""
    correlation: tuple[tuple[float, float], ...]
    """Recorded, simulated, at LAGS_S."""
    window_mean_sd_db: tuple[float, float]
    window_best_db: tuple[float, float]
    """How far the best of a window stands above its mean."""


def fit(quiet: list[Still], carried: list[Moving]) -> Fit:
    """All constants."""
    residuals = [one.rssi_dbm - one.rssi_dbm.mean() for one in quiet]
    spreads = np.log([one.std(ddof=1) for one in residuals])
    kept, memory_s = _memory(correlation([one.time_s for one in quiet], residuals))
    exponent, receivers, left = _path(carried)
    means: dict[str, list[float]] = defaultdict(list)
    for one in quiet:
        means[one.group].append(float(one.rssi_dbm.mean()))
    indoors = [np.var(one, ddof=1) for group, one in means.items() if "Courtyard" not in group]
    return Fit(
        path_exponent=exponent, receiver_sd_db=receivers,
        fading_sd_db=float(np.sqrt(np.mean(np.concatenate(residuals) ** 2))),
        fading_sd_spread=float(spreads.std(ddof=1)),
        fading_shape=_shape(residuals), fading_kept=kept, fading_memory_s=memory_s,
        shadow_sd_db=float(np.sqrt(np.mean(indoors))), shadow_memory_m=_forgets(carried, left),
    )  # fmt: skip


def likeness(quiet: list[Still], *, seed: int = 1) -> Likeness:
    """Simulate each recording at its own times, with the constants of `fitted`, and compare."""
    random = np.random.default_rng(seed)
    times = [one.time_s - one.time_s[0] for one in quiet]
    real = [one.rssi_dbm - one.rssi_dbm.mean() for one in quiet]
    mock = []
    for time_s in times:
        slow = lasting(1, int(time_s[-1]) + 1, random)[0][time_s.astype(int)]
        sd = np.full(len(slow), fitted.FADING_TYPICAL_DB * np.exp(fitted.FADING_SPREAD * random.standard_normal()))
        one = np.rint(fading(slow, sd, random)).astype(np.float64)
        mock.append(one - one.mean())
    both = np.concatenate(real), np.concatenate(mock)
    return Likeness(
        distance=_apart(*both),
        quantiles_db=tuple((float(np.quantile(both[0], q)), float(np.quantile(both[1], q))) for q in QUANTILES),
        correlation=tuple(zip(correlation(times, real), correlation(times, mock), strict=True)),
        window_mean_sd_db=(_windows(times, real)[0], _windows(times, mock)[0]),
        window_best_db=(_windows(times, real)[1], _windows(times, mock)[1]),
    )


def correlation(times: list[Floats], residuals: list[Floats]) -> list[float]:
    """Autocorrelation at LAGS_S, of all recordings together."""
    found = []
    for lag in LAGS_S:
        shared, whole = 0.0, 0.0
        for time_s, left in zip(times, residuals, strict=True):
            near = np.abs(time_s[None, :] - time_s[:, None] - lag) < (0.05 if lag < 0.5 else 0.1)
            early, late = np.nonzero(near)
            shared += float(left[early] @ left[late])
            whole += float(left.var()) * len(early)
        found.append(shared / whole)
    return found


def _memory(found: list[float]) -> tuple[float, float]:
    """The lasting part and its memory: the best of a grid, by squares."""
    kept, memory = np.meshgrid(np.linspace(0.2, 0.9, 141), np.linspace(0.5, 8, 301))
    error = sum((kept * np.exp(-lag / memory) - one) ** 2 for lag, one in zip(LAGS_S, found, strict=True))
    best = np.unravel_index(np.argmin(error), kept.shape)
    return float(kept[best]), float(memory[best])


def _shape(residuals: list[Floats]) -> float:
    """Of the gamma distribution whose logarithm is nearest to the standardised adverts."""
    random = np.random.default_rng(0)
    real = np.sort(np.concatenate([(one + random.uniform(-0.5, 0.5, len(one))) / one.std() for one in residuals]))
    shares = (np.arange(len(real)) + 0.5) / len(real)
    real /= real.std()
    shapes = np.linspace(0.8, 8, 73)
    worst = []
    for shape in shapes:
        grid, below = gamma_quantiles(float(shape))
        worst.append(float(np.abs(np.interp(real, grid, below) - shares).max()))
    return float(shapes[int(np.argmin(worst))])


def _path(carried: list[Moving]) -> tuple[float, float, list[Floats]]:
    """Exponent, the receivers' spread, and what is left of each recording: least squares over all of them."""
    names = sorted({one.receiver for one in carried})
    slope = np.concatenate([-10 * np.log10(one.away_m) for one in carried])
    which = np.concatenate([np.full(len(one.away_m), names.index(one.receiver)) for one in carried])
    matrix = np.column_stack([slope, which[:, None] == np.arange(len(names))])
    rssi = np.concatenate([one.rssi_dbm for one in carried])
    answer, *_ = np.linalg.lstsq(matrix, rssi, rcond=None)
    left = rssi - matrix @ answer
    cuts = np.cumsum([len(one.away_m) for one in carried])[:-1]
    return float(answer[0]), float(np.std(answer[1:], ddof=1)), np.split(left, cuts)


def _forgets(carried: list[Moving], left: list[Floats]) -> float:
    """Metres after which the residuals of a moving beacon are alike by 1/e of what they are at rest."""
    shared, many = np.zeros(len(STEPS_M) - 1), np.zeros(len(STEPS_M) - 1)
    for one, residual in zip(carried, left, strict=True):
        early, late = np.triu_indices(len(residual), 1)
        soon = np.abs(one.time_s[early] - one.time_s[late]) < 30
        early, late = early[soon], late[soon]
        bins = np.digitize(np.linalg.norm(one.place_m[early] - one.place_m[late], axis=1), STEPS_M) - 1
        centred = residual - residual.mean()
        for step in range(len(shared)):
            inside = bins == step
            shared[step] += float(centred[early[inside]] @ centred[late[inside]])
            many[step] += int(inside.sum())
    alike = shared / many
    middles = (np.array(STEPS_M[:-1]) + np.array(STEPS_M[1:])) / 2
    memories = np.linspace(0.1, 3, 291)
    errors = []
    for memory in memories:
        curve = np.exp(-middles / memory)
        errors.append(float(((alike - (alike @ curve) / (curve @ curve) * curve) ** 2).sum()))
    return float(memories[int(np.argmin(errors))])


def _windows(times: list[Floats], residuals: list[Floats]) -> tuple[float, float]:
    """Of windows of 10 s: how their means vary within a recording, and how far the best is above the mean."""
    spread: list[float] = []
    best: list[float] = []
    for time_s, left in zip(times, residuals, strict=True):
        windows = [left[np.floor(time_s / WINDOW_S) == nth] for nth in range(int(time_s[-1] / WINDOW_S) + 1)]
        full = [one for one in windows if len(one) >= ENOUGH]
        best.extend(float(one.max() - one.mean()) for one in full)
        if len(full) >= 3:
            spread.append(float(np.var([one.mean() for one in full], ddof=1)))
    return float(np.sqrt(np.mean(spread))), float(np.mean(best))


def _apart(one: Floats, two: Floats) -> float:
    grid = np.arange(-40.25, 40, 0.5)
    below = [np.searchsorted(np.sort(values), grid) / len(values) for values in (one, two)]
    return float(np.abs(below[0] - below[1]).max())


def report(folder: Path) -> Iterator[str]:
    """What the program prints."""
    quiet, carried = still(folder), moving(folder)
    found = fit(quiet, carried)
    yield f"{len(quiet)} still recordings, {sum(len(one.rssi_dbm) for one in carried)} adverts of a moving beacon"
    for name in Fit.__slots__:
        yield f"{name:18} measured {getattr(found, name):6.2f}   used {_used(name):6.2f}"
    like = likeness(quiet)
    yield f"\nrecorded against simulated: Kolmogorov-Smirnov {like.distance:.3f}"
    for share, (real, mock) in zip(QUANTILES, like.quantiles_db, strict=True):
        yield f"quantile {share:4.2f}      {real:6.1f} dB  {mock:6.1f} dB"
    for lag, (real, mock) in zip(LAGS_S, like.correlation, strict=True):
        yield f"alike after {lag:3.1f} s   {real:6.2f}     {mock:6.2f}"
    yield f"mean of 10 s, sd    {like.window_mean_sd_db[0]:6.2f} dB  {like.window_mean_sd_db[1]:6.2f} dB"
    yield f"best above mean     {like.window_best_db[0]:6.2f} dB  {like.window_best_db[1]:6.2f} dB"


def _used(name: str) -> float:
    names = {"fading_sd_spread": "FADING_SPREAD"}
    return float(getattr(fitted, names.get(name, name.upper())))


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in report(Path(sys.argv[1])))
