"""When the silence of a tag may count: only while others prove that the adapter hears."""

import pytest

from gateway.sources.ble.hearing import Hearing, Verdict

NEVER = float("-inf")


def after(hearing: Hearing, begins: float, every_s: float, until: float = 10.0) -> None:
    """Adverts at this pace, from the window's begin on, for so long."""
    now = begins + every_s / 2
    while now < begins + until:
        hearing.heard(now)
        now += every_s


def practised(every_s: float = 0.1) -> Hearing:
    """A hearing that knows its traffic; the next window begins at 50."""
    hearing = Hearing(0.0)
    for window in range(5):
        after(hearing, window * 10.0, every_s)
        hearing.window(window * 10.0 + 10.0, NEVER, "")
    return hearing


def test_others_that_are_heard_prove_hearing() -> None:
    """Then a parcel's silence means something."""
    hearing = practised()
    after(hearing, 50.0, 0.1)
    assert hearing.window(60.0, NEVER, "") == Verdict(healthy=True, adverts=100)


def test_silence_alone_is_never_healthy() -> None:
    """An adapter that is deaf and says that it is well must not make forty parcels disappear."""
    assert practised().window(60.0, NEVER, "") == Verdict(healthy=False, adverts=0, problem="nothing was heard")


@pytest.mark.parametrize(
    ("every_s", "dies_after_s", "healthy"), [(0.1, 6.0, False), (0.1, 8.0, True), (2.0, 4.0, True)]
)
def test_an_adapter_that_falls_silent_within_a_window_is_doubted_by_its_usual_traffic(
    every_s: float, dies_after_s: float, healthy: bool
) -> None:
    """Forty tags that all stop at once are one dead adapter; one tag that waits is a slow tag."""
    hearing = practised(every_s)
    after(hearing, 50.0, every_s, dies_after_s)
    assert hearing.window(60.0, NEVER, "").healthy is healthy


def test_a_window_in_which_the_scan_was_disturbed_is_not_healthy() -> None:
    """Between the old scan and the new one anything may have been missed."""
    hearing = practised()
    after(hearing, 50.0, 0.1)
    assert hearing.window(60.0, 50.5, "").problem == "the scan was started anew"
    after(hearing, 60.0, 0.1)
    assert hearing.window(70.0, 50.5, "").healthy


def test_a_known_problem_is_the_reason() -> None:
    """People read it."""
    assert practised().window(60.0, NEVER, "the adapter is missing").problem == "the adapter is missing"
