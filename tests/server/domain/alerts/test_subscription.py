"""Who is told what, and when."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.alerts.subscription import (
    Quiet,
    Route,
    Subscription,
    SubscriptionError,
    When,
    channels_for,
    checked,
    when,
)

HELSINKI = "Europe/Helsinki"


def at(hour: int, minute: int = 0, day: int = 22) -> datetime:
    """A time of November 2026 in UTC, two hours behind Helsinki."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


NIGHT = Subscription(quiet=Quiet(from_="22:00", to="06:00"), time_zone=HELSINKI)


def test_routes_choose_by_rule_and_severity_and_name_a_channel_once() -> None:
    """Critical ones by text as well."""
    said = Subscription(
        routes=(
            Route(channels=("mail",)),
            Route(severities=("critical",), channels=("text", "mail")),
            Route(rules=("tamper",), channels=("boss",)),
        )
    )
    assert channels_for(said, "silent", "warning") == ["mail"]
    assert channels_for(said, "tamper", "critical") == ["mail", "text", "boss"]


def test_at_night_only_what_is_critical_rings() -> None:
    """22:00 to 06:00 by the clock on the wall; the rest goes out at six, together."""
    assert when(NIGHT, "critical", at(21)) == When(at=at(21), digest=False)
    assert when(NIGHT, "warning", at(21)) == When(at=at(4, day=23), digest=True)
    assert when(NIGHT, "warning", at(3)) == When(at=at(4), digest=True)
    assert when(NIGHT, "warning", at(4)) == When(at=at(4), digest=False)


def test_whoever_wishes_is_not_woken_up_at_all() -> None:
    """Somebody else has the night."""
    quiet = Subscription(quiet=Quiet(from_="22:00", to="06:00", critical_anyway=False), time_zone=HELSINKI)
    assert when(quiet, "critical", at(21)) == When(at=at(4, day=23), digest=True)


def test_a_digest_goes_out_at_its_next_time_and_never_in_quiet_hours() -> None:
    """Twice a day; the evening's falls into the night and waits for the morning."""
    said = Subscription(digest=("15:00", "23:00"), quiet=Quiet(from_="22:00", to="06:00"), time_zone=HELSINKI)
    assert when(said, "info", at(12)) == When(at=at(13), digest=True)
    assert when(said, "info", at(14)) == When(at=at(4, day=23), digest=True)
    assert when(said, "critical", at(12)) == When(at=at(12), digest=False)


def test_an_hour_that_the_clock_skips_still_comes() -> None:
    """29 March 2026, 03:00 to 04:00 in Helsinki: a digest of 03:30 goes out all the same, within the day."""
    said = Subscription(digest=("03:30",), time_zone=HELSINKI)
    before = datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert datetime(2026, 3, 29, 1, tzinfo=UTC) <= when(said, "info", before).at <= datetime(2026, 3, 29, 2, tzinfo=UTC)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 30), timezones=st.just(UTC)),
    st.sampled_from(["UTC", HELSINKI, "America/St_Johns", "Australia/Lord_Howe"]),
    st.times().map(lambda one: f"{one:%H:%M}"),
    st.times().map(lambda one: f"{one:%H:%M}"),
)
def test_no_message_waits_longer_than_two_days_and_none_goes_back_in_time(
    now: datetime, zone: str, start: str, end: str
) -> None:
    """Whatever the hours, the zone and the season."""
    if start != end:
        said = Subscription(quiet=Quiet(from_=start, to=end), digest=(start,), time_zone=zone)
        waits_s = (when(said, "info", now).at - now).total_seconds()
        assert 0 <= waits_s <= 50 * 3600


@pytest.mark.parametrize(
    ("said", "word"),
    [
        (Subscription(time_zone="Mars/Olympus"), "time_zone"),
        (Subscription(digest=("7:30",)), "07:30"),
        (Subscription(quiet=Quiet(from_="22:00", to="24:00")), "time of the day"),
        (Subscription(quiet=Quiet(from_="22:00", to="22:00")), "the same"),
    ],
)
def test_what_cannot_be_says_why(said: Subscription, word: str) -> None:
    """And what to write."""
    with pytest.raises(SubscriptionError, match=word):
        checked(said)
