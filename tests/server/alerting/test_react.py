"""Facts, people and time in the database: the alerts, what is said of them, and who is told."""

from server import alerting as rules
from server.domain.alerts.kinds import closers
from server.store import facts
from tests.support.alerting import Alerting, ms
from tests.support.news import a_fact, a_rule, at, entered, left


def test_a_fact_opens_an_alert_and_its_partner_closes_it(alerting: Alerting) -> None:
    """Nobody has to close what ends by itself."""
    alerting.rule(a_rule())
    [change] = alerting.arrive(11, entered(10))
    assert (change.state, change.vehicle, change.kind) == ("open", "van-1", "fence_entered")
    alerting.arrive(71, left(70, 10))
    row = alerting.one()
    assert (row["state"], row["closed_by"], row["closed_ms"], row["lon"]) == ("closed", "rule", ms(70), 24.9)
    assert alerting.history(row["id"]) == ["opened", "closed"]


def test_saying_it_again_changes_nothing(alerting: Alerting) -> None:
    """A commit that is repeated after a crash."""
    alerting.rule(a_rule())
    alerting.arrive(11, entered(10))
    before = alerting.rows()
    assert alerting.arrive(12, entered(10)) == []
    assert alerting.rows() == before
    assert alerting.history(before[0]["id"]) == ["opened"]


def test_a_rule_selects_vehicles_fences_and_hours(alerting: Alerting) -> None:
    """Null selects everything; the hours are those of the rule's own clock (NOON is 14:00 in Helsinki, a Sunday)."""
    alerting.rule(a_rule(id="this-van", vehicles=frozenset(("van-2",))))
    alerting.rule(a_rule(id="that-fence", fences=frozenset(("harbour",))))
    alerting.rule(a_rule(id="mornings", hours="06:00-12:00", time_zone="Europe/Helsinki"))
    alerting.rule(a_rule(id="sundays", hours="Sun 13:30-15:00", time_zone="Europe/Helsinki"))
    alerting.rule(a_rule(id="off", enabled=False))
    alerting.arrive(1, entered(0))
    assert [row["rule_id"] for row in alerting.rows()] == ["sundays"]


def test_news_that_is_too_old_alerts_nobody(alerting: Alerting) -> None:
    """The gateway was in a garage for hours: what it tells is kept as facts, and wakes no one up."""
    alerting.rule(a_rule(actionable_s=600))
    assert alerting.arrive(1000, entered(10)) == []
    alerting.arrive(1001, entered(500, "van-2"))
    assert [row["vehicle_id"] for row in alerting.rows()] == ["van-2"]
    assert alerting.one()["late"]


def test_old_news_does_not_hide_what_happens_now(alerting: Alerting) -> None:
    """A hard braking of last week, without an end and without an alert, is no reason to be quiet about today's."""
    alerting.rule(a_rule("harsh_braking", actionable_s=600))
    alerting.arrive(5000, a_fact("harsh_braking", 0))
    alerting.arrive(5001, a_fact("harsh_braking", 4999))
    assert alerting.one()["opened_ms"] == ms(4999)


def test_an_alert_stays_though_its_news_grows_old(alerting: Alerting) -> None:
    """It was told in time: a late end still closes it, and nothing opens anew."""
    alerting.rule(a_rule(actionable_s=60))
    alerting.arrive(11, entered(10))
    alerting.arrive(9000, left(500, 10))
    assert alerting.one()["closed_ms"] == ms(500)


def test_a_vanished_cause_closes_by_late_data(alerting: Alerting) -> None:
    """Late fixes show that the van never entered: whoever was told sees why it is gone."""
    alerting.rule(a_rule())
    alerting.arrive(11, entered(10))
    opened = alerting.one()
    alerting.arrive(20, withdrawn=[entered(10)])
    assert alerting.rows() == []
    [gone] = alerting.rows(withdrawn=True)
    assert (gone["id"], gone["state"], gone["closed_by"]) == (opened["id"], "closed", "late data")
    assert alerting.history(gone["id"]) == ["opened", "late_data"]


def test_a_cause_that_comes_back_restores_its_alert(alerting: Alerting) -> None:
    """Later data agreed with the first impression after all."""
    alerting.rule(a_rule())
    alerting.arrive(11, entered(10))
    alerting.arrive(20, withdrawn=[entered(10)])
    alerting.arrive(30, entered(10))
    row = alerting.one()
    assert (row["state"], row["raised_ms"]) == ("open", ms(11))
    assert alerting.history(row["id"]) == ["opened", "late_data", "restored"]


def test_a_moved_beginning_is_the_same_business(alerting: Alerting) -> None:
    """Late data puts the entry two minutes earlier: the alert has another id, the same owner, and no second message."""
    alerting.rule(a_rule())
    alerting.channel()
    alerting.reader()
    alerting.arrive(121, entered(120))
    first = alerting.one()
    alerting.act(125, first["id"], "acknowledged")
    alerting.arrive(130, entered(0), withdrawn=[entered(120)])
    row = alerting.one()
    assert row["id"] != first["id"]
    assert (row["acknowledged_by"], row["raised_ms"]) == ("aino", ms(121))
    [gone] = alerting.rows(withdrawn=True)
    assert gone["instead"] == row["id"]
    alerting.arrive(200, left(190, 0))
    assert alerting.one()["acknowledged_by"] == "aino"
    [delivery] = alerting.deliveries()
    assert delivery["alert_id"] == row["id"]


