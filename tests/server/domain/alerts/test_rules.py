"""Rules as data, and which facts they select."""

import pytest

from server.domain.alerts.kinds import PARTNERS, closers, part_of, same_part
from server.domain.alerts.opening import InForce, opens
from server.domain.alerts.rules import DEFAULTS, RuleError, checked, same_conditions, schedule_of
from server.domain.alerts.tries import PAUSES_S, pause_s
from tests.support.news import a_fact, a_rule, entered, ms, news


def by(rule, since: float = -1000, of_teams: frozenset[str] = frozenset()) -> InForce:
    return InForce(rule=rule, since_ms=ms(since), schedule=schedule_of(rule), of_teams=of_teams)


def test_the_rules_of_a_new_server_can_be_used() -> None:
    """Silence, receiver, tamper, battery, and what goes wrong with packages."""
    assert [checked(rule) for rule in DEFAULTS] == list(DEFAULTS)
    assert {kind for rule in DEFAULTS for kind in rule.kinds} == {
        "gateway_silent",
        "receiver_lost",
        "tamper",
        "battery_low",
        "wrong_vehicle",
        "left_behind",
        "left_aboard",
        "wrong_stop",
        "missing",
    }


def test_what_ends_a_kind_is_a_kind_and_opens_nothing_of_its_own_rule() -> None:
    """The table of partners is whole."""
    for kind, ends in PARTNERS.items():
        assert set(ends) <= PARTNERS.keys()
        assert kind not in ends
    assert closers(("sensor_high", "sensor_low")) == ("sensor_normal",)


def test_a_fence_a_sensor_and_a_gateway_are_subjects_of_their_own() -> None:
    """What is about the vehicle is about all of it."""
    assert part_of("fence_left", "depot", {}) == "depot"
    assert part_of("sensor_low", None, {"sensor": "front", "quantity": "temperature_c"}) == "front/temperature_c"
    assert part_of("gateway_silent", None, {"gateway": "gw-1"}) == "gw-1"
    assert part_of("speeding_started", "depot", {}) == ""
    assert same_part("", "depot")
    assert not same_part("harbour", "depot")


def test_news_counts_from_when_the_rule_was_made_while_it_can_be_acted_on() -> None:
    """By when it came to be known, not by when it happened."""
    rule = a_rule(actionable_s=60)
    assert opens(by(rule), news(entered(0), known=60), ())
    assert not opens(by(rule), news(entered(0), known=61), ())
    assert not opens(by(rule, since=30), news(entered(0), known=29), ())
    assert opens(by(rule, since=30), news(entered(0), known=30), ())


def test_the_wait_is_not_counted_as_age() -> None:
    """What has to last for an hour is an hour old when it opens."""
    assert opens(by(a_rule(wait_s=3600, actionable_s=60)), news(entered(0), known=3600), ())


def test_what_opened_an_alert_goes_on_counting() -> None:
    """People know of it: a rule that was changed, or news that grew old, does not take it away."""
    assert opens(by(a_rule(actionable_s=0, enabled=False)), news(entered(0), known=9000), {entered(0).id})


def test_teams_select_their_vehicles() -> None:
    """Whoever is in none of them is not meant."""
    rule = a_rule(teams=frozenset(("north",)))
    assert opens(by(rule, of_teams=frozenset(("van-1",))), news(entered(0)), ())
    assert not opens(by(rule, of_teams=frozenset(("van-2",))), news(entered(0)), ())


def test_a_kind_without_a_fence_is_not_selected_by_fences() -> None:
    """A rule for the depot says nothing of the road."""
    rule = a_rule("speeding_started", fences=frozenset(("depot",)))
    assert not opens(by(rule), news(a_fact("speeding_started", 0)), ())
    assert opens(by(rule), news(a_fact("speeding_started", 0, fence="depot")), ())


def test_a_new_name_is_no_new_rule() -> None:
    """News of before still counts when only name or severity changed."""
    assert same_conditions(a_rule(), a_rule(name="Another", severity="critical", cool_down_s=9))
    assert not same_conditions(a_rule(), a_rule(wait_s=9))


def test_what_cannot_be_is_refused() -> None:
    """See the tests of the API for what is said."""
    with pytest.raises(RuleError, match="left_the_moon"):
        checked(a_rule("left_the_moon", closes_by=()))


def test_a_message_is_tried_for_a_day() -> None:
    """Longer each time; what the receiver asks for counts when it is longer."""
    assert pause_s(1, None) == 10
    assert pause_s(1, 90.0) == 90
    assert pause_s(len(PAUSES_S), None) == PAUSES_S[-1]
    assert pause_s(len(PAUSES_S) + 1, None) is None
    assert 20 * 3600 < sum(PAUSES_S) < 28 * 3600
    assert list(PAUSES_S) == sorted(PAUSES_S)
