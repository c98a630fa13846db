"""P2: whatever the order, delay, repetition or cut of what arrives, the same facts stand, each once.

Every peer fails this: late fixes are stored but raise no event, trips run backwards, the same day gives other trips
when the window of the report changes.
"""

import csv
import gzip
import json
import os
from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.engine.fix import UNSAID, Fix
from server.domain.engine.memory import Memory
from server.domain.engine.readings import Reading
from server.domain.engine.rules import Range, Rules
from server.domain.fences.geojson import read_fences
from server.domain.fences.index import FenceIndex
from tests.support.journeys import START_MS, Journey, a_circle, a_fix, index
from tests.support.real import data

LONG = os.environ.get("MILEPOST_TEST_PROFILE") == "long"
RULES = Rules(
    speed_limit_mps=12.0,
    ranges=(Range(quantity="temperature_c", high=8.0, dwell_s=60.0),),
    tags={
        "cold-box": ((-(2**62), ()), (START_MS + 300_000, (Range(quantity="temperature_c", high=6.0, dwell_s=20.0),)))
    },
)
FENCES = index(
    a_circle("depot", radius_m=80, site=True, dwell_s=120),
    a_circle("yard", east_m=700, north_m=40, radius_m=60),
    a_circle("line", east_m=1500, radius_m=15, speed_limit_kmh=30),
    a_circle("hours", east_m=400, radius_m=100, hours="Mon 12:05-12:20", time_zone="UTC"),
)


def a_day(random: Random) -> tuple[list[Fix], list[Reading]]:
    """A van that drives among fences, stands, jumps, falls silent, and says what its sensors say."""
    journey = Journey(
        every_s=random.choice((1, 2, 5, 15)), noise_m=random.choice((0.0, 3.0, 8.0)), random=random,
        says_speed=random.random() < 0.8,
    )  # fmt: skip
    for _ in range(random.randint(2, 9)):
        what = random.random()
        if what < 0.4:
            journey.drive(random.randint(5, 240), random.uniform(3, 20), random.choice((90, 270, 0, 180, 75)))
        elif what < 0.7:
            journey.stand(random.randint(5, 500))
        elif what < 0.85:
            journey.jump(
                random.uniform(-900, 900), random.uniform(-300, 300), speed_mps=random.choice((0.0, 9.0, -1.0))
            )
        else:
            journey.silent(random.choice((30, 400, 2000, 9000)))
    fixes = journey.fixes
    for fix in random.sample(fixes, min(3, len(fixes))):  # a second receiver at the same instants
        fixes.append(a_fix((fix.at_ms - START_MS) / 1000, random.uniform(-50, 900), 5.0, speed_mps=fix.speed_mps))
    return fixes, [_a_reading(random, fixes) for _ in range(random.randint(0, 6))]


def _a_reading(random: Random, fixes: list[Fix]) -> Reading:
    at_ms = random.choice(fixes).at_ms + random.choice((0, 0, 500, -1500)) if fixes else START_MS
    return random.choice(
        (
            Reading(at_ms, "ignition_on"),
            Reading(at_ms, "ignition_off"),
            Reading(at_ms, "tamper", detail='{"lid":true}'),
            Reading(at_ms, "temperature_c", "cold-box", random.choice((4.0, 7.0, 9.5))),
        )
    )


