"""What the server tells a gateway (`down`) <-> bytes: today the manifest, the tags that matter to it. Always JSON.

Readers are patient: fields that they do not know are ignored, and a tag that is none is left out, because a gateway
that knows 499 of 500 tags is better than one that knows none. What is too long is refused as a whole.
"""

import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from wire.frames import MAX_MESSAGE_BYTES, UNREADABLE, is_json
from wire.messages import GATEWAY_ID, Manifest, WireError, rfc3339

MAX_TAGS = 5000
MAX_TAG_CHARACTERS = 128
"""The longest identity that an advert carries is a URL of some 60 characters."""

_Aware = Annotated[datetime, msgspec.Meta(tz=True)]

CLEARED = b""
"""What is published, retained, to take a manifest away."""

_encode = msgspec.json.Encoder().encode


class _Said(msgspec.Struct, frozen=True, kw_only=True):
    """A manifest as it comes, before its tags are looked at."""

    version: str
    until: msgspec.Raw
    tags: list[Any] = []


class _Down(msgspec.Struct, frozen=True, kw_only=True):
    manifest: _Said | None = None


_decode = msgspec.json.Decoder(_Down).decode


def encode_down(manifest: Manifest) -> bytes:
    """The message that hands a gateway its manifest; raises WireError for one that no gateway would take."""
    if len(manifest.tags) > MAX_TAGS:
        raise WireError(f"{len(manifest.tags)} tags in a manifest; at most {MAX_TAGS}")
    if unfit := [tag for tag in manifest.tags if not is_tag(tag)]:
        raise WireError(f"not a tag's id: {unfit[0][:80]!r}; 1 to {MAX_TAG_CHARACTERS} printable characters")
    said = {"version": _checked(manifest.version), "until": rfc3339(manifest.until), "tags": manifest.tags}
    data = _encode({"manifest": said})
    if len(data) > MAX_MESSAGE_BYTES:
        raise WireError(f"a manifest of {len(data)} bytes; at most {MAX_MESSAGE_BYTES}")
    return data


def decode_down(data: bytes) -> Manifest | None:
    """The manifest in a message; None when it carries none (also when the manifest was taken away)."""
    if data == CLEARED:
        return None
    try:
        if not is_json(data):
            raise WireError(f"not a message to a gateway: it starts with {data[:1]!r}; expected JSON")
        said = _decode(data).manifest
        if said is None:
            return None
        until = msgspec.json.decode(said.until, type=_Aware)
    except UNREADABLE as error:
        raise WireError(f"not a message to a gateway: {error}") from None
    if len(said.tags) > MAX_TAGS:
        raise WireError(f"{len(said.tags)} tags in a manifest; at most {MAX_TAGS}")
    tags = dict.fromkeys(tag for tag in said.tags if is_tag(tag))
    try:
        return Manifest(version=_checked(said.version), until=until.astimezone(UTC), tags=tuple(tags))
    except OverflowError as error:
        raise WireError(f"not a time: {error}") from None


def is_tag(tag: object) -> bool:
    """Whether this can be a tag's id: some printable characters without blanks at the ends."""
    return (
        isinstance(tag, str)
        and 0 < len(tag) <= MAX_TAG_CHARACTERS
        and tag == tag.strip()
        and not any(unicodedata.category(character) in {"Cc", "Cs"} for character in tag)
    )


def _checked(version: str) -> str:
    if not GATEWAY_ID.fullmatch(version):
        raise WireError(f"not a version: {version[:80]!r}; 1 to 64 letters, digits, dots, dashes and underscores")
    return version
