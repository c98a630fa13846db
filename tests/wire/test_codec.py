"""Round trips, bounds and hostile bytes."""

import contextlib
import zlib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.positions import a_position, a_run, positions, runs
from wire import ack, decode, encode
from wire.messages import Ack, Outbox, Position, Run, Status, WireError


def said(up: decode.Up) -> list[tuple[int, object]]:
    """Everything that a message says, in the order of its rows."""
    return sorted([*up.positions(), *((other.seq, other.known) for other in up.others)], key=lambda row: row[0])


@given(runs())
def test_a_run_comes_back_as_it_was_sent(run: Run) -> None:
    """What the outbox accepted is what the server stores: to the last digit."""
    for data in (encode.encode_up(run), encode.encode_up_json(run)):
        up = decode.decode_up(data)
        assert (up.stream, up.prev, up.seq_from, up.seq_to) == (run.stream, run.prev, run.seq_from, run.seq_to)
        assert said(up) == list(run.records)
        assert up.json == (data[:1] == b"{")


@given(st.lists(positions, min_size=1, max_size=5), st.data())
def test_a_damaged_message_is_refused_or_read_but_never_more(some: list[Position], data: st.DataObject) -> None:
    """Poison must not stop what stands behind it: nothing but WireError leaves the codec."""
    records = tuple(enumerate(some, start=1))
    message = bytearray(encode.encode_up(Run(stream="s", seq_from=1, seq_to=len(some), records=records)))
    body = bytearray(zlib.decompress(bytes(message[1:]), wbits=-15)) if message[0] == 2 else message[1:]
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] = data.draw(st.integers(0, 255))
    with contextlib.suppress(WireError):
        decode.decode_up(b"\x01" + bytes(body))
    with contextlib.suppress(WireError):
        decode.decode_up(bytes(message[: data.draw(st.integers(0, len(message)))]))


@given(st.binary(max_size=200))
def test_garbage_is_refused_by_every_reader(data: bytes) -> None:
    """A stranger may publish anything."""
    for read in (decode.decode_up, decode.decode_live, decode.decode_status, ack.decode_ack):
        for form in (data, b"{" + data, b"\x01" + data, b"\x02" + data):
            with pytest.raises(WireError):
                read(form + b"\xff")


def test_the_form_that_people_publish_by_hand_is_understood() -> None:
    """The JSON of the design is a promise to other makers."""
    up = decode.decode_up(
        b'{"stream":"a1b2","prev":0,"seq_from":1,"seq_to":2,"colour":"red","records":['
        b'{"seq":1,"kind":"position","at":"2026-11-22T10:00:00.000Z","lon":24.9384,"lat":60.1699,"speed_mps":8.1,'
        b'"course_deg":90,"accuracy_m":4,"shoe_size":44},{"seq":2,"kind":"haiku","at":"2026-11-22T10:00:01Z"}]}'
    )
    [(seq, position)] = up.positions()
    assert (seq, position.lon, position.speed_mps, position.accuracy_m) == (1, 24.9384, 8.1, 4)
    [other] = up.others
    assert (other.seq, other.kind, other.known) == (2, "haiku", None)
    assert other.raw["at"] == "2026-11-22T10:00:01Z"


def test_a_record_that_does_not_fit_its_kind_is_kept_beside_the_good_ones() -> None:
    """One record with latitude 91 must not cost its neighbours."""
    rows = [{"seq": 1, "kind": "position", "at": "2026-11-22T10:00:00Z", "lon": 24, "lat": lat} for lat in (91, 60)]
    rows[1]["seq"] = 2
    up = decode.decode_up(msgspec.json.encode({"stream": "s", "seq_from": 1, "seq_to": 2, "records": rows}))
    assert [seq for seq, _ in up.positions()] == [2]
    assert [(other.seq, other.kind, other.known) for other in up.others] == [(1, "position", None)]


def test_a_message_without_records_is_the_probe() -> None:
    """An idle gateway asks how far the server is; both forms, with and without numbers."""
    assert decode.decode_up(b'{"stream":"a1b2"}').probe
    assert decode.decode_up(encode.encode_up(Run(stream="a1b2", seq_from=7, seq_to=7))).probe
    assert not decode.decode_up(encode.encode_up(a_run(0))).probe


@pytest.mark.parametrize(
    "change",
    [
        {"prev": 5},
        {"seq_to": 1},
        {"seq_from": 2},
        {"seq_from": 0},
        {"stream": "a/b"},
        {"stream": ""},
        {"seq_to": 2**60},
        {"prev": -1},
    ],
)
def test_numbers_that_contradict_one_another_are_refused(change: dict[str, object]) -> None:
    """Applied, they would lose or double rows."""
    run = msgspec.structs.replace(a_run(0, 1, 2), **change)
    for data in (encode.encode_up(run), encode.encode_up_json(run)):
        with pytest.raises(WireError):
            decode.decode_up(data)


def test_a_small_message_that_unpacks_to_a_huge_one_is_refused() -> None:
    """A deflate bomb must cost its sender more than us."""
    deflate = zlib.compressobj(9, wbits=-15)
    bomb = deflate.compress(b"\0" * 50_000_000) + deflate.flush()
    with pytest.raises(WireError, match="unpacked"):
        decode.decode_up(b"\x02" + bomb)
    with pytest.raises(WireError, match="at most"):
        decode.decode_up(b"\x01" + b"x" * 300_000)


@given(positions)
def test_a_live_position_comes_back(position: Position) -> None:
    """The hint for the map says what the receiver said."""
    assert decode.decode_live(encode.encode_live(position)) == position
    assert decode.decode_live(msgspec.json.encode(encode.as_dict(position))) == position


@given(st.integers(0, 2**53 - 1), st.booleans())
def test_an_ack_comes_back_in_either_form(last: int, as_json: bool) -> None:
    """A question in JSON is answered in JSON, and read by the same program."""
    data = ack.encode_ack(Ack(stream="a1b2", last=last), json=as_json)
    assert ack.decode_ack(data) == Ack(stream="a1b2", last=last)
    assert (data[:1] == b"{") == as_json


def test_the_ack_of_the_design_is_what_is_sent() -> None:
    """Its form is fixed."""
    assert ack.encode_ack(Ack(stream="a1b2", last=2), json=True) == b'{"stream":"a1b2","last":2}'


def test_a_status_comes_back_and_unknown_fields_are_ignored() -> None:
    """An older server hears a newer gateway."""
    status = Status(online=True, at=a_position().at, outbox=Outbox(waiting=3), problems=("no receiver",))
    data = encode.encode_status(status)
    assert decode.decode_status(data) == status
    assert decode.decode_status(data[:-1] + b',"mood":"fine"}') == status


@settings(max_examples=30)
@given(st.floats() | st.sampled_from([180.1, -180.1, float("nan"), float("inf")]))
def test_a_number_that_no_receiver_can_mean_is_refused_before_it_is_sent(lon: float) -> None:
    """NaN and 181 degrees pass through many parsers; here they stop."""
    if -180 <= lon <= 180:
        return
    with pytest.raises(WireError, match="lon"):
        encode.encode_live(a_position(lon=lon))


def test_a_position_alone_costs_little_more_than_its_numbers() -> None:
    """A gateway that is asked not to wait sends most of its rows so: 5 s of lingering gather one or two."""
    message = encode.encode_up(a_run(0))
    numbers = sum(len(msgspec.msgpack.encode(value)) for value in decode.decode_up(message).values[:, 0].tolist())
    assert len(message) <= numbers + 25
