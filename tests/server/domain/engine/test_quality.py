"""Which fixes are believed: no single fix is proof, and what is not believed is said, with its reason."""

import pytest

from server.domain.engine.fix import Fix
from server.domain.engine.quality import Belief, judge
from tests.support.journeys import START_MS, Journey, a_circle, a_fix, facts_of, kinds


def flagged(facts) -> list[str]:
    return [fact.body["reason"] for fact in facts if fact.kind == "fix_flagged"]


def test_a_jump_that_claims_to_be_exact_is_flagged_by_the_fix_after_it() -> None:
    """Seen in the field: 200 m off with 1.7 m claimed; only the next fix can tell."""
    facts = facts_of(Journey().stand(60).jump(200).stand(60).fixes)
    assert flagged(facts) == ["jump"]


def test_a_van_that_really_is_elsewhere_is_believed() -> None:
    """A ferry, a tunnel, a start without reception: the second fix at the new place confirms the first."""
    fixes = [a_fix(0), a_fix(1), a_fix(2, east_m=5_000), a_fix(3, east_m=5_010, speed_mps=10)]
    judged = judge(Belief(), fixes)
    assert [one.why for one in judged] == ["", "", "", ""]
    assert judged[2].decided_ms == fixes[3].at_ms


def test_two_different_jumps_are_both_flagged() -> None:
    """A receiver that reflects off one tower after the other."""
    facts = facts_of(Journey().stand(60).jump(400).jump(-900).stand(60).fixes)
    assert flagged(facts) == ["jump", "jump"]


def test_a_fast_van_is_no_jump() -> None:
    """120 km/h, one fix a second and one a minute."""
    assert not flagged(facts_of(Journey().drive(300, 33.0).fixes))
    assert not flagged(facts_of(Journey(every_s=60).drive(3600, 33.0).fixes))


@pytest.mark.parametrize(
    ("fix", "reason"),
    [
        (a_fix(61, sigma_m=17_000.0), "vague"),
        (Fix(START_MS + 61_000, 3, -2, 0.0, 0.0, 3.0), "null_island"),
        (a_fix(-900_000_000), "wrong_date"),
    ],
)
def test_what_can_be_told_at_once_is(fix, reason: str) -> None:
    """An accuracy of 17 km, a year before Milepost was."""
    facts = facts_of([*Journey().stand(60).fixes, fix, *Journey(second=62).stand(60).fixes], a_circle(east_m=500))
    assert flagged(facts) == [reason]
    assert "fence_entered" not in kinds(facts)


def test_a_receiver_that_froze_while_driving_is_found() -> None:
    """It says 10 m/s and always the same place."""
    frozen = [a_fix(61 + n, east_m=600, speed_mps=10.0) for n in range(20)]
    facts = facts_of([*Journey().drive(60).fixes, *frozen])
    assert set(flagged(facts)) == {"frozen"}
    assert len(flagged(facts)) >= 19


def test_a_standing_receiver_that_repeats_itself_is_none() -> None:
    """Static hold: the same place, and no speed."""
    assert not flagged(facts_of([a_fix(n) for n in range(100)]))


def test_an_exact_repeat_confirms_nothing() -> None:
    """The same jump sent twice is one fix."""
    journey = Journey().stand(60).jump(200)
    facts = facts_of([*journey.fixes, journey.fixes[-1], *journey.stand(60).fixes])
    assert flagged(facts) == ["jump"]
