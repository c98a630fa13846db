"""docs/wire/messages.schema.json says what the codec says: fresh, true of every message that we make, strict about others."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from docs import generate
from docs.messages_schema import KINDS, MESSAGES
from tests.support.positions import positions, records, runs, times
from tests.support.real import ROOT
from wire import ack, decode, down, encode
from wire.messages import Ack, Outbox, Position, Receiver, Run, Status, WireError

SCHEMA: dict[str, Any] = json.loads((ROOT / "docs/wire/messages.schema.json").read_text())
READ = {
    "Up": decode.decode_up,
    "Ack": ack.decode_ack,
    "Live": decode.decode_live,
    "Status": decode.decode_status,
    "Down": down.decode_down,
}
VALIDATORS = {name: Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{name}"}) for name in SCHEMA["$defs"]}


def refused(name: str, said: Any) -> list[str]:
    """Why the schema refuses a value; empty when it fits."""
    return [error.message for error in VALIDATORS[name].iter_errors(said)]


@pytest.mark.parametrize("path", generate.WIRE)
def test_the_document_is_what_the_code_says(path: str) -> None:
    """Other makers generate their code from it: a stale one breaks a box in a van."""
    assert (ROOT / path).read_text(encoding="utf-8") == generate.text_of(generate.WIRE[path]()), "run `make schemas`"


def test_the_schema_is_one() -> None:
    """A tool that reads JSON Schema has to be able to load it."""
    Draft202012Validator.check_schema(SCHEMA)


def test_every_field_says_what_it_means() -> None:
    """A name with a unit is not yet a meaning."""
    fields = {
        f"{name}.{field}": said
        for name, schema in SCHEMA["$defs"].items()
        for field, said in schema["properties"].items()
        if name != "OtherRecord"
    }
    assert len(fields) > 50
    assert not [name for name, said in fields.items() if len(said.get("description", "")) < 10]


@pytest.mark.parametrize("name", SCHEMA["$defs"])
def test_its_examples_fit(name: str) -> None:
    """People copy the example first and read the words afterwards."""
    for shown in SCHEMA["$defs"][name].get("examples", []):
        assert not refused(name, shown)


@pytest.mark.parametrize("name", MESSAGES.values())
def test_its_examples_are_read_as_they_are_meant(name: str) -> None:
    """An example that the server would refuse, or set aside, is a trap."""
    shown = SCHEMA["$defs"][name]["examples"]
    assert shown
    for example in shown:
        read = READ[name](msgspec.json.encode(example))
        if isinstance(read, decode.Up):
            assert len(read.seq) + len(read.others) == len(example.get("records", []))
            assert all(other.known is not None for other in read.others)


@given(runs())
def test_every_run_that_we_write_fits(run: Run) -> None:
    """The schema promises no less than the gateway may send."""
    assert not refused("Up", json.loads(encode.encode_up_json(run)))


@given(records)
def test_every_record_fits_its_kind_and_no_other(record: Any) -> None:
    """A reader that looks at `kind` first must not find two answers."""
    said = json.loads(msgspec.json.encode({"seq": 1, **encode.as_dict(record)}))
    assert not refused("Record", said)
    assert [name for name in KINDS if not refused(name, said)] == [type(record).__name__]


@given(positions)
def test_a_live_position_fits_with_and_without_its_kind(position: Position) -> None:
    """It is the first message that somebody tries by hand."""
    said = json.loads(msgspec.json.encode(encode.as_dict(position)))
    assert not refused("Live", said)
    del said["kind"]
    assert not refused("Live", said)
    assert decode.decode_live(msgspec.json.encode(said)) == position


@given(
    st.builds(
        Status,
        online=st.booleans(),
        stream=st.none() | st.just("a1b2"),
        at=st.none() | times,
        clock=st.sampled_from([None, "gnss", "unknown"]),
        outbox=st.none() | st.builds(Outbox, waiting=st.integers(0, 9), oldest_at=st.none() | times),
        receiver=st.none()
        | st.builds(Receiver, state=st.sampled_from(["fix", "silent"]), last_fix_at=st.none() | times),
        problems=st.lists(st.text(max_size=20), max_size=2).map(tuple),
    )
)
def test_every_status_that_we_write_fits(status: Status) -> None:
    """The last will is one of them."""
    assert not refused("Status", json.loads(encode.encode_status(status)))


@given(st.integers(0, 2**53 - 1))
def test_every_ack_that_we_write_fits(last: int) -> None:
    """The other maker's box reads these."""
    assert not refused("Ack", json.loads(ack.encode_ack(Ack(stream="a1b2", last=last), json=True)))


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"lat": 90.1}, "maximum"),
        ({"lon": None}, "not of type"),
        ({"at": "2026-11-22 10:00"}, "does not match"),
        ({"speed_mps": -1}, "minimum"),
        ({"clock": "sundial"}, "not one of"),
        ({"flags": ["Two Words"]}, "does not match"),
    ],
)
def test_what_the_codec_refuses_the_schema_refuses_too(change: dict[str, Any], because: str) -> None:
    """Whoever checks before sending is told the same as by the server."""
    [good] = SCHEMA["$defs"]["Live"]["examples"]
    assert any(because in why for why in refused("Live", good | change)), refused("Live", good | change)
    with pytest.raises(WireError):
        decode.decode_live(msgspec.json.encode(good | change))


def test_a_run_with_records_has_to_say_its_numbers() -> None:
    """Without them the server cannot tell what is missing."""
    record = SCHEMA["$defs"]["Record"]["examples"][0]
    assert refused("Up", {"stream": "a1b2", "records": [record]})
    assert not refused("Up", {"stream": "a1b2"})
