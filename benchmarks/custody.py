"""Where is this parcel? The custody filter against a threshold and last-heard-wins, on simulated worlds.

`python -m benchmarks.custody [--seeds 2] [--first 1001] [--worlds NAME ...] [--write]`: worlds and seeds through what
`milepost custody run` and `score` do, in the same run for all three; the bars beside the figures, per world and for
both families. `--write` keeps the figures for the page (server/domain/custody/truth.json). Seeds from 1001 on are for
this; who tunes the filter uses others.
"""

import argparse
import os
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

import server.domain.custody as filter_module
from milepost.custody.judging import PEERS, judged_all
from milepost.custody.lines import observed
from milepost.custody.runner import believed
from milepost.custody.scoring import Tally, figures
from milepost.custody.truths import read_truth
from simulators import radio
from simulators.radio.recipes import RECIPES
from wire.messages import rfc3339

FILE = Path(filter_module.__file__).with_name("truth.json")
EVERY_MS = 30_000
SLOWEST_S = 15.0
RULES = ("custody", *PEERS)
ON_PAGE = (
    "parcels", "statements", "wrong", "sure", "sure_true", "sure_named", "brier", "reliability",
    "misloads", "misloads_noticed_before_gate", "false_alarms", "false_alarms_per_1000", "delay_s",
    "handed_over", "handed_over_noticed", "left", "left_noticed",
)  # fmt: skip
"""What truth.json holds of each rule and world."""


class Bar(NamedTuple):
    """A promise: its words, its figure from `figures`, and the bars of ordinary and hard worlds (None: say it)."""

    words: str
    of: Any
    ordinary: float | None
    hard: float | None
    most: bool = False
    """At most this; else at least."""


def share(part: float, whole: float) -> float:
    return 100 * part / whole if whole else float("nan")


BARS = (
    Bar("sure statements that are true, %", lambda f: share(f["sure_true"], f["sure"]), 98.5, 97),
    Bar("sure and naming a place, %", lambda f: share(f["sure_named"], f["statements"]), 80, 65),
    Bar("Brier score", lambda f: f["brier"], 0.05, 0.1, most=True),
    Bar("misloads before the gate, %", lambda f: share(f["misloads_noticed_before_gate"], f["misloads"]), 99, 70),
    Bar("false alarms per 1,000", lambda f: f["false_alarms_per_1000"], 1, 15, most=True),
    Bar("hand-overs noticed, %", lambda f: share(f["handed_over_noticed"], f["handed_over"]), 97, None),
    Bar("left aboard, wrong stop, %", lambda f: share(f["left_noticed"], f["left"]), 85, None),
    Bar("wrong statements, %", lambda f: share(f["wrong"], f["statements"]), None, None, most=True),
)


class Judged(NamedTuple):
    """One world and seed."""

    name: str
    tallies: dict[str, Tally]


def judge(name: str, seed: int) -> Judged:
    made = radio.world(name, seed)
    heard = radio.heard(made)
    recording = observed(line.encode() for line in radio.observations(made, heard))
    truth = read_truth(line.encode() for line in radio.truth(made, heard))
    return Judged(name, judged_all(recording, truth, EVERY_MS))


def slowest(name: str, seed: int) -> float:
    """Seconds of processor for two hours: reading and filtering, as `milepost custody run` does."""
    made = radio.world(name, seed)
    lines = [line.encode() for line in radio.observations(made, radio.heard(made))]
    began = time.process_time()
    for _ in believed(observed(lines)):
        pass
    return (time.process_time() - began) * 7_200 / made.seconds


def summed(judged: list[Judged], names: list[str]) -> dict[str, dict[str, Any]]:
    """The figures of each rule over these worlds."""
    found = {}
    for rule in RULES:
        whole = Tally()
        for one in judged:
            if one.name in names:
                whole.add(one.tallies[rule])
        found[rule] = figures(whole)
    return found


