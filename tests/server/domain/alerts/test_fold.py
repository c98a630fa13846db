"""From facts and what people did to alerts: one rule, one subject."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.alerts.fold import alert_id, state_at, takes_over
from tests.support.news import DEPOT, a_fact, a_rule, an_act, entered, folded, left, ms

LATER = 100_000


def test_an_alert_is_open_from_its_fact_until_the_one_that_ends_it() -> None:
    """The visit is what the dispatcher sees: its beginning, its end, and that nobody had to close it."""
    [alert] = folded(a_rule(), [entered(10), left(70, 10)], LATER).alerts
    assert (alert.opened_ms, alert.closed_ms, alert.closed_by) == (ms(10), ms(70), "rule")
    assert alert.id == alert_id("rule", DEPOT, entered(10).id)
    assert alert.facts == (entered(10).id, left(70, 10).id)


def test_what_happens_again_while_it_is_open_is_the_same_alert() -> None:
    """At most one is open for a rule and a subject."""
    [alert] = folded(a_rule("harsh_braking"), [a_fact("harsh_braking", s) for s in (1, 2, 3)], LATER).alerts
    assert len(alert.facts) == 3
    assert alert.closed_ms is None


def test_what_ends_at_once_is_closed_at_once() -> None:
    """A van that touches a fence for no time at all leaves no alert that stays open for ever."""
    [alert] = folded(a_rule(), [entered(10), left(10, 10)], LATER).alerts
    assert alert.closed_ms == ms(10)


def test_an_end_goes_before_a_beginning_of_the_same_instant() -> None:
    """It left and entered again: the second visit is one of its own."""
    alerts = folded(a_rule(), [entered(10), left(70, 10), entered(70)], LATER).alerts
    assert [alert.closed_ms for alert in alerts] == [ms(70), None]


def test_it_has_to_last_before_it_opens() -> None:
    """Five minutes of silence in a tunnel are nothing; what ends before the wait is over never opens."""
    rule = a_rule(wait_s=300)
    assert folded(rule, [entered(0), left(299, 0)], LATER).alerts == ()
    [alert] = folded(rule, [entered(0), left(300, 0)], LATER).alerts
    assert (alert.opened_ms, alert.closed_ms) == (ms(300), ms(300))


def test_what_may_still_last_says_when_time_will_tell() -> None:
    """Nothing arrives while it lasts: somebody has to look at the clock."""
    waiting = folded(a_rule(wait_s=300), [entered(0)], 299)
    assert (waiting.alerts, waiting.waits_from_ms, waiting.due_ms) == ((), ms(0), ms(300))
    assert len(folded(a_rule(wait_s=300), [entered(0)], 300).alerts) == 1


def test_a_fact_from_a_clock_that_is_ahead_waits_for_its_time() -> None:
    """An alert that opens in the future could close before it opened."""
    ahead = folded(a_rule(), [entered(60)], 50)
    assert (ahead.alerts, ahead.due_ms) == ((), ms(60))


def test_what_comes_back_within_the_cool_down_is_the_same_alert() -> None:
    """A gateway at the edge of reception is one message, not one a minute; and silence that stays is never hidden."""
    facts = [entered(0), left(60, 0), entered(100)]
    [alert] = folded(a_rule(cool_down_s=60), facts, LATER).alerts
    assert (alert.opened_ms, alert.closed_ms, alert.returned_ms) == (ms(0), None, ms(100))
    assert len(folded(a_rule(cool_down_s=40), facts, LATER).alerts) == 2


def test_people_acknowledge_assign_snooze_and_close() -> None:
    """The last word counts, and the state follows from all of them."""
    facts, rule = [entered(0)], a_rule()
    [alert] = folded(rule, facts, 5).alerts
    acts = [
        an_act("acknowledged", 10, alert),
        an_act("assigned", 20, alert, to="mikko"),
        an_act("snoozed", 30, alert, until=ms(90)),
    ]
    [snoozed] = folded(rule, facts, 60, acts).alerts
    assert (state_at(snoozed, ms(60)), state_at(snoozed, ms(90)), snoozed.assigned_to) == ("snoozed", "open", "mikko")
    [closed] = folded(rule, facts, 200, [*acts, an_act("closed", 100, alert)]).alerts
    assert (state_at(closed, ms(200)), closed.closed_by) == ("closed", "aino")
    [again] = folded(rule, facts, 300, [*acts, an_act("closed", 100, alert), an_act("reopened", 250, alert)]).alerts
    assert state_at(again, ms(300)) == "open"


@pytest.mark.parametrize("mistake", ["acknowledged", "snoozed"])
def test_opening_it_again_takes_back_what_was_done_by_mistake(mistake: str) -> None:
    """A key pressed on the wrong row must not keep an alert from somebody."""
    [alert] = folded(a_rule(), [entered(0)], 5).alerts
    acts = [an_act(mistake, 10, alert, until=ms(900)), an_act("reopened", 20, alert)]
    [again] = folded(a_rule(), [entered(0)], 60, acts).alerts
    assert (state_at(again, ms(60)), again.acknowledged_by) == ("open", None)


def test_closing_what_is_closed_already_changes_nothing() -> None:
    """Late data showed that it was over before the person said so."""
    [alert] = folded(a_rule(), [entered(0)], 5).alerts
    [over] = folded(a_rule(), [entered(0), left(50, 0)], 200, [an_act("closed", 100, alert)]).alerts
    assert (over.closed_ms, over.closed_by) == (ms(50), "rule")


def test_what_people_did_stays_when_late_data_moves_the_beginning() -> None:
    """The van entered two minutes earlier than it seemed: whoever had taken it still has it."""
    [seen] = folded(a_rule(), [entered(120)], 130).alerts
    acts = [an_act("acknowledged", 140, seen)]
    [moved] = folded(a_rule(), [entered(0)], 200, acts).alerts
    assert moved.id != seen.id
    assert moved.acknowledged_by == "aino"
    assert takes_over((seen.opened_ms, None, entered(120).id), [moved]) == moved


def test_what_people_did_stays_when_two_alerts_become_one() -> None:
    """The end between them was not so."""
    rule, facts = a_rule(), [entered(0), left(60, 0), entered(100)]
    _, second = folded(rule, facts, 110).alerts
    [one] = folded(rule, [entered(0), entered(100)], 200, [an_act("assigned", 150, second, to="aino")]).alerts
    assert one.assigned_to == "aino"


def test_what_lasts_while_somebody_opens_the_former_again_joins_it() -> None:
    """A second alert of the same subject would stand beside it."""
    facts = [entered(0), left(6, 0), entered(24)]
    rule = a_rule(wait_s=5)
    [alert] = folded(rule, facts, 20).alerts
    [again] = folded(rule, facts, 50, [an_act("reopened", 26, alert)]).alerts
    assert again.closed_ms is None
    assert entered(24).id in again.facts


VISITS = st.lists(st.integers(0, 40), min_size=0, max_size=12, unique=True).map(sorted)


@given(VISITS, st.integers(0, 5), st.integers(0, 5), st.data())
def test_at_most_one_is_open_whatever_happens(
    times: list[int], wait_s: int, cool_down_s: int, data: st.DataObject
) -> None:
    """Alerts of a subject follow one another, and what people do never opens a second one."""
    facts = [entered(t) if n % 2 == 0 else left(t, times[n - 1]) for n, t in enumerate(times)]
    rule = a_rule(wait_s=wait_s, cool_down_s=cool_down_s)
    alerts = folded(rule, facts, 50).alerts
    acts = [
        an_act(what, data.draw(st.integers(0, 50)), data.draw(st.sampled_from(alerts)))
        for what in data.draw(
            st.lists(st.sampled_from(["closed", "reopened", "acknowledged"]), max_size=4 if alerts else 0)
        )
    ]
    found = folded(rule, data.draw(st.permutations(facts)), 50, acts).alerts
    for before, after in pairwise(found):
        assert before.closed_ms is not None
        assert before.opened_ms <= before.closed_ms <= after.opened_ms
    assert len({alert.id for alert in found}) == len(found)
