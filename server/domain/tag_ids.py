"""How a tag's id is written: one spelling for what labels, scanners and people write in many. Pure.

An id is the identity that the tag's adverts carry (iBeacon `uuid/major/minor`, Eddystone `namespace/instance`), else
its address. Any other word is an id too, as it is.
"""

import re
from typing import NamedTuple

LONGEST = 100
_ADDRESS = re.compile(r"(?:[0-9A-Fa-f]{2}([:-]?))(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}")
_BEACON = re.compile(r"([0-9A-Fa-f]{8})-?([0-9A-Fa-f]{4})-?([0-9A-Fa-f]{4})-?([0-9A-Fa-f]{4})-?([0-9A-Fa-f]{12})"
                     r"[/:,; ]([0-9]{1,5})[/:,; ]([0-9]{1,5})")  # fmt: skip
_EDDYSTONE = re.compile(r"(?:0x)?([0-9A-Fa-f]{20})[/:,; ]?(?:0x)?([0-9A-Fa-f]{12})")
_ANY = re.compile(rf"[!#-&(-\[\]-~]{{1,{LONGEST}}}")
"""As the telemetry keeps it: printed ASCII without space, quotes and backslash."""


class TagId(NamedTuple):
    """An id in its one spelling, and the format that it is an identity of; None where that cannot be told."""

    id: str
    format: str | None


def read_tag_id(text: str) -> TagId:
    """The id that somebody means. Raises ValueError for a text that cannot be one."""
    text = text.strip()
    if _ADDRESS.fullmatch(text):
        digits = re.sub("[:-]", "", text).upper()
        return TagId(":".join(digits[place : place + 2] for place in range(0, 12, 2)), "address")
    if beacon := _BEACON.fullmatch(text):
        *uuid, major, minor = beacon.groups()
        if max(int(major), int(minor)) <= 0xFFFF:
            return TagId(f"{'-'.join(uuid).lower()}/{int(major)}/{int(minor)}", "ibeacon")
    if eddystone := _EDDYSTONE.fullmatch(text):
        return TagId("/".join(eddystone.groups()).lower(), "eddystone_uid")
    if not _ANY.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is no id of a tag: 1 to {LONGEST} letters, digits and signs, without spaces.")
    return TagId(text, None)


def is_tag(text: str, id_: str) -> bool:
    """Whether a text means the tag of this id."""
    try:
        return read_tag_id(text).id == id_
    except ValueError:
        return False