def show(title: str, told: dict[str, dict[str, Any]], *, ordinary: bool) -> None:
    mine = told["custody"]
    print(f"\n{title}: {mine['parcels']} parcels, {mine['misloads']} misloads, {mine['statements']} statements")
    print(f"  {'':34}{'bar':>9}{'custody':>10}{'':6}{'threshold':>11}{'last heard':>11}")
    for bar in BARS:
        wanted = bar.ordinary if ordinary else bar.hard
        values = [bar.of(told[rule]) for rule in RULES]
        kept = wanted is None or (values[0] <= wanted if bar.most else values[0] >= wanted)
        sign = "" if wanted is None else "<= " if bar.most else ">= "
        limit = f"{sign}{wanted:g}" if wanted is not None else ""
        digits = 3 if "Brier" in bar.words else 2
        verdict = "" if kept else "MISSED"
        numbers = f"{values[0]:>10.{digits}f} {verdict:6}{values[1]:>10.{digits}f}{values[2]:>11.{digits}f}"
        print(f"  {bar.words:34}{limit:>9}{numbers}")
    wrong = mine["sure"] - mine["sure_true"]
    ratio = told["last_heard"]["wrong"] / wrong if wrong else float("inf")
    limit = ">= 10" if ordinary else ""
    verdict = "" if ratio >= 10 or not ordinary else "MISSED"
    print(f"  {'last heard wrong / sure and wrong':34}{limit:>9}{ratio:>10.1f} {verdict}")
    print(f"  false alarms {mine['false_alarms_by_kind']}; delay of misloads (s) {mine['delay_s']}, "
          f"late {mine['misloads_noticed_late']}, not to be heard {mine['misloads_inaudible']}")  # fmt: skip


def page(judged: list[Judged], names: list[str], seeds: range) -> dict[str, Any]:
    """What GET /api/v1/custody/truth answers."""
    worlds = []
    per_rule: dict[str, list[dict[str, Any]]] = {rule: [] for rule in PEERS}
    for name in names:
        told = summed(judged, [name])
        head = {"name": name, "ordinary": RECIPES[name].ordinary}
        worlds.append(head | {key: told["custody"][key] for key in ON_PAGE})
        for rule in PEERS:
            per_rule[rule].append(head | {key: told[rule][key] for key in ON_PAGE})
    whole = summed(judged, names)
    ordinary = summed(judged, [name for name in names if RECIPES[name].ordinary])["custody"]
    return {
        "sentence": sentence(ordinary, len(seeds)),
        "worlds": worlds,
        "peers": {rule: {key: whole[rule][key] for key in ON_PAGE} | {"worlds": per_rule[rule]} for rule in PEERS},
        "measured_at": rfc3339(datetime.now(tz=UTC)),
        "version": f"benchmarks.custody, seeds {seeds.start} to {seeds.stop - 1} of each world",
    }


def sentence(told: dict[str, Any], seeds: int) -> str:
    """What it comes to, for people."""
    if not told["statements"] or not told["sure"]:
        return "Nothing was measured on ordinary mornings yet."
    true = share(told["sure_true"], told["sure"])
    caught = f"{told['misloads_noticed_before_gate']} of {told['misloads']}"
    return (
        f"On simulated ordinary mornings ({seeds} of each kind), {true:.1f} % of the statements that we call sure were "
        f"true, and {caught} misloads that could be heard were noticed before the gate, with {told['false_alarms']} "
        f"false alarms for {told['parcels']} parcels."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2, help="of each world")
    parser.add_argument("--first", type=int, default=1001)
    parser.add_argument("--worlds", nargs="+", default=list(RECIPES), choices=list(RECIPES))
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--write", action="store_true", help=f"keep the figures in {FILE.name} for the page")
    parser.add_argument("--quick", action="store_true", help="one seed of two worlds")
    args = parser.parse_args()
    names, seeds = args.worlds, range(args.first, args.first + args.seeds)
    if args.quick:
        names, seeds = ["ordinary-morning", "slow-tags"], range(args.first, args.first + 1)
    with ProcessPoolExecutor(args.processes) as pool:
        tasks = [pool.submit(judge, name, seed) for name in names for seed in seeds]
        judged = [task.result() for task in tasks]
    for name in names:
        show(
            f"{name} ({'ordinary' if RECIPES[name].ordinary else 'hard'})",
            summed(judged, [name]),
            ordinary=RECIPES[name].ordinary,
        )
    for family, ordinary in (("all ordinary worlds", True), ("all hard worlds", False)):
        mine = [name for name in names if RECIPES[name].ordinary == ordinary]
        if mine:
            show(family, summed(judged, mine), ordinary=ordinary)
    took = slowest(names[0], args.first)
    print(f"\ntwo hours of 3 vans and 120 parcels: {took:.1f} s of processor (at most {SLOWEST_S:g})")
    if args.write:
        FILE.write_bytes(msgspec.json.format(msgspec.json.encode(page(judged, names, seeds)), indent=1) + b"\n")
        print(f"{FILE}: written")


if __name__ == "__main__":
    main()
