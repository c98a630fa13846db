"""P2 for alerts: whatever the order in which facts come and go, the same alerts stand, and each is told once."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.domain.facts import Fact
from tests.support.alerting import Alerting, gist
from tests.support.news import a_rule, entered, left

Step = tuple[str, Fact]


def visits(times: list[int], vehicle: str) -> list[Fact]:
    """Facts of a vehicle that enters and leaves in turn at these times."""
    return [entered(t, vehicle) if n % 2 == 0 else left(t, times[n - 1], vehicle) for n, t in enumerate(times)]


@st.composite
def a_day(draw: Any) -> tuple[list[Fact], list[list[Step]]]:
    """What happened to a few vans in the end, and groups in which it came to be known, with impressions that passed."""
    vans = [f"van-{n}" for n in range(1, draw(st.integers(1, 7)) + 1)]
    times = st.lists(st.integers(0, 600), max_size=5, unique=True).map(sorted)
    truth = [fact for van in vans for fact in visits(draw(times), van)]
    ids = {fact.id for fact in truth}
    wrong = [fact for van in vans for fact in visits(draw(times), van) if fact.id not in ids]
    wrong = draw(st.lists(st.sampled_from(wrong), max_size=4, unique_by=lambda fact: fact.id)) if wrong else []
    steps: list[Step] = draw(st.permutations([("add", fact) for fact in (*truth, *wrong)]))
    for fact in wrong:
        place = steps.index(("add", fact))
        steps.insert(draw(st.integers(place + 1, len(steps))), ("withdraw", fact))
    groups: list[list[Step]] = [[]]
    for step in steps:
        if draw(st.booleans()) or ("add", step[1]) in groups[-1]:
            groups.append([])
        groups[-1].append(step)
    return truth, groups


@given(day=a_day(), wait_s=st.sampled_from([0, 30]), cool_down_s=st.sampled_from([0, 60]))
def test_the_order_of_arrival_changes_no_alert(
    emptied_by_hand: Alerting, day: tuple[list[Fact], list[list[Step]]], wait_s: int, cool_down_s: int
) -> None:
    """Shuffled, delayed, in any groups, with facts that late data took back: the same alerts and storms."""
    alerting = emptied_by_hand
    truth, groups = day
    rule = a_rule(wait_s=wait_s, cool_down_s=cool_down_s)

    def told(*, now: float) -> list[tuple[Any, ...]]:
        alerting.pass_time(now)
        return gist(alerting.rows())

    alerting.empty()
    alerting.rule(rule)
    alerting.arrive(700, *truth)
    in_one_go = told(now=701)
    alerting.empty()
    alerting.rule(rule)
    alerting.channel()
    alerting.reader()
    for group in groups:
        added = [fact for what, fact in group if what == "add"]
        alerting.arrive(700, *added, withdrawn=[fact for what, fact in group if what == "withdraw"])
    assert told(now=701) == in_one_go
    messages = [row["alert_id"] for row in alerting.deliveries() if row["state"] == "waiting"]
    assert sorted(messages) == sorted(row["id"] for row in alerting.rows() if row["folded_into"] is None)


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 20)), max_size=30, unique_by=lambda each: each[1]), st.data()
)
def test_storms_are_the_same_in_any_order(
    emptied_by_hand: Alerting, silent: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Thirty vans at once, one by one in any order: who is in which storm follows from when they opened."""
    alerting = emptied_by_hand
    facts = [entered(second, f"van-{n}") for second, n in silent]
    alerting.empty()
    alerting.rule(a_rule())
    alerting.arrive(400, *facts)
    in_one_go = gist(alerting.rows())
    alerting.empty()
    alerting.rule(a_rule())
    for fact in data.draw(st.permutations(facts)):
        alerting.arrive(400, fact)
    assert gist(alerting.rows()) == in_one_go
