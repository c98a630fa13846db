"""How long a battery lasts: said with its range, or not at all."""

from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from server.domain.battery import BatteryDay, Forecast, forecast, percent_of

FIRST = date(2026, 1, 1)


def days_of(*percent: float | None) -> list[BatteryDay]:
    return [
        BatteryDay(day=FIRST + timedelta(days=place), percent=each)
        for place, each in enumerate(percent)
        if each is not None
    ]


def told(*percent: float | None) -> Forecast:
    return forecast(days_of(*percent), FIRST + timedelta(days=len(percent) - 1))


def test_a_steady_fall_ends_where_the_line_ends() -> None:
    """100, 99, 98, ...: seventy days are left after thirty."""
    found = told(*(100 - day for day in range(31)))
    assert found.ends_on == FIRST + timedelta(days=100)
    assert found.earliest is not None
    assert found.latest is not None
    assert FIRST + timedelta(days=60) < found.earliest < found.ends_on <= found.latest
    assert found.says == "It will last until about April 2026 (March 2026 to April 2026)."


def test_nobody_knows_too_early() -> None:
    """An honest nothing is better than a date."""
    assert told().says == "It has not said how full its battery is."
    for some in ((90, 88, 86), tuple(100 - day for day in range(10)), (100.0,) * 60, (100, *(None,) * 20, 99)):
        found = told(*some)
        assert (found.ends_on, found.earliest, found.latest) == (None, None, None)
        assert found.says.startswith("Not known yet")


def test_a_new_battery_begins_anew() -> None:
    """The slope of the old one says nothing of it."""
    old = [float(60 - 2 * day) for day in range(25)]
    assert told(*old, 100, 100, 100).ends_on is None
    found = told(*old, *(100 - day for day in range(20)))
    assert found.ends_on == FIRST + timedelta(days=25 + 100)


def test_single_wrong_days_do_not_move_it() -> None:
    """A cold night in a yard, or a value of nonsense."""
    clean = [float(100 - day) for day in range(41)]
    spoiled = [value if day % 9 else 3.0 for day, value in enumerate(clean)]
    ends, before = told(*spoiled).ends_on, told(*clean).ends_on
    assert ends is not None
    assert before is not None
    assert abs((ends - before).days) <= 3


def test_an_empty_one_is_empty() -> None:
    """No slope is needed for that."""
    assert told(0.0).says == "The battery is at its end."


def test_a_slow_fall_is_said_to_be_slow() -> None:
    """Decades are not a forecast."""
    found = told(*(100 - day * 0.03 for day in range(90)))
    assert (found.ends_on, found.latest) == (None, None)
    assert "for years" in found.says


def test_true_ends_lie_in_the_range() -> None:
    """Of 300 batteries, noisy, with gaps: nine of ten was promised, for lines and for coin cells that are told by volts."""
    random = np.random.default_rng(1)
    inside, known = 0, 0
    for number in range(300):
        life, used, days = random.uniform(60, 900), random.uniform(0, 0.85), int(random.uniform(20, 90))
        true = 100 * (1 - used - np.arange(days) / life)
        if number % 2:
            said = np.interp(true, (0, 6, 18, 42, 100), (2.1, 2.44, 2.74, 2.9, 3.0)) + random.normal(0, 0.01, days)
        else:
            said = np.clip(np.round(true + random.normal(0, 1.5, days)), 0, 100)
        rows = [
            BatteryDay(day=FIRST + timedelta(days=day), **{"volts" if number % 2 else "percent": float(said[day])})
            for day in range(days)
            if true[day] > 2 and random.random() < 0.8
        ]
        if not rows:
            continue
        found = forecast(rows, rows[-1].day)
        if found.ends_on is not None and found.earliest is not None:
            known += 1
            end = FIRST + timedelta(days=life * (1 - used))
            inside += found.earliest <= end and (found.latest is None or end <= found.latest)
    assert known > 200
    assert inside >= 0.88 * known


def test_volts_become_percent_by_the_curve_of_coin_cells() -> None:
    """3.0 V is full; most of the life lies between 3.0 and 2.9."""
    assert [percent_of(volts) for volts in (3.3, 3.0, 2.9, 2.74, 2.44, 2.1, 1.8)] == [100, 100, 42, 18, 6, 0, 0]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 400),
            st.none() | st.floats(-10, 200, allow_nan=False),
            st.none() | st.floats(-5, 50, allow_nan=False),
        ),
        max_size=60,
        unique_by=lambda one: one[0],
    ),
    st.randoms(),
)
def test_no_series_breaks_it_in_any_order(rows: list[tuple[int, float | None, float | None]], random) -> None:
    """Sensors say nonsense; and what came first does not matter."""
    days = [BatteryDay(day=FIRST + timedelta(days=day), percent=percent, volts=volts) for day, percent, volts in rows]
    found = forecast(days, FIRST + timedelta(days=400))
    random.shuffle(days)
    assert forecast(days, FIRST + timedelta(days=400)) == found
    assert found.says
    if found.ends_on and found.earliest and found.latest:
        assert found.earliest <= found.ends_on <= found.latest
