"""The scorer is what the bars are read from: each figure is tried with a filter that earns it and one that does not."""

import json

import pytest

from milepost.custody.scoring import Said, Tally, figures, tallied
from milepost.custody.truths import TruthError, read_truth

GATE = "2026-11-22T06:10:00.000Z"
BASE = 1795327200000  # 2026-11-22T06:00:00Z


def ms(seconds):
    return BASE + 1000 * seconds


def a_truth(*happened, places=("vehicle:v1",)):
    rows = [
        {"kind": "world", "name": "w", "seed": 1, "ordinary": True},
        {"kind": "whereabouts", "parcel": "p1", "from": "2026-11-22T06:00:00.000Z", "to": "2026-11-22T06:05:00.000Z",
         "places": ["site:depot", "vehicle:v1"]},
        {"kind": "whereabouts", "parcel": "p1", "from": "2026-11-22T06:05:00.000Z", "to": "2026-11-22T07:00:00.000Z",
         "places": list(places)},
        *happened,
    ]  # fmt: skip
    return read_truth(json.dumps(row).encode() for row in rows)


def a_misload(event="wrong_vehicle", **more):
    row = {"kind": "happened", "event": event, "parcel": "p1", "vehicle": "v1", "stop": None, "audible": True}
    return row | {"brief": False, "at": "2026-11-22T06:05:00.000Z", "until": GATE} | more


def an_event(kind="wrong_vehicle", at=400, **more):
    return Said(**({"kind": kind, "parcel": "p1", "vehicle": "v1", "stop": None, "noticed_at_ms": ms(at)} | more))


def scored(truth, *events, statements=()):
    return figures(tallied(statements, list(events), truth))


def test_both_ends_are_right_while_a_parcel_is_carried_and_one_afterwards():
    """A statement is judged by the second that it is about, at half-open ends."""
    statements = [("p1", ms(s), "site:depot", 1.0) for s in (0, 299, 300)] + [("p1", ms(300), "vehicle:v1", 1.0)]
    told = scored(a_truth(), statements=statements)
    assert (told["statements"], told["wrong"], told["sure"], told["sure_true"]) == (4, 1, 4, 3)
    assert told["brier"] == 0.25


def test_a_moment_of_which_nothing_is_known_is_not_judged():
    """A recording is longer than its truth, sometimes; nobody gains or loses by that."""
    statements = [("p1", ms(-1), "site:depot", 1.0), ("p1", ms(3600), "x", 1.0), ("p9", ms(5), "x", 1.0)]
    assert scored(a_truth(), statements=statements)["statements"] == 0


def test_being_sure_of_nowhere_is_no_place():
    """Silence must not win: only places count as sure and named."""
    told = scored(a_truth(), statements=[("p1", ms(1), "unknown", 0.995), ("p1", ms(2), "vehicle:v1", 0.995)])
    assert (told["sure"], told["sure_named"], told["sure_true"]) == (2, 1, 1)


def test_the_reliability_diagram_puts_each_statement_into_one_step():
    """Its sums are the statements; a calibrated filter lies on its diagonal."""
    statements = [("p1", ms(1), "vehicle:v1", p) for p in (0.0, 0.5, 0.9, 0.99, 1.0)]
    steps = scored(a_truth(), statements=statements)["reliability"]
    assert sum(step["said"] for step in steps) == sum(step["true"] for step in steps) == 5
    assert [step["p_from"] for step in steps if step["said"]] == [0.0, 0.4, 0.9, 0.99, 0.999]


