"""A package's custody as GS1 EPCIS 2.0 events, each with an id that follows from its content. Pure.

EPCIS 2.0 (ISO/IEC 19987:2024) in JSON-LD with the words of CBV 2.0; ids are hashes by CBV 2.0, 8.9 (the algorithm's
rules are numbered at https://github.com/RalphTro/epcis-event-hash-generator). What radio says is
`completeness_inferred`; what a person did, putting a tag on a package, is `completeness_verified` (only ObjectEvents
have it as a persistent disposition). There is no business step of handing over in
CBV: it is `unloading` from the vehicle and `accepting` at the stop. What late data took back says so by an error
declaration, under the id that it had.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote

from server.domain.gs1 import valid

CONTEXT: Final = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
OURS: Final = {"milepost": "urn:milepost:"}
INFERRED: Final = {"persistentDisposition": {"set": ["completeness_inferred"]}}

Event = dict[str, Any]

_OBSERVED: Final[Mapping[str, tuple[str, str | None]]] = {
    "wrong_vehicle": ("loading", "mismatch_instance"),
    "left_behind": ("departing", "mismatch_quantity"),
    "left_aboard": ("departing", "in_transit"),
    "missing": ("inspecting", "unknown"),
    "found": ("inspecting", "in_progress"),
}
"""Kinds that are one ObjectEvent: business step and disposition."""

_ORDER: Final = (
    "type", "eventTime", "eventTimeZoneOffset", "epcList", "parentID", "childEPCs", "action", "bizStep", "disposition",
    "persistentDisposition", "readPoint",
)  # fmt: skip
"""In this order properties go into the hash; ours come after them, by name."""
_WORDS: Final = {"bizStep": "https://ref.gs1.org/cbv/BizStep-", "disposition": "https://ref.gs1.org/cbv/Disp-"}
_NOT_HASHED: Final = frozenset({"eventID", "recordTime", "errorDeclaration", "rdfs:comment"})


def document(package: str, bindings: Iterable[Event], facts: Iterable[Event]) -> dict[str, Any]:
    """The whole history. `bindings` have tag, at (RFC 3339) and bound; `facts` are as the API tells custody events."""
    events = [_bound(package, one) for one in bindings]
    told = list(facts)
    ids: dict[str, str] = {}
    for fact in told:
        made = [_identified(one) for one in _events_of(package, fact)]
        ids[fact["id"]] = made[0]["eventID"]
        events.extend(made if fact["standing"] else [_taken_back(one, fact) for one in made])
    for event in events:
        declared = event.get("errorDeclaration")
        if declared and declared.get("correctiveEventIDs"):
            heirs = [ids[fact] for fact in declared["correctiveEventIDs"] if fact in ids]
            event["errorDeclaration"] = {**declared, "correctiveEventIDs": heirs}
    events.sort(key=lambda one: (one["eventTime"], one["type"], one["eventID"]))
    newest = max((event["recordTime"] for event in events), default="1970-01-01T00:00:00.000Z")
    return {
        "@context": [CONTEXT, OURS],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": newest,
        "epcisBody": {"eventList": events},
    }


def event_id(event: Event) -> str:
    """The event's hash as a named-information URI."""
    return f"ni:///sha-256;{hashlib.sha256(_before_hash(event).encode()).hexdigest()}?ver=CBV2.0"


def uri(kind: str, name: str) -> str:
    """A name of ours as a URI; a package with an SSCC has one of GS1."""
    if kind == "package" and len(name) == 18 and valid(name):
        return f"https://id.gs1.org/00/{name}"
    return f"urn:milepost:{kind}:{quote(name, safe='')}"


def _bound(package: str, binding: Event) -> Event:
    event = _event("AssociationEvent", binding["at"], binding["at"])
    event |= {"parentID": uri("package", package), "childEPCs": [uri("tag", binding["tag"])]}
    event["action"] = "ADD" if binding["bound"] else "DELETE"
    return _identified(event | {"disposition": "completeness_verified"})


def _events_of(package: str, fact: Event) -> list[Event]:
    kind, vehicle = fact["kind"], uri("vehicle", fact["vehicle_id"] or "unknown")
    epc = [uri("package", package)]
    said: Event = {"milepost:p": fact["p"], "rdfs:comment": fact["because"]}
    place = _place(fact)
    if kind in _OBSERVED:
        step, disposition = _OBSERVED[kind]
        at = place or ({"readPoint": {"id": vehicle}} if fact["vehicle_id"] else {})
        words = {"epcList": epc, "action": "OBSERVE", "bizStep": step, "disposition": disposition}
        return [_event("ObjectEvent", fact["at"], fact["noticed_at"]) | words | at | said | INFERRED]
    moved = _event("AggregationEvent", fact["at"], fact["noticed_at"]) | {"parentID": vehicle, "childEPCs": epc} | said
    if kind == "loaded":
        return [moved | {"action": "ADD", "bizStep": "loading", "disposition": "completeness_inferred"}]
    out = moved | {"action": "DELETE", "bizStep": "unloading"} | place
    if kind == "wrong_stop":
        return [out | {"disposition": "mismatch_instance"}]
    taken = {"epcList": epc, "action": "OBSERVE", "bizStep": "accepting", "disposition": "in_progress"}
    accepted = _event("ObjectEvent", fact["at"], fact["noticed_at"]) | taken | place | said | INFERRED
    return [out | {"disposition": "completeness_inferred"}, accepted]


def _event(type_: str, at: str, recorded: str) -> Event:
    return {"type": type_, "eventTime": at, "eventTimeZoneOffset": "+00:00", "recordTime": recorded}


def _place(fact: Event) -> Event:
    """Where: a stop, or a place on the earth (RFC 5870)."""
    if fact["stop_id"]:
        return {"readPoint": {"id": uri("stop", fact["stop_id"])}}
    if fact["lon"] is not None and fact["kind"] in {"wrong_stop", "handed_over"}:
        return {"readPoint": {"id": f"geo:{fact['lat']},{fact['lon']}"}}
    return {}


def _identified(event: Event) -> Event:
    return event | {"eventID": event_id(event)}


def _taken_back(event: Event, fact: Event) -> Event:
    heir = fact["superseded_by"]
    declared: Event = {"declarationTime": fact["withdrawn_at"], "reason": "incorrect_data" if heir else "did_not_occur"}
    return event | {"errorDeclaration": declared | ({"correctiveEventIDs": [heir]} if heir else {})}


def _before_hash(event: Event) -> str:
    said = "".join(_said(name, event[name]) for name in _ORDER if name in event)
    ours = [_own(name, event[name]) for name in event if name not in _ORDER and name not in _NOT_HASHED]
    return said + "".join(sorted(ours))


def _said(name: str, value: Any) -> str:
    if name == "type":
        return f"eventType={value}"
    if name in ("epcList", "childEPCs"):
        return name + "".join(sorted(f"epc={one}" for one in value))
    if name == "persistentDisposition":
        return name + "".join(sorted(f"set={_WORDS['disposition']}{one}" for one in value["set"]))
    if name == "readPoint":
        return f"readPointid={value['id']}"
    return f"{name}={_WORDS.get(name, '')}{value}"


def _own(name: str, value: Any) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{OURS[prefix]}}}{local}={value}"
