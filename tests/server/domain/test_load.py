"""The load in states and words: what a dispatcher and a driver read before the van leaves."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.domain.load import Aboard, Believed, Item, aboard, is_away, said_of, sentence, state_of

NOW = datetime(2026, 11, 26, 6, 45, tzinfo=UTC)


def item(said: str = "A1", inside: Aboard = "yes", **more: Any) -> Item:
    return Item(said=said, aboard=inside, handed_over=more.pop("handed_over", False), **more)


@pytest.mark.parametrize(
    ("place", "p", "alarm", "is_"),
    [
        ("vehicle:v1", 0.99, None, "yes"),
        ("vehicle:v1", 0.7, None, "probably"),
        ("vehicle:v1", 0.4, None, "not_known"),
        ("vehicle:v2", 0.99, None, "no"),
        ("site:depot", 0.6, None, "no"),
        ("unknown", 0.99, None, "not_known"),
        ("unknown", 0.99, "missing", "no"),
    ],
)
def test_nobody_is_told_more_than_is_believed(place: str, p: float, alarm: str | None, is_: str) -> None:
    """A tag that is not heard is no package that is not there."""
    assert aboard("v1", Believed(place=place, p=p, alarm=alarm)) == is_
    assert aboard("v1", None) == "not_known"


def test_the_sentence_says_what_is_missing_and_where_it_was_heard() -> None:
    """The issue's own: 47 of 48 aboard, missing A17, last heard at dock 3 at 06:41."""
    heard = {"heard_at": NOW - timedelta(minutes=4), "heard_by": "at dock 3"}
    items = [*(item(f"B{number}") for number in range(47)), item("A17", "no", **heard)]
    assert sentence(items, [], UTC) == "47 of 48 aboard, missing A17, last heard at dock 3 at 06:41."
    assert sentence([item("A17", "not_known")], [], UTC) == "0 of 1 aboard, missing A17, never heard."


def test_many_are_counted_and_some_are_named() -> None:
    """Who reads five metres away reads three names."""
    out = [item(f"A{number}", "no") for number in range(1, 6)]
    assert sentence(out, [], UTC) == "0 of 5 aboard, missing A1, A2, A3 and 2 more."
    assert sentence(out[:2], [], UTC) == "0 of 2 aboard, missing A1 and A2."
    wrong = [("Z9", "Van 2"), ("Y8", None)]
    assert sentence([item()], wrong, UTC) == "1 of 1 aboard, wrong here: Z9 of Van 2 and Y8."
    assert sentence([item(), item("A2", "no", handed_over=True)], [], UTC) == "1 of 1 aboard, 1 handed over."
    assert sentence([], [], UTC) == "Nothing is expected."


def test_the_state_says_what_is_to_be_done() -> None:
    """What is in the wrong van comes first, what is missing only when the van is about to leave."""

    def state(*items: Item, strangers: int = 0, left: bool = False, minutes: int = 60) -> str:
        return state_of(items, strangers=strangers, left=left, departs_at=NOW + timedelta(minutes=minutes), now=NOW)

    assert state() == "none"
    assert state(strangers=1) == "wrong"
    assert state(item()) == "complete"
    assert state(item(), item("A2", "probably")) == "loading", "one that is probably there lets nobody leave"
    assert state(item(), item("A2", "no")) == "loading"
    assert state(item(), item("A2", "no"), minutes=4) == "missing"
    assert state(item(), item("A2", "no", alarm="left_behind")) == "missing"
    assert state(item(), item("A2", "no", handed_over=True)) == "complete"
    assert state(item(), item("A2", "no"), strangers=1, minutes=4) == "wrong"
    assert state(item(), strangers=1, left=True) == "left"


def test_a_van_is_away_beyond_the_circle_of_its_site() -> None:
    """In metres, not in degrees: at 60 degrees north one of longitude is half of one of latitude."""
    site = (24.0, 60.0, 100.0)
    assert not is_away((24.0017, 60.0), site)
    assert is_away((24.0019, 60.0), site)
    assert is_away((24.0, 60.001), site)


def test_a_belief_in_words_is_never_quite_sure() -> None:
    """A hundred per cent is what nobody believes."""
    names = {"vehicle:v1": "Van 1"}
    assert said_of("vehicle:v1", 0.99999, NOW, names, UTC) == "In Van 1 since 06:45, 99.9\u00a0% sure."
    assert said_of("unknown", 0.6, NOW, names, UTC) == "At no place that we know since 06:45, 60\u00a0% sure."
