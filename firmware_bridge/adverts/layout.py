"""Fields at fixed places, as makers' tables give them: read them out of bytes, and write them into bytes.

A table is read against its source line by line, and the simulators' encoders use the same one. Numbers are
`(raw + plus) / per`, so that 4860 / 200 is exactly the float that is written 24.3.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from firmware_bridge.adverts.advert import Values, add

type Integer = tuple[int, bool]

U8: Integer = (1, False)
S8: Integer = (1, True)
U16: Integer = (2, False)
S16: Integer = (2, True)
U24: Integer = (3, False)
U32: Integer = (4, False)


class Field(NamedTuple):
    """One row of a maker's table. `absent` is the raw number that means "not available"."""

    at: int
    kind: Integer
    name: str
    per: int = 1
    plus: int = 0
    absent: int | None = None


def fields_of(data: bytes, fields: Sequence[Field], *, little: bool = False) -> Values:
    """The values of these fields; what the maker marks as not available is left out."""
    values: Values = {}
    for at, (size, signed), name, per, plus, absent in fields:
        raw = int.from_bytes(data[at : at + size], "little" if little else "big", signed=signed)
        if raw != absent:
            add(values, name, scaled(raw, per, plus))
    return values


def bytes_of(
    size: int, fields: Sequence[Field], values: Mapping[str, float | None], *, little: bool = False
) -> bytearray:
    """Bytes with these fields; what is None or missing is written as not available, or as 0 where there is no such."""
    data = bytearray(size)
    for field in fields:
        value = values.get(field.name)
        raw = (field.absent or 0) if value is None else clipped(value * field.per - field.plus, field.kind)
        place = slice(field.at, field.at + field.kind[0])
        data[place] = raw.to_bytes(field.kind[0], "little" if little else "big", signed=field.kind[1])
    return data


def scaled(raw: int, per: int, plus: int = 0) -> float | int:
    """A raw number in its unit; whole when nothing divides it."""
    return raw + plus if per == 1 else (raw + plus) / per


def clipped(number: float, kind: Integer) -> int:
    """The nearest raw number that fits, as makers clip what overflows."""
    size, signed = kind
    least = -(1 << (8 * size - 1)) if signed else 0
    most = (1 << (8 * size - 1)) - 1 if signed else (1 << 8 * size) - 1
    return min(max(round(number), least), most)