def in_pieces(random: Random, memory: Memory, fixes: list[Fix], said: list[Reading]) -> None:
    """Shuffled or nearly in order, with repeats, in pieces of any size, with time that passes in between."""
    items: list[Fix | Reading] = [*fixes, *said]
    items += random.choices(items, k=len(items) // 5) if items else []
    if random.random() < 0.5:
        random.shuffle(items)
    else:
        items.sort(key=lambda item: item.at_ms + random.choice((0, 0, 0, 3_000, 700_000)))
    passed_ms = START_MS
    while items:
        size = random.choice((1, 3, 20, 200))
        piece, items = items[:size], items[size:]
        memory.absorb(
            [item for item in piece if isinstance(item, Fix)], [item for item in piece if isinstance(item, Reading)]
        )
        if random.random() < 0.2:
            passed_ms = max(passed_ms, *(item.at_ms for item in piece)) + random.choice((0, 60_000, 2_000_000))
            memory.pass_time(passed_ms)


@settings(max_examples=10_000 if LONG else 200)
@given(st.integers(0, 2**32))
def test_any_arrival_of_a_day_gives_the_facts_of_the_order(seed: int) -> None:
    """Facts, totals of days and the state itself."""
    random = Random(seed)
    fixes, said = a_day(random)
    tidy, messy = (Memory("van-1", RULES, FENCES) for _ in range(2))
    tidy.absorb(fixes, said)
    in_pieces(random, messy, fixes, said)
    end_ms = max(fix.at_ms for fix in fixes) + 86_400_000 if fixes else START_MS
    tidy.pass_time(end_ms)
    messy.pass_time(end_ms)
    assert messy.facts == tidy.facts
    assert messy.days == tidy.days


@cache
def _taxis() -> list[tuple[str, list[Fix]]]:
    """Days of Porto's taxis: one fix every 15 s, no speed, jumps as they came."""
    csv.field_size_limit(10**9)
    of: dict[str, list[Fix]] = {}
    with gzip.open(data("traces/porto_taxi_raw.csv.gz"), "rt") as source:
        for row in csv.DictReader(source):
            start_ms = int(row["TIMESTAMP"]) * 1000 + 10 * 365 * 86_400_000
            of.setdefault(row["TAXI_ID"], []).extend(
                Fix(start_ms + 15_000 * n, round(lon * 1e7), round(lat * 1e7), UNSAID, UNSAID, 5.0)
                for n, (lon, lat) in enumerate(json.loads(row["POLYLINE"]))
            )
    return sorted((taxi, fixes) for taxi, fixes in of.items() if fixes)  # some recordings are empty


@cache
def _porto() -> FenceIndex:
    """A station, the airport, a bridge as a corridor."""
    features = [
        {"type": "Feature", "id": "campanha", "geometry": {"type": "Point", "coordinates": [-8.5853, 41.1487]},
         "properties": {"radius_m": 150, "dwell_s": 60}},
        {"type": "Feature", "id": "centre", "geometry": {"type": "Point", "coordinates": [-8.611, 41.1496]},
         "properties": {"radius_m": 400}},
        {"type": "Feature", "id": "bridge", "geometry": {"type": "LineString",
         "coordinates": [[-8.6095, 41.1403], [-8.6093, 41.1375]]}, "properties": {"width_m": 40}},
    ]  # fmt: skip
    return FenceIndex(read_fences({"type": "FeatureCollection", "features": features}))


@cache
def _drives() -> list[tuple[str, list[Fix]]]:
    """An electric vehicle at 1 Hz, with its speeds."""
    found = []
    for path in sorted(data("traces/rsk_twizy").glob("*.csv.gz")):
        with gzip.open(path, "rt") as source:
            rows = [
                Fix(
                    START_MS + 1000 * number,
                    round(float(row["LON"]) * 1e7),
                    round(float(row["LAT"]) * 1e7),
                    float(row["Speed"]) / 3.6,
                    UNSAID,
                    5.0,
                )
                for number, row in enumerate(csv.DictReader(source))
            ]
        found.append((path.name.split("_")[0], rows[:3000]))
    return found


@settings(max_examples=400 if LONG else 20)
@given(st.integers(0, 2**32))
def test_real_drives_in_any_order(seed: int) -> None:
    """Real noise, real gaps: taxis every 15 s, an electric vehicle every second."""
    random = Random(seed)
    taxi, fixes = random.choice(_taxis() if random.random() < 0.8 else _drives())
    tidy, messy = (Memory(taxi, Rules(), _porto()) for _ in range(2))
    tidy.absorb(fixes)
    in_pieces(random, messy, fixes, [])
    end_ms = max(fix.at_ms for fix in fixes) + 86_400_000
    tidy.pass_time(end_ms)
    messy.pass_time(end_ms)
    assert messy.facts == tidy.facts
    assert messy.days == tidy.days


def test_a_fact_that_moves_says_from_where() -> None:
    """The late half minute shows that the van came earlier: the old fact is withdrawn, the new one stands instead."""
    depot = a_circle(east_m=1000)
    fixes = Journey().drive(100).stand(300).fixes
    memory = Memory("van-1", Rules(), index(depot))
    memory.absorb([fix for fix in fixes if not 93_000 < fix.at_ms - START_MS < 120_000])
    changes = memory.absorb(fixes)
    [moved] = [fact for fact in changes.added if fact.kind == "fence_entered"]
    [gone] = [fact for fact in changes.withdrawn if fact.kind == "fence_entered"]
    assert changes.moved[moved.id] == gone.id
    assert moved.at_ms < gone.at_ms
    assert changes.late


def test_ids_follow_from_what_is_said() -> None:
    """Two servers that never met give a fact the same id."""
    once = Memory("van-1", Rules())
    again = Memory("van-1", Rules())
    other = Memory("van-2", Rules())
    for memory in (once, again, other):
        memory.absorb(Journey().drive(100).stand(400).fixes)
    assert list(once.facts) == list(again.facts)
    assert not {*once.facts} & {*other.facts}


@pytest.mark.parametrize("late_s", [1, 600, 7_200])
def test_two_gateways_in_one_vehicle_are_one_vehicle(late_s: int) -> None:
    """Their fixes interleave, one of them comes late: one trip, one visit."""
    depot = a_circle(east_m=1000)
    first = Journey(every_s=5).drive(100).stand(600).fixes
    second_box = Journey(every_s=5, second=2, east_m=20).drive(100).stand(600).fixes
    memory = Memory("van-1", Rules(), index(depot))
    lag = late_s // 5
    for n in range(len(first) + lag):
        memory.absorb(first[n : n + 1])
        memory.absorb(second_box[n - lag : n - lag + 1] if n >= lag else [])
    kinds = sorted(fact.kind for fact in memory.facts.values() if not fact.kind.startswith("harsh"))
    assert kinds == ["fence_entered", "halt_started", "trip_ended", "trip_started"]
