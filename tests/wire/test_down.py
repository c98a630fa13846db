"""The manifest on its way down: what a gateway takes, what it leaves out, what it refuses."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.positions import NOON
from wire import frames
from wire.down import CLEARED, MAX_TAG_CHARACTERS, MAX_TAGS, decode_down, encode_down, is_tag
from wire.messages import Manifest, WireError

moments = st.integers(0, 4_000_000_000_000).map(
    lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)
tags = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20).filter(is_tag)


def said(**fields: Any) -> bytes:
    """A message whose manifest is fine but for these fields."""
    manifest = {"version": "v1", "until": "2026-11-22T18:00:00Z", "tags": ["a", "b"]}
    return json.dumps({"manifest": {**manifest, **fields}}).encode()


@given(st.builds(Manifest, version=st.just("v1"), until=moments, tags=st.lists(tags, unique=True).map(tuple)))
def test_a_manifest_comes_down_as_it_was_sent(manifest: Manifest) -> None:
    """A tag that changes on its way is a parcel that nobody hears."""
    assert decode_down(encode_down(manifest)) == manifest


@given(st.binary(max_size=60))
def test_garbage_is_refused_and_nothing_worse(data: bytes) -> None:
    """Whoever may publish there must not be able to stop a gateway."""
    for form in (b"\x01" + data, b'{"manifest":{"version":"' + data, b"[" + data):
        with pytest.raises(WireError):
            decode_down(form + b"\xff")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8))  # fmt: skip
def test_anything_in_the_place_of_a_field_is_a_wire_error_or_is_read(value: Any) -> None:
    """JSON of the wrong shape is the garbage that people really send."""
    for field in ("version", "until", "tags"):
        try:
            read = decode_down(said(**{field: value}))
        except WireError:
            continue
        assert read is None or all(is_tag(tag) for tag in read.tags)


def test_a_tag_that_is_none_is_left_out_and_the_others_stay() -> None:
    """One bad line of an import must not make a van deaf to the other parcels."""
    found = decode_down(said(tags=["a", 7, None, "", " b", "x" * (MAX_TAG_CHARACTERS + 1), "c\n", "a", "d"]))
    assert found is not None
    assert found.tags == ("a", "d")


def test_fields_of_later_versions_are_ignored() -> None:
    """Gateways in vans are older than the server."""
    data = json.loads(said(colour="red"))
    assert decode_down(json.dumps({**data, "reboot": True}).encode()) is not None


@pytest.mark.parametrize("data", [CLEARED, b"{}", b'{"manifest":null}', b'{"later":1}'])
def test_a_message_without_a_manifest_has_none(data: bytes) -> None:
    """Clearing a retained topic is an empty message; what later versions say besides is not for us."""
    assert decode_down(data) is None


@pytest.mark.parametrize(
    "fields", [{"until": "2026-11-22T18:00:00"}, {"until": "tonight"}, {"version": "a b"}, {"version": ""}, {"tags": 3}]
)
def test_a_manifest_that_could_not_be_obeyed_is_refused(fields: dict[str, Any]) -> None:
    """A time without a zone is an hour wrong half of the year."""
    with pytest.raises(WireError):
        decode_down(said(**fields))


def test_limits_hold_on_both_ends() -> None:
    """The longest manifest that may be sent fits a message, and one more tag is told to the sender."""
    longest = tuple(f"f7826da6-4fa2-4e98-8024-bc5b71e0893e/{number:05}/0" for number in range(MAX_TAGS))
    manifest = Manifest(version="v1", until=NOON, tags=longest)
    assert len(encode_down(manifest)) < frames.MAX_MESSAGE_BYTES
    assert decode_down(encode_down(manifest)) == manifest
    with pytest.raises(WireError, match="at most"):
        encode_down(msgspec.structs.replace(manifest, tags=(*longest, "one more")))
    with pytest.raises(WireError, match="at most"):
        decode_down(said(tags=[str(number) for number in range(MAX_TAGS + 1)]))
    with pytest.raises(WireError, match="not a tag"):
        encode_down(Manifest(version="v1", until=NOON, tags=("a", " ")))