def test_two_sensors_of_a_van_are_two_subjects(alerting: Alerting) -> None:
    """The one that is fine again closes only its own alert."""
    alerting.rule(a_rule("sensor_high"))
    said = {"quantity": "temperature_c", "value": 9.2, "limit": 8.0}
    alerting.arrive(
        2, a_fact("sensor_high", 1, sensor="front", **said), a_fact("sensor_high", 2, sensor="rear", **said)
    )
    alerting.arrive(6, a_fact("sensor_normal", 5, sensor="rear", quantity="temperature_c"))
    assert {row["part"]: row["state"] for row in alerting.rows()} == {
        "front/temperature_c": "open",
        "rear/temperature_c": "closed",
    }


def test_an_older_alert_of_one_sensor_is_left_alone_by_another(alerting: Alerting) -> None:
    """What was done about a closed alert stays, though the vehicle's other subject has been open for longer."""
    alerting.rule(a_rule("sensor_high"))
    said = {"quantity": "temperature_c", "value": 9.2, "limit": 8.0}
    alerting.arrive(1, a_fact("sensor_high", 0, sensor="front", **said))
    alerting.arrive(11, a_fact("sensor_high", 10, sensor="rear", **said))
    rear = next(row["id"] for row in alerting.rows() if row["part"].startswith("rear"))
    alerting.act(12, rear, "acknowledged")
    alerting.arrive(21, a_fact("sensor_normal", 20, sensor="rear", quantity="temperature_c"))
    alerting.arrive(900, a_fact("sensor_normal", 890, sensor="front", quantity="temperature_c"))
    row = next(row for row in alerting.rows() if row["id"] == rear)
    assert (row["acknowledged_by"], row["closed_ms"]) == ("aino", ms(20))


def test_time_opens_what_has_lasted(alerting: Alerting) -> None:
    """Nothing arrives while a van stays where it is."""
    alerting.rule(a_rule(wait_s=300))
    assert alerting.arrive(11, entered(10)) == []
    assert alerting.pass_time(309) == []
    [change] = alerting.pass_time(310)
    assert change.state == "open"
    assert alerting.one()["opened_ms"] == ms(310)
    assert alerting.pass_time(311) == []


def test_what_ended_before_its_time_never_opens(alerting: Alerting) -> None:
    """And time has nothing more to show."""
    alerting.rule(a_rule(wait_s=300))
    alerting.arrive(11, entered(10))
    alerting.arrive(60, left(50, 10))
    assert alerting.pass_time(400) == []
    assert alerting.rows() == []


def test_a_snooze_ends_by_itself(alerting: Alerting) -> None:
    """Half an hour of quiet, then it is open again."""
    alerting.rule(a_rule())
    alerting.arrive(11, entered(10))
    id_ = alerting.one()["id"]
    alerting.act(20, id_, "snoozed", until=ms(1820))
    assert alerting.one()["state"] == "snoozed"
    assert alerting.pass_time(1819) == []
    [change] = alerting.pass_time(1820)
    assert change.state == "open"
    assert alerting.history(id_) == ["opened", "snoozed", "snooze_over"]


def test_nobody_acts_so_another_person_is_told(alerting: Alerting) -> None:
    """Once, by every channel of theirs; whoever acts in time stops it."""
    alerting.rule(a_rule(escalate_after_s=600, escalate_to="mikko"))
    alerting.channel()
    alerting.reader("mikko")
    alerting.arrive(11, entered(10))
    alerting.arrive(12, entered(12, "van-2"))
    second = next(row["id"] for row in alerting.rows() if row["vehicle_id"] == "van-2")
    alerting.act(20, second, "commented", text="I am on it.")
    alerting.pass_time(611)
    alerting.pass_time(5000)
    first = next(row["id"] for row in alerting.rows() if row["vehicle_id"] == "van-1")
    assert alerting.history(first) == ["opened", "escalated"]
    assert alerting.history(second) == ["opened", "commented"]
    assert [(row["alert_id"] == first, row["about"]) for row in alerting.deliveries() if row["about"] != "opened"] == [
        (True, "escalated")
    ]


def test_a_rule_that_is_switched_off_closes_its_alerts(alerting: Alerting) -> None:
    """Nobody has to clean up after it."""
    alerting.rule(a_rule("tamper", closes_by=closers(("tamper",))))
    alerting.arrive(11, a_fact("tamper", 10))
    with alerting.database.writing() as connection:
        rules.switched_off(connection, "rule", "The rule was removed.", at(20))
    assert (alerting.one()["state"], alerting.one()["closed_by"]) == ("closed", "rule")


def test_a_new_rule_looks_at_no_old_news(alerting: Alerting) -> None:
    """Late data lets everything be looked at again: what was known before the rule was made stays quiet."""
    alerting.arrive(11, entered(10))
    alerting.rule(a_rule(), since=at(20))
    alerting.arrive(30, left(25, 10), entered(27))
    alerting.arrive(40, entered(5, "van-2"))
    assert [(row["vehicle_id"], row["opened_ms"]) for row in alerting.rows()] == [("van-2", ms(5)), ("van-1", ms(27))]


def test_a_rule_that_cannot_be_read_costs_its_own_alerts_and_nothing_else(alerting: Alerting) -> None:
    """Hours that an older version took: facts are committed, and the other rules go on."""
    alerting.rule(a_rule(id="odd", hours="at dawn"))
    alerting.rule(a_rule(id="fine"))
    alerting.arrive(11, entered(10))
    assert [row["rule_id"] for row in alerting.rows()] == ["fine"]


def test_a_fault_of_ours_keeps_the_facts(alerting: Alerting) -> None:
    """Positions wait for nobody's alerts: what cannot be worked out is logged, and the transaction goes on."""
    alerting.rule(a_rule(id="zone", hours="08:00-18:00", time_zone="No/Where"))
    assert alerting.arrive(11, entered(10)) == []
    with alerting.database.reading() as connection:
        assert len(facts.standing(connection, None, ms(0), ms(100))) == 1
