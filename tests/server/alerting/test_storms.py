"""Many alerts at once are one: told once, acted on once, and each still there when it is asked for."""

from concurrent.futures import ThreadPoolExecutor

from tests.support.alerting import Alerting, ms
from tests.support.news import a_fact, a_rule, entered, left


def silent(count: int, start: float = 0, first: int = 1) -> list:
    """So many vans whose gateways fall silent, a second apart."""
    return [a_fact("gateway_silent", start + n, f"van-{first + n}", gateway=f"gw-{first + n}") for n in range(count)]


def storm(alerting: Alerting) -> dict:
    [row] = [row for row in alerting.rows() if row["vehicle_id"] is None]
    return row


def members(alerting: Alerting) -> list[dict]:
    return [row for row in alerting.rows() if row["folded_into"] is not None]


def test_four_are_four_and_five_are_a_storm(alerting: Alerting) -> None:
    """Five within two minutes: the list shows one row, the phone rings once."""
    alerting.rule(a_rule("gateway_silent"))
    alerting.channel()
    alerting.reader()
    alerting.arrive(5, *silent(4))
    assert [row["folded_into"] for row in alerting.rows()] == [None] * 4
    alerting.arrive(6, *silent(1, start=5, first=5))
    row = storm(alerting)
    assert (row["count"], row["state"], row["opened_ms"]) == (5, "open", ms(0))
    assert len(members(alerting)) == 5
    waiting = [each["alert_id"] for each in alerting.deliveries() if each["state"] == "waiting"]
    assert waiting == [row["id"]]


def test_who_comes_later_joins_and_who_comes_after_a_pause_does_not(alerting: Alerting) -> None:
    """Two minutes without another end the storm."""
    alerting.rule(a_rule("gateway_silent"))
    alerting.arrive(5, *silent(5))
    alerting.arrive(130, *silent(1, start=124, first=6))
    alerting.arrive(260, *silent(1, start=245, first=7))
    assert storm(alerting)["count"] == 6
    assert [row["vehicle_id"] for row in alerting.rows() if row["vehicle_id"] and not row["folded_into"]] == ["van-7"]


def test_an_act_on_a_storm_is_done_to_all_of_it(alerting: Alerting) -> None:
    """Also to those that join later: nobody acknowledges thirty-eight times."""
    alerting.rule(a_rule("gateway_silent"))
    alerting.arrive(5, *silent(5))
    alerting.act(10, storm(alerting)["id"], "acknowledged")
    alerting.arrive(60, *silent(1, start=50, first=6))
    assert {row["acknowledged_by"] for row in alerting.rows()} == {"aino"}
    assert storm(alerting)["state"] == "acknowledged"


def test_a_storm_is_over_when_all_of_it_is(alerting: Alerting) -> None:
    """The broker is back: everything closes by itself."""
    alerting.rule(a_rule())
    alerting.arrive(5, *[entered(n, f"van-{n}") for n in range(1, 6)])
    alerting.arrive(50, *[left(40 + n, n, f"van-{n}") for n in range(1, 5)])
    assert storm(alerting)["state"] == "open"
    alerting.arrive(60, left(55, 5, "van-5"))
    row = storm(alerting)
    assert (row["state"], row["closed_by"], row["closed_ms"]) == ("closed", "rule", ms(55))
    assert alerting.history(row["id"]) == ["opened", "closed"]


def test_late_data_dissolves_a_storm(alerting: Alerting) -> None:
    """One of the five was not so: the four stand for themselves again, and each is told."""
    facts = [entered(n, f"van-{n}") for n in range(1, 6)]
    alerting.rule(a_rule())
    alerting.channel()
    alerting.reader()
    alerting.arrive(6, *facts)
    alerting.arrive(20, withdrawn=facts[2:3])
    assert [row["folded_into"] for row in alerting.rows()] == [None] * 4
    waiting = {each["alert_id"] for each in alerting.deliveries() if each["state"] == "waiting"}
    assert waiting == {row["id"] for row in alerting.rows()}


def test_a_storm_keeps_its_message_when_late_data_finds_an_earlier_member(alerting: Alerting) -> None:
    """Its id follows from its first member: the new one is the same storm to people."""
    alerting.rule(a_rule())
    alerting.channel()
    alerting.reader()
    alerting.arrive(6, *[entered(n, f"van-{n}") for n in range(2, 7)])
    before = storm(alerting)
    alerting.act(8, before["id"], "assigned", to="mikko")
    alerting.arrive(9, entered(1, "van-1"))
    after = storm(alerting)
    assert after["id"] != before["id"]
    assert (after["count"], after["assigned_to"]) == (6, "mikko")
    assert [(each["alert_id"], each["state"]) for each in alerting.deliveries()] == [(after["id"], "waiting")]


def test_only_the_storm_escalates(alerting: Alerting) -> None:
    """Thirty-eight escalations are the same mistake as thirty-eight alerts."""
    alerting.rule(a_rule("gateway_silent", escalate_after_s=600, escalate_to="mikko"))
    alerting.channel()
    alerting.reader("mikko")
    alerting.arrive(5, *silent(6))
    alerting.pass_time(700)
    escalated = [each["alert_id"] for each in alerting.deliveries() if each["about"] == "escalated"]
    assert escalated == [storm(alerting)["id"]]


def test_two_rules_have_two_storms(alerting: Alerting) -> None:
    """A storm is of one rule: who looks after one need not look after the other."""
    alerting.rule(a_rule("gateway_silent", id="one"))
    alerting.rule(a_rule("gateway_silent", id="two", severity="critical"))
    alerting.arrive(5, *silent(5))
    storms = [row for row in alerting.rows() if row["vehicle_id"] is None]
    assert {(row["rule_id"], row["severity"], row["count"]) for row in storms} == {
        ("one", "warning", 5),
        ("two", "critical", 5),
    }


def test_a_storm_of_a_thousand_is_settled_in_one_commit(alerting: Alerting) -> None:
    """The broker of a whole fleet is away; nobody may wait long for the transaction."""
    alerting.rule(a_rule("gateway_silent"))
    alerting.arrive(
        500, *[a_fact("gateway_silent", n / 10, f"van-{n % 40 + 1}", gateway=f"gw-{n}") for n in range(1200)]
    )
    assert storm(alerting)["count"] == 1200
    alerting.arrive(600, a_fact("gateway_silent", 121, "van-1", gateway="gw-late"))
    assert storm(alerting)["count"] == 1201


def test_writers_at_once_make_one_storm(alerting: Alerting) -> None:
    """The thread that commits, the ticker and people: whoever folds, folds alone, and misses nobody."""
    alerting.rule(a_rule("gateway_silent"))
    facts = silent(24)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda fact: alerting.arrive(60, fact), facts))
    assert storm(alerting)["count"] == 24
    assert len(alerting.rows()) == 25
