"""What becomes of the filter's words: a past that can be drawn, facts that stand once, alarms that end."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from server.domain.custody import WINDOW_MS, Belief, CustodyEvent, Fix, Parcel, Plan, Site, Step, Window, fresh
from server.domain.custody_story import GONE, Story, Told, alarm_of, band, compared, tell
from server.domain.facts import Fact

PLAN = Plan(
    sites=(Site(id="depot", lon=24.0, lat=60.0, radius_m=50.0),),
    parcels=(Parcel(id="p1", tag="t1", vehicle="v1"), Parcel(id="p2", tag="t2", vehicle="v1")),
)


def windows(*steps: tuple[dict[str, tuple[str, float]], list[CustodyEvent]]) -> list[Told]:
    """What these windows come to, one after the other; `v2` is 100 m further on in each."""
    story, told = Story(), []
    for number, (beliefs, events) in enumerate(steps, start=1):
        to_ms = number * WINDOW_MS
        fixes = (Fix(at_ms=to_ms, vehicle="v2", lon=24 + number / 100, lat=60.0),)
        said = {package: Belief(place=place, p=p) for package, (place, p) in beliefs.items()}
        window = Window(from_ms=to_ms - WINDOW_MS, to_ms=to_ms, fixes=fixes)
        told.append(tell(story, PLAN, window, Step(state=fresh(), beliefs=said, events=events)))
        story = told[-1].story
    return told


def event(kind: str, parcel: str = "p1", vehicle: str | None = None, at_ms: int = 5000) -> CustodyEvent:
    return CustodyEvent(
        kind=kind,  # type: ignore[arg-type]
        parcel=parcel,
        vehicle=vehicle,
        at_ms=at_ms,
        noticed_at_ms=at_ms,
        p=0.99,
        because="It moves with v2.",
    )


def gist(facts: list[Fact]) -> list[tuple[str, str, str]]:
    return [(one.kind, one.vehicle, one.body["package"]) for one in facts]


HERE = {"p1": ("vehicle:v2", 0.9)}


def test_the_past_has_a_span_where_the_place_or_its_certainty_becomes_another() -> None:
    """A day of windows is 8,640 rows a package; people look at a dozen."""
    told = windows(
        *(
            ({"p1": (place, p)}, [])
            for place, p in (
                ("site:depot", 0.96),
                ("site:depot", 0.98),
                ("site:depot", 0.7),
                ("vehicle:v2", 0.7),
                ("vehicle:v2", 0.75),
            )
        )
    )
    rows: dict[tuple[str, int], tuple[str, float, float]] = {}
    for one in told:
        rows |= {key: (span.place, span.p_min, span.p_max) for key, span in one.spans.items()}
    assert rows == {
        ("p1", WINDOW_MS): ("site:depot", 0.96, 0.98),
        ("p1", 3 * WINDOW_MS): ("site:depot", 0.7, 0.7),
        ("p1", 4 * WINDOW_MS): ("vehicle:v2", 0.7, 0.7),
    }
    running = told[-1].story.spans["p1"]
    assert (running.p_max, running.since_ms, running.lon) == (0.75, 4 * WINDOW_MS, 24.04)
    assert told[2].story.spans["p1"].since_ms == WINDOW_MS
    assert (told[0].story.spans["p1"].lon, told[0].story.spans["p1"].lat) == (24.0, 60.0)


def test_a_package_that_nobody_watches_any_more_has_an_end() -> None:
    """Its tag was taken off: what was believed last must not go on for ever."""
    told = windows((HERE, []), ({}, []), ({}, []))
    assert told[1].spans["p1", 2 * WINDOW_MS].place == GONE
    assert told[1].spans["p1", WINDOW_MS].place == "vehicle:v2"
    assert (told[2].spans, told[2].story.spans) == ({}, {})


def test_found_is_said_to_every_vehicle_of_which_an_alarm_is_open() -> None:
    """Alerts are of a vehicle: one that is told of the beginning has to be told of the end."""
    told = windows(
        (HERE, [event("left_behind", vehicle="v1"), event("wrong_vehicle", vehicle="v2")]),
        (HERE, [event("found", vehicle="v1")]),
        (HERE, [event("found")]),
    )
    assert gist(told[0].facts) == [("left_behind", "v1", "p1"), ("wrong_vehicle", "v2", "p1")]
    assert alarm_of(told[0].story, "p1") == "wrong_vehicle"
    assert gist(told[1].facts) == [("found", "v1", "p1"), ("found", "v2", "p1")]
    assert {one.at_ms for one in told[1].facts} == {2 * WINDOW_MS}, "an end is never before its beginning"
    assert alarm_of(told[1].story, "p1") is None
    assert gist(told[2].facts) == [("found", "v1", "p1")], "of its planned vehicle"


def test_an_alarm_of_another_vehicle_takes_the_place_of_the_first() -> None:
    """It was carried on from one wrong van into the next: one is open."""
    told = windows((HERE, [event("wrong_vehicle", vehicle="v2")]), (HERE, [event("wrong_vehicle", vehicle="v3")]))
    assert gist(told[1].facts) == [("found", "v2", "p1"), ("wrong_vehicle", "v3", "p1")]
    assert [alarm.vehicle for alarm in told[1].story.alarms["p1"]] == ["v3"]


def test_a_fact_says_where_why_and_how_sure() -> None:
    """A judge asks for all three."""
    [said] = windows((HERE, [event("wrong_vehicle", vehicle="v2")]))[0].facts
    assert (said.at_ms, said.decided_ms, said.vehicle) == (5000, WINDOW_MS, "v2")
    assert said.body["noticed_at"] == "1970-01-01T00:00:05.000Z"
    expected = {"package": "p1", "planned": "v1", "lon": 24.01, "lat": 60.0, "p": 0.99, "because": "It moves with v2."}
    assert expected.items() <= said.body.items()


def test_facts_of_different_packages_do_not_take_each_others_place() -> None:
    """Two packages of one van, one of which late data takes back while the other comes up."""
    one, other = (windows((HERE, [event("loaded", parcel)]))[0].facts[0] for parcel in ("p1", "p2"))
    [changes] = compared([one], [other], late=True)
    assert ([new.id for new in changes.added], [old.id for old in changes.withdrawn]) == ([other.id], [one.id])
    assert changes.moved == {}
    later = msgspec.structs.replace(windows((HERE, [event("loaded", "p1", at_ms=7000)]))[0].facts[0])
    [changes] = compared([one], [later], late=True)
    assert changes.moved == {later.id: one.id}
    assert compared([one], [one], late=True) == []


@given(st.floats(0, 1), st.floats(0, 1))
def test_bands_rise_with_the_probability(one: float, other: float) -> None:
    """Whoever is surer is in no lower band."""
    assert (one <= other) <= (band(one) <= band(other))
