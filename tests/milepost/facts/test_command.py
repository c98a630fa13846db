"""`milepost facts` as its user runs it: a recording and fences in, facts out; the order of the rows changes nothing."""

import json
import subprocess
from pathlib import Path
from random import Random

import pytest

from tests.support.forked import finished
from tests.support.journeys import Journey, a_circle
from tests.support.real import data
from wire.messages import instant, rfc3339

HEADER = "at,lon,lat,speed_mps,course_deg,accuracy_m"
ARRIVAL = {"late", "received_at", "recorded_at"}


def run(*words: object, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return finished(["facts", *map(str, words)], stdin=stdin.encode(), timeout_s=120)


def facts(*words: object, stdin: str = "") -> list[dict]:
    done = run(*words, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def lines(*journeys: Journey, vehicle: str = "") -> list[str]:
    return [
        f"{rfc3339(instant(fix.at_ms))},{fix.lon},{fix.lat},{fix.speed_mps},{fix.course_deg},{fix.sigma_m}"
        + (f",{vehicle}" if vehicle else "")
        for journey in journeys
        for fix in journey.fixes
    ]


def written(path: Path, rows: list[str], header: str = HEADER) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.fixture
def fences(tmp_path: Path) -> Path:
    path = tmp_path / "fences.geojson"
    features = [a_circle("depot", east_m=1000, dwell_s=60), a_circle("gate", east_m=2200, radius_m=12)]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def a_day() -> list[str]:
    return lines(Journey(every_s=5).drive(100).stand(400).drive(300).jump(400).drive(60).stand(700))


def test_a_day_at_a_depot_is_told(tmp_path: Path, fences: Path) -> None:
    """What a dispatcher wants to know of yesterday."""
    told = facts(written(tmp_path / "van-7.csv", a_day()), "--fences", fences)
    assert {fact["vehicle"] for fact in told} == {"vehicle"}
    visits = [(fact["kind"], fact["fence"]) for fact in told if fact["fence"]]
    assert visits == [
        ("fence_entered", "depot"),
        ("dwell_reached", "depot"),
        ("fence_left", "depot"),
        ("fence_crossed", "gate"),
    ]
    assert [fact["at"] for fact in told] == sorted(fact["at"] for fact in told)
    assert len({fact["id"] for fact in told}) == len(told)


def test_an_old_recording_keeps_its_dates(tmp_path: Path, fences: Path) -> None:
    """What was driven in 2013 happened then; only a date that is off by decades is wrong."""
    old = ["2013" + row[4:] for row in a_day()]
    first = old[0].split(",", 1)
    told = facts(written(tmp_path / "old.csv", [f"1994-01-01T00:00:00Z,{first[1]}", *old]), "--fences", fences)
    flagged = [(fact["at"][:4], fact["reason"]) for fact in told if fact["kind"] == "fix_flagged"]
    assert ("1994", "wrong_date") in flagged
    assert {year for year, why in flagged if why == "wrong_date"} == {"1994"}
    assert [fact["kind"] for fact in told if fact["fence"] == "depot"] == [
        "fence_entered",
        "dwell_reached",
        "fence_left",
    ]
    assert {fact["at"][:4] for fact in told if fact["fence"]} == {"2013"}


def test_any_order_of_the_rows_gives_the_same_facts(tmp_path: Path, fences: Path) -> None:
    """Shuffled, reversed, doubled: only what says that it came late may differ."""
    rows = a_day()
    random = Random(4)
    said = [
        {k: v for k, v in one.items() if k not in ARRIVAL}
        for one in facts(written(tmp_path / "a.csv", rows), "--fences", fences)
    ]
    for order in (
        rows[::-1],
        random.sample(rows, len(rows)),
        [row for row in rows for _ in range(2)],
        rows[50:] + rows[:70],
    ):
        again = facts(written(tmp_path / "a.csv", order), "--fences", fences)
        assert [{k: v for k, v in one.items() if k not in ARRIVAL} for one in again] == said


def test_late_rows_are_said_to_be_late(tmp_path: Path, fences: Path) -> None:
    """What a report made meanwhile did not have."""
    rows = a_day()
    told = facts(written(tmp_path / "a.csv", rows[:15] + rows[30:] + rows[15:30]), "--fences", fences)
    late = {fact["kind"] for fact in told if fact["late"]}
    assert "fence_entered" in late
    assert "trip_started" not in late
    assert not any(fact["late"] for fact in facts(written(tmp_path / "b.csv", rows), "--fences", fences))


def test_vehicles_are_told_apart(tmp_path: Path) -> None:
    """A file of a fleet."""
    mixed = lines(Journey().drive(60), vehicle="van-1") + lines(Journey().drive(60), vehicle="van-2")
    Random(1).shuffle(mixed)
    told = facts(written(tmp_path / "fleet.csv", mixed, HEADER + ",vehicle"))
    assert sorted(fact["vehicle"] for fact in told if fact["kind"] == "trip_started") == ["van-1", "van-2"]


def test_rules_are_taken_from_a_file(tmp_path: Path) -> None:
    """10 m/s is 36 km/h."""
    rules = tmp_path / "rules.toml"
    rules.write_text("speed_limit_kmh = 50\n[vehicles.slow]\nspeed_limit_kmh = 20\n")
    slow = lines(Journey().drive(60).stand(60), vehicle="slow")
    fast = lines(Journey().drive(60).stand(60), vehicle="fast")
    told = facts(written(tmp_path / "a.csv", slow + fast, HEADER + ",vehicle"), "--rules", rules)
    assert {fact["vehicle"] for fact in told if fact["kind"] == "speeding_ended"} == {"slow"}


def test_standard_input_and_a_shuffled_day_at_one_hertz_take_seconds(tmp_path: Path, fences: Path) -> None:
    """20,000 rows in no order at all."""
    rows = lines(*[Journey(second=n * 4000).drive(200).stand(3600) for n in range(5)])
    Random(2).shuffle(rows)
    assert facts("-", "--fences", fences, stdin="\n".join([HEADER, *rows]))


def test_a_broken_line_is_named_and_stops_nothing(tmp_path: Path) -> None:
    """Exit status 1, and the facts of all others."""
    rows = a_day()
    rows.insert(3, "yesterday,24.9,60.1,,,")
    rows.insert(9, "2026-11-23T12:00:00Z,24.9,91,,,")
    done = run(written(tmp_path / "a.csv", rows))
    assert done.returncode == 1
    assert "line 5" in done.stderr
    assert "line 11" in done.stderr
    assert "trip_started" in done.stdout


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}, "properties": {}}', "id"),
        ("[", "not JSON"),
        (
            '{"type": "Feature", "id": "x", "geometry": {"type": "Point", "coordinates": [1, 2]}, "properties": {}}',
            "radius_m",
        ),
    ],
)
def test_a_broken_fence_says_what_to_write(tmp_path: Path, text: str, says: str) -> None:
    """A typo in a file that was drawn by hand."""
    fence = tmp_path / "f.geojson"
    fence.write_text(text)
    done = run(written(tmp_path / "a.csv", a_day()), "--fences", fence)
    assert done.returncode == 1
    assert says in done.stderr
    assert not done.stdout


def test_a_broken_rule_names_its_line(tmp_path: Path) -> None:
    """And what rules there are."""
    rules = tmp_path / "rules.toml"
    rules.write_text("halt_after_s = 60\nhalt_afer_s = 3\n")
    done = run(written(tmp_path / "a.csv", a_day()), "--rules", rules)
    assert done.returncode == 1
    assert "line 2" in done.stderr
    assert "there is no such rule" in done.stderr


def test_wrong_usage_is_2() -> None:
    """A file that is not there."""
    assert run("nowhere.csv").returncode == 2
    assert run().returncode == 2


@pytest.mark.parametrize("name", ["gpx", "nmea"])
def test_other_recordings_are_read_as_well(name: str) -> None:
    """Recordings of real receivers."""
    if name == "nmea":
        found = sorted(data("traces/nmea_gpsd").glob("*.log"))[:3]
    else:
        found = sorted(data("traces/gpx").rglob("*.gpx"))[:3]
    for path in found:
        done = run(path)
        assert done.returncode in (0, 1), done.stderr
        assert "Traceback" not in done.stderr
        for line in done.stdout.splitlines():
            assert json.loads(line)["id"]
