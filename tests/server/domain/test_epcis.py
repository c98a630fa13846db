"""Custody as EPCIS 2.0: valid by the standard's own schemas, with the ids that another maker's library gives."""

import copy
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.domain.custody_story import KINDS
from server.domain.epcis import document, event_id, uri
from tests.support.real import real_part

ROOT = Path(__file__).parents[3]
WEB = ROOT / "server" / "web"
Event = dict[str, Any]


def fact(kind: str, nth: int, **more: Any) -> Event:
    base = {
        "id": f"f{nth}", "kind": kind, "at": f"2026-11-22T06:{nth:02}:00.000Z", "noticed_at": f"2026-11-22T06:{nth:02}:20.000Z",
        "p": 0.9871, "because": f"v1 heard its tag last {nth} s ago, at -57 dBm.", "vehicle_id": "blue-van", "stop_id": None,
        "lon": 24.93, "lat": 60.17, "standing": True, "superseded_by": None, "withdrawn_at": None,
    }  # fmt: skip
    return base | more


EVERY = [
    *(
        fact(kind, nth, stop_id="r1/S1" if kind in ("handed_over", "left_aboard") else None)
        for nth, kind in enumerate(KINDS, 1)
    ),
    fact("wrong_stop", 20, vehicle_id="van ä/b"),
    fact("left_behind", 21, standing=False, withdrawn_at="2026-11-22T07:00:00.000Z", superseded_by="f22"),
    fact("left_behind", 22),
    fact("missing", 23, standing=False, withdrawn_at="2026-11-22T07:00:00.000Z", p=0.9),
]
BINDINGS = [
    {"tag": "b9407f30-f5f8-466e-aff9-25556b57fe6d/4/17", "at": "2026-11-22T05:00:00.000Z", "bound": True},
    {"tag": "b9407f30-f5f8-466e-aff9-25556b57fe6d/4/17", "at": "2026-11-22T12:00:00.000Z", "bound": False},
]


def judged(said: dict[str, Any]) -> dict[str, Any]:
    """By epcis2.js. It takes `van-1` for January 2001, as some JavaScript does: vehicles have other names here."""
    node = shutil.which("node")
    real_part("Node", node, "apt-get install nodejs")
    real_part("epcis2.js", (WEB / "node_modules" / "epcis2.js").exists(), "npm ci in server/web")
    done = subprocess.run(
        [node, ROOT / "tests" / "server" / "domain" / "epcis.mjs"],
        input=json.dumps(said), capture_output=True, text=True, check=True, cwd=WEB,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_it_is_valid_and_its_ids_are_those_of_another_maker() -> None:
    """Every kind, with and without a stop, bound and unbound, taken back with and without an heir, with an SSCC."""
    for package in ("MP-A17K", "340123450000000017"):
        said = document(package, BINDINGS, EVERY)
        found = judged(said)
        assert found["problems"] == []
        assert found["ids"] == [event["eventID"] for event in said["epcisBody"]["eventList"]]
    assert uri("package", "340123450000000017") == "https://id.gs1.org/00/340123450000000017"


def test_ids_follow_from_what_happened_and_from_nothing_else() -> None:
    """Repeated, noticed later, told in other words, taken back: one id. Another time, place or vehicle: another."""
    [one] = document("p", [], [fact("loaded", 1)])["epcisBody"]["eventList"]
    [same] = document(
        "p",
        [],
        [fact("loaded", 1, noticed_at="2026-11-22T09:00:00.000Z", because="x", standing=False, withdrawn_at="2026-11-22T09:00:00.000Z")],
    )["epcisBody"]["eventList"]  # fmt: skip
    assert one["eventID"] == same["eventID"]
    assert same["errorDeclaration"]["reason"] == "did_not_occur"
    others = [fact("loaded", 2), fact("loaded", 1, vehicle_id="van-2"), fact("loaded", 1, p=0.9)]
    ids = {document("p", [], [other])["epcisBody"]["eventList"][0]["eventID"] for other in others}
    assert len(ids | {one["eventID"]}) == 4


def test_what_was_moved_names_its_heir() -> None:
    """A receiver of the first event learns which one counts."""
    events = document("p", [], EVERY)["epcisBody"]["eventList"]
    [moved] = [event for event in events if event.get("errorDeclaration", {}).get("reason") == "incorrect_data"]
    [heir] = moved["errorDeclaration"]["correctiveEventIDs"]
    assert heir in {event["eventID"] for event in events} - {moved["eventID"]}


def test_radio_infers_and_people_verify() -> None:
    """The difference that a judge asks about."""
    events = document("p", BINDINGS, [fact("loaded", 1)])["epcisBody"]["eventList"]
    said = {event["type"]: event["disposition"] for event in events}
    assert said == {
        "AssociationEvent": "completeness_verified",
        "AggregationEvent": "completeness_inferred",
    }


@given(order=st.permutations(range(len(EVERY))))
def test_the_order_of_what_is_told_does_not_matter(order: list[int]) -> None:
    """The same document."""
    assert document("p", BINDINGS, [EVERY[nth] for nth in order]) == document("p", BINDINGS, EVERY)


def test_nothing_happened_is_a_document_too() -> None:
    """With no event in it."""
    assert document("p", [], [])["epcisBody"]["eventList"] == []
    event = document("p", BINDINGS, [])["epcisBody"]["eventList"][0]
    assert event_id(copy.deepcopy(event)) == event["eventID"]
