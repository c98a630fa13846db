"""An advert as a line of JSON, as programs and people write it, to an advert. The one place that is lenient.

Company numbers may be `0x0499`, `0499` or decimal (`1177`, as Python writes a dict's whole numbers); UUIDs short or
long, in any case; data in hexadecimal, in any case, with or without `0x`, spaces or colons.
"""

import re
from datetime import datetime
from typing import Any

import msgspec

from firmware_bridge.adverts.advert import Advert, uuid

LONG_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
MAC = re.compile(r"[0-9A-F]{2}([:-]?)(?:[0-9A-F]{2}\1){4}[0-9A-F]{2}")
COMPANIES = 0xFFFF


class LineError(Exception):
    """A line that is no advert: what is wrong, and what to write."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """The line as it is written."""

    address: str | None = None
    name: str | None = None
    rssi: float | None = None
    manufacturer_data: dict[str, str] | None = None
    service_data: dict[str, str] | None = None
    service_uuids: list[str] | None = None
    bindkey: str | None = None
    at: Any = None


_DECODER = msgspec.json.Decoder(Line)


def advert_of(line: bytes) -> Advert:
    """The advert of one line.

    Raises:
        LineError: it is not JSON, or not of the form.
    """
    try:
        said = _DECODER.decode(line)
    except msgspec.ValidationError as error:
        raise LineError(f"This line is no advert: {error}. Write it as `milepost tag decode --help` shows.") from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise LineError(f"This line is not JSON: {error}. Write one object a line.") from None
    return Advert(
        address=None if said.address is None else _address(said.address),
        name=said.name,
        rssi=said.rssi,
        manufacturer_data={_company(at): _bytes(at, text) for at, text in (said.manufacturer_data or {}).items()},
        service_data={_uuid(at): _bytes(at, text) for at, text in (said.service_data or {}).items()},
        service_uuids=tuple(_uuid(one) for one in said.service_uuids or ()),
        bindkey=None if not said.bindkey else _bytes("bindkey", said.bindkey),
        at_ms=_at_ms(said.at),
    )


def _at_ms(at: object) -> int | None:
    """When it was heard, if the line says so as `milepost tag scan --json` does; whatever else stands there is left."""
    try:
        heard = datetime.fromisoformat(at) if isinstance(at, str) else None
    except ValueError:
        return None
    return None if heard is None or heard.tzinfo is None else round(heard.timestamp() * 1000)


def _address(text: str) -> str:
    """Upper case with colons; what is no MAC (macOS gives UUIDs instead) stays itself, in upper case."""
    upper = text.strip().upper()
    if not MAC.fullmatch(upper):
        return upper
    return bytes.fromhex(upper.replace("-", "").replace(":", "")).hex(":").upper()


def _company(text: str) -> int:
    """A company's number: hexadecimal after 0x, or when it is written with four digits of which not all are decimal."""
    bare = text.strip().lower()
    hexadecimal = bare.startswith("0x") or not bare.isdecimal() or (len(bare) == 4 and bare[0] == "0")
    try:
        company = int(bare, 16 if hexadecimal else 10)
    except ValueError:
        company = -1
    if not 0 <= company <= COMPANIES:
        raise LineError(f'{text!r} is no company in manufacturer_data. Write it as "0x0499".')
    return company


def _uuid(text: str) -> str:
    """The long form in lower case."""
    bare = text.strip().lower()
    if LONG_UUID.fullmatch(bare):
        return bare
    short = bare.removeprefix("0x")
    if re.fullmatch(r"[0-9a-f]{4}", short):
        return uuid(int(short, 16))
    if re.fullmatch(r"[0-9a-f]{8}", short):
        return f"{short}{uuid(0)[8:]}"
    raise LineError(f'{text!r} is no UUID of a service. Write it as "fcd2" or in full.')


def _bytes(at: str, text: str) -> bytes:
    try:
        return bytes.fromhex(text.strip().removeprefix("0x").removeprefix("0X").replace(":", "").replace("-", ""))
    except ValueError:
        raise LineError(f"What {at!r} holds is not hexadecimal. Write two digits for each byte.") from None
