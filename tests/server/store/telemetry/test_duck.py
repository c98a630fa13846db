"""What is DuckDB's own: kills at any point, full disks, locked and damaged files, and how dense a sealed day is."""

import contextlib
import json
import random
import shutil
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from server.store.telemetry import SCHEMA, TelemetryUnavailable, open_telemetry
from tests.support.positions import NOON
from tests.support.small_disk import run_on_small_disk
from tests.support.telemetry import VEHICLE, at_seconds
from tests.support.telemetry_numbers import NOON_MS, numbered, stored_numbers
from tests.support.telemetry_writer import writer
from tests.support.waiting import until

DAY = timedelta(days=1)
TODAY = NOON.date()
RANGE = (NOON - 9 * DAY, NOON + 9 * DAY)


class Killed:
    """A store whose writer is killed again and again, held each time to what it acknowledged."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.acknowledged: list[int] = []
        self._tried = 0

    def once(self, batches: int, rest: Callable[[Connection], object]) -> None:
        """Start a writer, kill it after so many batches and when `rest` returns, and look what there is."""
        with writer(self.folder, self._tried) as told:
            self.acknowledged += [told.recv() for _ in range(batches)]
            rest(told)
        with contextlib.suppress(EOFError):
            while told.poll():
                self.acknowledged.append(told.recv())
        self._tried = self.acknowledged[-1] + 2  # the one after the last may be there or not, as a whole
        store = open_telemetry("", self.folder)
        there = stored_numbers(store, range(self._tried))
        store.close()
        assert set(self.acknowledged) <= set(there)


def test_a_kill_at_any_point_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """P1: what was acknowledged is there once after kill -9, in the middle of a write, a seal or a checkpoint."""
    chance = random.Random(7)
    killed = Killed(tmp_path)
    for _ in range(20):
        rest_s = chance.choice([0, chance.uniform(0, 0.03)])
        killed.once(chance.randint(1, 8), lambda told, rest_s=rest_s: told.poll(rest_s))


def test_a_kill_between_the_steps_of_a_seal_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """The moments that matter most: a day's file is whole, takes its place, and its hot rows go."""
    chance = random.Random(11)
    killed = Killed(tmp_path)
    folder = tmp_path / "telemetry"

    def state() -> tuple[list[Path], int]:
        with contextlib.suppress(FileNotFoundError):
            return list((folder / "days").glob("*.tmp")), (folder / "hot.duckdb.wal").stat().st_size
        return [], 0

    def after_the_next_step(told: Connection) -> None:
        deadline = time.monotonic() + 20
        before = state()
        while not any(map(whole, before[0])):
            assert time.monotonic() < deadline
            before = state()
        while state() == before:
            assert time.monotonic() < deadline
        told.poll(chance.choice([0, chance.uniform(0, 0.004)]))

    for _ in range(10):
        killed.once(1, after_the_next_step)


def whole(file: Path) -> bool:
    """Whether a Parquet file has its end."""
    with contextlib.suppress(FileNotFoundError):
        return file.read_bytes()[-4:] == b"PAR1"
    return False


def test_a_day_that_was_published_before_its_hot_rows_went_is_there_once(tmp_path: Path) -> None:
    """The moment between the two steps of sealing, frozen: a kill there leaves every position in both places."""
    for folder in ("killed", "whole"):
        store = open_telemetry("", tmp_path / folder)
        store.write(at_seconds(*range(50)))
        if folder == "whole":
            store.seal(TODAY + DAY)
        store.close()
    (published,) = (tmp_path / "whole" / "telemetry" / "days").iterdir()
    shutil.copy(published, tmp_path / "killed" / "telemetry" / "days")
    store = open_telemetry("", tmp_path / "killed")
    assert store.track(VEHICLE, *RANGE).num_rows == 50
    assert (store.days(VEHICLE), store.latest(VEHICLE).num_rows) == ([TODAY], 1)
    store.seal(TODAY + DAY)
    assert store.track(VEHICLE, *RANGE).num_rows == 50
    assert store.delete(VEHICLE) == 50
    store.close()


def test_a_day_that_was_never_finished_is_swept_away(tmp_path: Path) -> None:
    """A kill while a day is written leaves half a file, which must not be taken for a day nor stay for ever."""
    store = open_telemetry("", tmp_path)
    store.write(at_seconds(0, 1))
    store.close()
    half = tmp_path / "telemetry" / "days" / f"{TODAY}.tmp"
    half.write_bytes(b"PAR1 and no more")
    store = open_telemetry("", tmp_path)
    assert not half.exists()
    assert store.seal(TODAY + DAY) == 2
    assert store.track(VEHICLE, *RANGE).num_rows == 2
    store.close()


