"""When a gateway is silent."""

from server.domain.alerts.silence import Pulse, heard, interval_s, silent_at_ms


def a_pulse(*pauses_s: float) -> Pulse:
    """A gateway that spoke after each of these pauses, the last time at their sum."""
    pulse = Pulse(heard_ms=0, pauses_s=())
    for pause in pauses_s:
        pulse = heard(pulse, pulse.heard_ms + round(pause * 1000))
    return pulse


def test_a_box_that_speaks_each_minute_is_silent_after_the_setting() -> None:
    """Five minutes."""
    pulse = a_pulse(60, 60, 60)
    assert silent_at_ms(pulse, 300) == pulse.heard_ms + 300_000


def test_a_box_that_speaks_each_hour_is_silent_after_three() -> None:
    """Other makers' trackers in parked trailers: no false alarm each hour."""
    pulse = a_pulse(3600, 3600, 3600)
    assert silent_at_ms(pulse, 300) == pulse.heard_ms + 3 * 3_600_000


def test_one_long_silence_does_not_make_a_box_that_seldom_speaks() -> None:
    """After two hours without power it speaks each minute again, and is missed after five."""
    pulse = a_pulse(60, 60, 7200, 60, 60)
    assert interval_s(pulse) == 60
    assert silent_at_ms(pulse, 300) == pulse.heard_ms + 300_000


def test_it_learns_from_the_last_few_words_only() -> None:
    """Another firmware speaks more often."""
    assert interval_s(a_pulse(3600, 3600, 3600, *[30.0] * 5)) == 30
