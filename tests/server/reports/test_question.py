"""What may be asked, and what is said to whoever asks otherwise."""

from datetime import UTC, datetime, timedelta

import pytest

from server.reports.question import asked, days
from server.reports.words import window
from tests.support.standing import on

NOW = on(9, "10:00")


def test_a_day_is_its_midnight_in_the_report_s_zone() -> None:
    """A dispatcher in Helsinki means her own day."""
    question = asked("trips", start="2026-11-16", end="2026-11-17", zone="Europe/Helsinki", now=NOW)
    assert (question.start, question.end) == (on(-1, "22:00"), on(0, "22:00"))


def test_by_default_it_is_the_seven_days_that_end_with_today() -> None:
    """The commonest question."""
    question = asked("trips", zone="Europe/Helsinki", now=NOW)
    assert (question.start, question.end) == (on(2, "22:00"), on(9, "22:00"))


def test_seven_days_are_seven_days_when_clocks_change() -> None:
    """On 25 October 2026 Helsinki has 25 hours."""
    question = asked("trips", zone="Europe/Helsinki", now=datetime(2026, 10, 27, 9, tzinfo=UTC))
    assert question.end - question.start == timedelta(days=7, hours=1)
    assert len(days(question.start, question.end, question.place)) == 7


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"kind": "custody"}, "there are trips, halts"),
        ({"group": "colour"}, "vehicle, day, team"),
        ({"zone": "Mars/Olympus"}, "such as Europe/Helsinki"),
        ({"zone": "../../etc/passwd"}, "such as Europe/Helsinki"),
        ({"start": "yesterday"}, "write 2026-11-22"),
        ({"start": "2026-11-18", "end": "2026-11-18"}, "before"),
        ({"start": "2020-01-01", "end": "2026-11-18"}, "366 days"),
        ({"end": "0001-01-01T00:00:00+14:00"}, "years 1 to 9999"),
        ({"end": "9999-12-31T23:59:59-14:00"}, "years 1 to 9999"),
        ({"fence": "depot"}, "knows no fences"),
        ({"group": "fence"}, "knows no fences"),
    ],
    ids=str,
)
def test_a_question_that_makes_no_sense_is_answered_with_what_to_write(words: dict[str, str], says: str) -> None:
    """Never with an error of ours."""
    with pytest.raises(ValueError, match=says):
        asked(**({"kind": "trips"} | words), now=NOW)


@pytest.mark.parametrize(
    ("start", "end", "says"),
    [
        ("2026-11-16", "2026-11-17", "on 16 November 2026"),
        ("2026-11-16", "2026-11-23", "from 16 to 22 November 2026"),
        ("2026-10-26", "2026-11-02", "from 26 October to 1 November 2026"),
        ("2025-12-29", "2026-01-05", "from 29 December 2025 to 4 January 2026"),
        ("2026-11-16T08:00", "2026-11-16T12:30", "on 16 November 2026 from 08:00 to 12:30"),
        ("2026-11-16T08:00", "2026-11-17", "from 16 November 2026, 08:00, to 17 November 2026, 00:00"),
    ],
)
def test_a_window_is_said_as_people_say_it(start: str, end: str, says: str) -> None:
    """The last day is one that counts."""
    question = asked("trips", start=start, end=end, zone="Europe/Helsinki", now=NOW)
    assert window(question.start, question.end, question.place) == says