@pytest.mark.parametrize("left", [("4",), ("2", "1MB")])
def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path, left: tuple[str, ...]) -> None:
    """Disks do fill up: the log's, and that of a checkpoint, after which DuckDB has to be opened again."""
    said = json.loads(run_on_small_disk(tmp_path, 64, "tests.support.telemetry_full_disk", "duckdb", *left))
    failed = len(said["acknowledged"])
    assert set(said["acknowledged"]) <= set(said["while_full"])
    assert said["repaired"] == said["sealed"] == [*said["acknowledged"], failed]
    assert len(said["errors"]) == 4  # the write, its repeat, the seal, the readiness
    assert all("Free some space" in error for error in said["errors"])


def test_closing_breaks_off_a_seal_and_loses_nothing(tmp_path: Path) -> None:
    """A server that is told to stop must not wait for its housekeeping, nor leave the folder locked."""
    store = open_telemetry("", tmp_path)
    for number in range(60):
        store.write(numbered(number, 10_000))
    ended: list[object] = []

    def seal() -> None:
        try:
            ended.append(store.seal(TODAY + DAY))
        except TelemetryUnavailable as error:
            ended.append(error)

    sealing = threading.Thread(target=seal)
    sealing.start()
    until(lambda: list((tmp_path / "telemetry" / "days").iterdir()), what="the first day in the making")
    store.close()
    sealing.join(10)
    assert isinstance(ended[0], TelemetryUnavailable)
    store = open_telemetry("", tmp_path)
    assert stored_numbers(store, range(60), 10_000) == list(range(60))
    store.close()


def test_a_second_server_is_told_whose_folder_it_is(tmp_path: Path) -> None:
    """Two servers on one folder would be silent corruption; the message names the remedy."""
    with writer(tmp_path, 0) as told:
        told.recv()
        with pytest.raises(TelemetryUnavailable, match="Stop that one first"):
            open_telemetry("", tmp_path)


def test_a_damaged_day_is_named_and_keeps_nothing_else_away(tmp_path: Path) -> None:
    """One bad sector must not take the whole history, nor stop the sealing of the other days."""
    store = open_telemetry("", tmp_path)
    store.write(at_seconds(-86_400, 0))
    store.seal(TODAY + DAY)
    damaged = tmp_path / "telemetry" / "days" / f"{TODAY - DAY}.parquet"
    damaged.write_bytes(b"no Parquet at all")
    store.write(at_seconds(-86_401, 1))
    with pytest.raises(TelemetryUnavailable, match=rf"{damaged.name} cannot be read.*backup"):
        store.track(VEHICLE, *RANGE)
    with pytest.raises(TelemetryUnavailable):
        store.seal(TODAY + DAY)
    assert store.track(VEHICLE, NOON, NOON + DAY).num_rows == 2
    damaged.unlink()
    assert store.track(VEHICLE, *RANGE).num_rows == 3
    assert store.seal(TODAY + DAY) == 1
    store.close()


def test_a_sealed_position_takes_at_most_16_bytes(tmp_path: Path) -> None:
    """A van's year has to fit on a small disk; a day that was sealed leaves nothing behind in the hot table."""
    chance = np.random.default_rng(1)
    store = open_telemetry("", tmp_path)
    count = 86_400
    for vehicle in ("van-1", "van-2"):
        speed = np.clip(np.cumsum(chance.normal(0, 40, count)) % 3000 - 600, 0, None).astype("i4")
        columns = {
            "at": pa.array(NOON_MS - NOON_MS % 86_400_000 + np.arange(count) * 1000).cast(SCHEMA.field("at").type),
            "lon_e7": 249_384_000 + np.cumsum(speed * 1.2 + chance.normal(0, 40, count)).astype("i4"),
            "lat_e7": 601_699_000 + np.cumsum(speed * 0.7 + chance.normal(0, 40, count)).astype("i4"),
            "alt_dm": 200 + np.cumsum(chance.normal(0, 1, count)).astype("i4"),
            "speed_cmps": speed,
            "course_cdeg": (np.cumsum(chance.normal(0, 300, count)) % 36_000).astype("i4"),
            "accuracy_dm": 15 + chance.integers(0, 4, count),
            "satellites": 9 + chance.integers(0, 3, count),
            "hdop_c": 90 + chance.integers(0, 4, count),
            "mode": np.ones(count, "i1"),
            "clock": np.zeros(count, "i1"),
            "vehicle": [vehicle] * count,
            "flags": pa.nulls(count, pa.string()),
        }
        store.write(pa.table([pa.array(columns[name]) for name in SCHEMA.names], names=SCHEMA.names).cast(SCHEMA))
    store.seal(TODAY + DAY)
    assert store.track("van-1", *RANGE).num_rows == count
    store.close()
    size = sum(file.stat().st_size for file in (tmp_path / "telemetry").rglob("*") if file.is_file())
    assert size / (2 * count) <= 16
