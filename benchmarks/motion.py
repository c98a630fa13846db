"""Driving or on foot: the trees on recordings that they have not seen, against one speed threshold in the same run.

Five folds by recordings: what is learnt on four of them is scored on the fifth. The threshold is tuned on those
four. `--write` learns from all of them and writes server/domain/motion/trees.json; `--quick` takes fewer trees. Needs
the labelled recordings beside the project (benchmarks/labelled_drivers.py).
"""

import hashlib
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from benchmarks.boosting import Recipe, learn
from benchmarks.labelled_drivers import (
    FILE,
    Drive,
    Look,
    blurred,
    drives,
    each_second,
    every,
    on_earth,
    with_gap,
    without,
)
from server.domain.motion import trees as trees_module
from server.domain.motion.features import NAMES
from server.domain.motion.rule import figures_of
from server.domain.motion.trees import Trees, log_odds

FOLDS = 5
AS_RECORDED = "as recorded"
LOOKS: dict[str, Look] = {
    AS_RECORDED: lambda drive, _: drive,
    "every 10 s": every(2),
    "every 15 s": every(3),
    "every 20 s": every(4),
    "every 1 s": each_second(0.0),
    "1 s, noise 2 m": each_second(2.0),
    "noise 1 m": blurred(1.0),
    "noise 3 m": blurred(3.0),
    "30 % missing": without(0.3),
    "a gap of 60 s": with_gap,
}
LEARNT = {
    AS_RECORDED: 1.0,
    "every 10 s": 0.5,
    "every 15 s": 0.5,
    "every 20 s": 0.25,
    "noise 1 m": 0.5,
    "30 % missing": 0.5,
}
"""The looks that are learnt from, with their weights."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """Every fix of every recording in one look."""

    figures: Any
    on_foot: Any
    recording: Any


def sample(recordings: list[Drive], look: Look, seed: int) -> Sample:
    random = np.random.default_rng(seed)
    seen = [look(drive, random) for drive in recordings]
    return Sample(
        figures=np.concatenate([figures_of(one.at_ms, *on_earth(one, random))[0] for one in seen]),
        on_foot=np.concatenate([one.on_foot for one in seen]),
        recording=np.repeat(np.arange(len(seen)), [len(one.at_ms) for one in seen]),
    )


def fit(samples: dict[str, Sample], recordings: Any, recipe: Recipe, made: str = "") -> Trees:
    """The trees that these recordings teach."""
    parts = [(samples[name], np.isin(samples[name].recording, recordings), weight) for name, weight in LEARNT.items()]
    base, trees = learn(
        np.concatenate([part.figures[which] for part, which, _ in parts]),
        np.concatenate([part.on_foot[which] for part, which, _ in parts]),
        np.concatenate([np.full(which.sum(), weight) for _, which, weight in parts]),
        recipe,
    )
    return Trees(made=made, names=NAMES, base=base, trees=tuple(trees))


def threshold(one: Sample, recordings: Any) -> float:
    """The mean speed over 20 s below which most are on foot."""
    which = np.isin(one.recording, recordings)
    speed, truth = one.figures[which, NAMES.index("mean 2")], one.on_foot[which]
    return max(np.arange(0.5, 6.0, 0.05), key=lambda mps: ((speed < mps) == truth).mean())


def score(said: Any, truth: Any) -> list[float]:
    """Accuracy, F1 of driving, F1 of on foot, mean of both F1, in percent."""

    def f1(one: Any, other: Any) -> float:
        return float(200 * (one & other).sum() / (one.sum() + other.sum()))

    driving, foot = f1(~said, ~truth), f1(said, truth)
    return [100 * float((said == truth).mean()), driving, foot, (driving + foot) / 2]


def show(name: str, values: list[float], after: str = "") -> None:
    print(f"{name:34}" + "".join(f"{value:9.2f}" for value in values) + after)


def main() -> None:
    recipe = Recipe(trees=80, rate=0.2) if "--quick" in sys.argv else Recipe()
    if not FILE.exists():
        print(f"skipped: {FILE} is missing; put the data folder beside the project")
        return
    recordings = drives()
    samples = {name: sample(recordings, look, seed) for seed, (name, look) in enumerate(LOOKS.items())}
    if "--write" in sys.argv:
        write(samples, recordings, recipe)
        return
    fold = np.random.default_rng(recipe.seed).permutation(len(recordings)) % FOLDS
    odds = {name: np.empty(len(one.on_foot)) for name, one in samples.items()}
    slow = {name: np.empty(len(one.on_foot), dtype=bool) for name, one in samples.items()}
    began = time.process_time()
    for number in range(FOLDS):
        trees = fit(samples, np.flatnonzero(fold != number), recipe)
        mps = threshold(samples[AS_RECORDED], np.flatnonzero(fold != number))
        for name, one in samples.items():
            unseen = fold[one.recording] == number
            odds[name][unseen] = log_odds(trees, one.figures[unseen])
            slow[name][unseen] = one.figures[unseen, NAMES.index("mean 2")] < mps
    fixes = len(samples[AS_RECORDED].on_foot)
    print(f"Python {sys.version.split()[0]}, numpy {np.__version__}, {len(recordings)} recordings, {fixes} fixes")
    print(f"{FOLDS} folds by recordings, {(time.process_time() - began) / FOLDS:.0f} s of learning each; percent")
    print(f"{'':34} accuracy  driving  on foot    macro   (F1)")
    for name, one in samples.items():
        show(f"{name}: trees", score(odds[name] > 0, one.on_foot))
        show(f"{name}: one threshold", score(slow[name], one.on_foot))
    truth, said = samples[AS_RECORDED].on_foot, odds[AS_RECORDED]
    each = [
        score(said[mine] > 0, truth[mine]) for mine in (fold[samples[AS_RECORDED].recording] == n for n in range(FOLDS))
    ]
    show("spread between folds, one sigma", np.std(each, axis=0).tolist())
    show_calibration(1 / (1 + np.exp(-said)), truth)


def show_calibration(p: Any, truth: Any) -> None:
    """How often it is so when it is said with this probability."""
    print(f"Brier score {np.mean((p - truth) ** 2):.4f}; said and true, in tenths of p(on foot):")
    for low in np.arange(0, 1, 0.1):
        which = (p >= low) & (p < low + 0.1)
        print(f"  {p[which].mean():.2f} {truth[which].mean():.2f}  ({which.sum()} fixes)")


def write(samples: dict[str, Sample], recordings: list[Drive], recipe: Recipe) -> None:
    settings = ", ".join(f"{key} {value}" for key, value in msgspec.structs.asdict(recipe).items())
    digest = hashlib.sha256(FILE.read_bytes()).hexdigest()
    made = (
        f"python -m benchmarks.motion --write, numpy {np.__version__}; {settings}; looks {LEARNT}; "
        f"from {len(recordings)} recordings of {FILE.name} (sha256 {digest}), amazon-science/"
        "goal-gps-ordered-activity-labels, CC BY 4.0"
    )
    path = Path(trees_module.__file__).with_name(trees_module.FILE)
    data = msgspec.json.encode(fit(samples, np.arange(len(recordings)), recipe, made))
    path.write_bytes(data.replace(b'{"figures"', b'\n{"figures"') + b"\n")
    print(f"{path}: {len(data)} bytes")


if __name__ == "__main__":
    main()