@pytest.mark.parametrize(
    ("events", "in_time", "late", "false"),
    [
        ([an_event()], 1, 0, 0),
        ([an_event(at=600)], 1, 0, 0),
        ([an_event(at=601)], 0, 1, 0),
        ([an_event(vehicle="v2")], 0, 0, 1),
        ([an_event(at=200)], 0, 0, 0),
        ([an_event(at=400), an_event("found", at=500)], 0, 1, 0),
        ([an_event(at=400), an_event("found", at=500), an_event(at=550)], 1, 0, 0),
        ([an_event(at=400), an_event("found", at=700)], 1, 0, 0),
        ([an_event("left_behind")], 0, 0, 1),
        ([an_event("loaded"), an_event("handed_over")], 0, 0, 0),
        ([], 0, 0, 0),
    ],
)
def test_a_misload_is_noticed_before_the_gate_or_it_is_not(events, in_time, late, false):
    """An alarm helps who can still stop the van; in the wrong words, or taken back, it does not."""
    told = scored(a_truth(a_misload()), *events)
    said = (told["misloads_noticed_before_gate"], told["misloads_noticed_late"], told["false_alarms"])
    assert (*said, told["misloads"]) == (in_time, late, false, 1)


def test_what_nobody_could_hear_is_counted_apart():
    """A dead tag is no failure of the filter; an alarm about it is none either."""
    told = scored(a_truth(a_misload(audible=False)), an_event())
    assert (told["misloads"], told["misloads_inaudible"], told["false_alarms"]) == (0, 1, 0)


def test_what_was_put_right_need_not_be_noticed_but_may():
    """A parcel in a wrong van for a while is a true alarm meanwhile, and a false one long afterwards."""
    truth = a_truth(a_misload(brief=True, vehicle="v2"))
    assert scored(truth, an_event(at=400, vehicle="v2"))["false_alarms"] == 0
    assert scored(truth, an_event(at=900, vehicle="v2"))["false_alarms"] == 1
    assert scored(truth)["misloads"] == 0


def test_an_alarm_that_is_taken_back_counts():
    """Otherwise crying wolf would cost nothing."""
    told = scored(a_truth(), an_event("left_behind"), an_event("found", at=500), an_event("missing", at=600))
    assert told["false_alarms_by_kind"] == {"left_behind": 1, "missing": 1}
    assert told["false_alarms_per_1000"] == 2000


def test_hand_overs_and_what_stays_aboard_have_figures_of_their_own():
    """They are noticed by their own words, at their stop."""
    over = a_misload("handed_over", stop="S1", until="2026-11-22T07:00:00.000Z")
    left = a_misload("left_aboard", stop="S1", until="2026-11-22T07:00:00.000Z")
    told = scored(a_truth(over, left), an_event("handed_over", stop="S1"), an_event("left_aboard", stop="S2"))
    assert (told["handed_over"], told["handed_over_noticed"]) == (1, 1)
    assert (told["left"], told["left_noticed"], told["false_alarms"]) == (1, 0, 1)


def test_sums_of_worlds_are_the_sums_of_their_statements():
    """Worlds are weighed by what they hold, whatever the order in which they are added."""
    one = tallied([("p1", ms(1), "vehicle:v1", 0.9)], [an_event()], a_truth(a_misload()))
    two = tallied([("p1", ms(1), "stop:S1", 0.5)], [an_event("missing")], a_truth())
    told = []
    for order in ((one, two), (two, one)):
        whole = Tally()
        for tally in order:
            whole.add(tally)
        told.append(figures(whole))
    assert told[0] == told[1]
    assert (told[0]["parcels"], told[0]["statements"], told[0]["false_alarms"]) == (2, 2, 1)
    assert told[0]["brier"] == pytest.approx((0.1**2 + 0.5**2) / 2, abs=1e-4)


@pytest.mark.parametrize(
    ("rows", "word"),
    [([b"{"], "Line 1"), ([b'{"kind":"world","name":"w"}'], "whereabouts"), ([b'{"kind":"happened"}'], "Line 1"),
     ([b'{"kind":"whereabouts","parcel":"p","from":"monday","to":"tuesday","places":[]}'], "monday")],
)  # fmt: skip
def test_a_truth_that_cannot_be_read_says_which_line(rows, word):
    """Who writes a truth by hand finds the mistake."""
    with pytest.raises(TruthError, match=word):
        read_truth(rows)
