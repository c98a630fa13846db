"""What a tag measures becomes a curve, not a flood."""

import pytest

from gateway.sources.ble.readings import HEARTBEAT_S, Reading, Readings, Values, dead_band


def told(*heard: tuple[float, Values]) -> list[list[Reading]]:
    """What is due after each of these."""
    readings, found = Readings(), []
    for now, values in heard:
        readings.heard(values, now)
        found.append(readings.due(now))
    return found


def test_noise_is_not_told_and_a_change_is() -> None:
    """A second's temperature of each parcel would fill the outbox by noon."""
    found = told((0, {"temperature_c": 4.0}), (10, {"temperature_c": 4.2}), (20, {"temperature_c": 4.21}))
    assert found == [[("temperature_c", 4.0)], [], [("temperature_c", 4.21)]]


def test_slow_drift_is_told_because_it_is_measured_against_what_was_told() -> None:
    """A fridge that fails by a tenth of a degree each minute fails nevertheless."""
    found = told(*[(10.0 * n, {"temperature_c": 4 + n * 0.05}) for n in range(20)])
    assert [round(each[0].value, 2) for each in found if each] == [4.0, 4.25, 4.5, 4.75]


def test_what_stays_is_told_now_and_then() -> None:
    """Whoever looks at a chart wants to know that it was measured at all."""
    assert [len(each) for each in told((0, {"battery_v": 3.0}), (HEARTBEAT_S - 1, {}), (HEARTBEAT_S, {}))] == [1, 0, 1]


def test_a_door_is_told_at_once_when_it_opens() -> None:
    """A truth has no dead band."""
    found = told((0, {"opening": False}), (10, {"opening": True}), (20, {"opening": True}))
    assert found == [[("opening", 0.0)], [("opening", 1.0)], []]


def test_bookkeeping_of_the_protocol_is_not_told() -> None:
    """A packet number changes with every advert."""
    assert told((0, {"packet_id": 7, "measurement_sequence_number": 9, "firmware_version": "1.2"})) == [[]]


def test_a_pressed_button_is_told_once_though_it_is_repeated() -> None:
    """One press is a dozen adverts."""
    readings = Readings()
    presses = [readings.heard({"button": "press"}, now) for now in (0.0, 0.3, 1.0, 5.0)]
    assert presses == [["button: press"], [], [], ["button: press"]]
    again = [readings.heard({"button": "press", "packet_id": n}, 5.0 + n / 10) for n in (1, 2)]
    assert again == [["button: press"], ["button: press"]]


@pytest.mark.parametrize(
    ("quantity", "band"),
    [
        ("temperature_c", 0.2),
        ("temperature_c_2", 0.2),
        ("dew_point_c", 0.2),
        ("pm25_ug_m3", 5.0),
        ("movement_counter", 0.0),
    ],
)
def test_the_dead_band_is_that_of_the_quantity_else_of_its_unit(quantity: str, band: float) -> None:
    """A tag of tomorrow has quantities that nobody listed."""
    assert dead_band(quantity) == band
