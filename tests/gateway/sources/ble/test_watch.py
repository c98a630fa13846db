"""When an adapter is taken for deaf, and what is done about it: the table, without any Bluetooth."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sources.ble import watch as watching
from gateway.sources.ble.watch import Do, Patience, Seen, Watch

PATIENCE = Patience()
FINE = Seen(name="hci0", powered=True, discovering=True)
SCANS = Watch(state="scanning", name="hci0", quiet_since=100.0)


def looked(watch: Watch, seen: Seen | None = FINE, now: float = 100.0, trouble: str = "gone") -> tuple[Watch, Do]:
    return watching.looked(watch, seen, trouble, now, PATIENCE)


@pytest.mark.parametrize(
    ("watch", "seen", "state", "do"),
    [
        (Watch(), FINE, "starting", Do.START),
        (Watch(), None, "absent", Do.NOTHING),
        (SCANS, FINE, "scanning", Do.NOTHING),
        (SCANS, None, "absent", Do.LEAVE),
        (SCANS, replace(FINE, powered=False, discovering=False), "off", Do.SWITCH_ON),
        (SCANS, replace(FINE, discovering=False), "repairing", Do.START),
        (SCANS, replace(FINE, name="hci1"), "repairing", Do.START),
        (Watch(state="absent"), FINE, "starting", Do.START),
        (Watch(state="off"), FINE, "starting", Do.START),
    ],
)
def test_what_is_seen_decides_what_is_done(watch: Watch, seen: Seen | None, state: str, do: Do) -> None:
    """Each line is a fault that the field knows; none of them raises an error in a scan that runs."""
    after, what = looked(watch, seen)
    assert (after.state, what) == (state, do)


def test_silence_is_answered_by_a_new_scan_then_by_the_power_then_ever_more_rarely() -> None:
    """An adapter that lies is found within the two minutes that we promise; a lonely van is not switched for ever."""
    watch, done, now = SCANS, [], 100.0
    while now < 100 + 4000:
        now = watching.looks_at(watch, now, PATIENCE) if now > 100 else now + 1
        watch, do = looked(watch, now=now)
        if do is not Do.NOTHING:
            done.append((round(now - 100), do))
            watch = watching.started(watch, "hci0", now + 1)
    assert done[:4] == [(60, Do.START), (90, Do.RESET), (180, Do.RESET), (360, Do.RESET)]
    assert len(done) < 9
    assert watch.state == "deaf"
    assert "put a tag beside it" in watch.problem


def test_one_advert_makes_all_well_again() -> None:
    """Nobody is sent to a van that hears."""
    deaf = replace(SCANS, state="deaf", problem="no tag was heard", repairs=3, heard_at=5.0)
    well = watching.heard(deaf, 400.0)
    assert (well.state, well.problem, well.repairs, well.heard_at) == ("scanning", "", 0, 400.0)
    assert looked(well, now=459.0)[1] is Do.NOTHING
    assert looked(well, now=460.0)[1] is Do.START


def test_a_start_that_fails_is_tried_four_times_at_once_every_second_one_after_a_reset_and_then_later() -> None:
    """ "InProgress" goes by itself, a hung controller does not."""
    watch, done = Watch(), []
    for _ in range(4):
        watch, do = looked(watch)
        done.append(do)
        watch = watching.failed(watch, "InProgress", 100.0, PATIENCE)
    assert done == [Do.START, Do.RESET, Do.START, Do.RESET]
    assert looked(watch, now=105.0)[1] is Do.NOTHING
    assert watching.looks_at(watch, 100.0, PATIENCE) > 100.0
    assert "InProgress" in watch.problem
    assert looked(watch, now=watch.not_before)[1] is Do.START
    assert watching.started(watch, "hci0", 200.0).problem == ""


def test_an_adapter_that_cannot_be_switched_on_is_asked_ever_more_rarely() -> None:
    """rfkill holds it: switching each ten seconds would fill the log of a night."""
    off, watch, asked, now = replace(FINE, powered=False), SCANS, [], 0.0
    while now < 3600:
        watch, do = looked(watch, off, now)
        if do is Do.SWITCH_ON:
            asked.append(now)
        now = watching.looks_at(watch, now, PATIENCE)
    assert asked[0] == 0
    assert 5 < len(asked) < 15
    assert "rfkill" in watch.problem


seens = st.none() | st.builds(Seen, name=st.sampled_from(["hci0", "hci1"]), powered=st.booleans(), discovering=st.booleans())  # fmt: skip
steps = st.tuples(st.sampled_from(["look", "heard", "started", "failed"]), seens, st.floats(0, 200))


@given(st.lists(steps, max_size=60))
def test_it_never_hangs_and_never_spins(story: list[tuple[str, Seen | None, float]]) -> None:
    """Whatever happens in whatever order: the next look is due soon, and a scan is only begun on what is there."""
    watch, now = Watch(), 0.0
    for what, seen, after_s in story:
        now += after_s
        if what == "look":
            watch, do = looked(watch, seen, now)
            assert (do in {Do.START, Do.RESET}) <= (seen is not None and seen.powered)
        elif what == "heard" and watch.name:
            watch = watching.heard(watch, now)
        elif what == "started":
            watch = watching.started(watch, "hci0", now)
        elif what == "failed":
            watch = watching.failed(watch, "no", now, PATIENCE)
        assert now <= watching.looks_at(watch, now, PATIENCE) <= now + PATIENCE.look_every_s
        assert watch.state != "scanning" or not watch.problem
