"""GS1 codes as scanners hand them over: element strings (GS1-128, Data Matrix, QR) and Digital Link addresses. Pure.

Sources: GS1 General Specifications 25.0, 3.2 (application identifiers), 7.8 (element strings), 7.9 (check digits);
GS1 Digital Link URI Syntax 1.4. Not read: compressed Digital Links.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

GS = "\x1d"
"""FNC1 between elements, as every scanner transmits it."""
_SYMBOLOGIES = ("]C1", "]d2", "]e0", "]Q3", "]J1")
"""Symbology identifiers that say "GS1" (ISO/IEC 15424)."""

Elements = dict[str, str]
"""Application identifier to value."""


class Gs1Error(ValueError):
    """It is written like a GS1 code and is none. Says where it goes wrong."""


_LENGTHS: Mapping[str, int] = {
    **{f"{number:02}": 2 for number in (*range(5), *range(10, 14), *range(15, 18), *range(20, 23), 30, 37)},
    **{f"{number}": 2 for number in range(90, 100)},
    **{f"{number}": 3 for number in (23, 24, 25, 40, 41, 42, 71)},
    **{f"{number}": 4 for number in (31, 32, 33, 34, 35, 36, 39, 43, 70, 72, 80, 81, 82)},
}
"""How many digits an application identifier has, by its first two."""

_FIXED: Mapping[str, int] = {
    "00": 18,
    "01": 14,
    "02": 14,
    "03": 14,
    "04": 16,
    "20": 2,
    "41": 13,
    **{f"{number}": 6 for number in range(11, 20)},
    **{f"{number}": 6 for number in range(31, 37)},
}
"""Values of a predefined length, by the first two digits: no FNC1 has to follow (General Specifications, 7.8.5)."""

_LONGEST: Mapping[str, int] = {
    "10": 20,
    "21": 20,
    "22": 20,
    "235": 28,
    "30": 8,
    "37": 8,
    "240": 30,
    "241": 30,
    "242": 6,
    "243": 20,
    "250": 30,
    "251": 30,
    "253": 30,
    "254": 20,
    "255": 25,
    "400": 30,
    "401": 30,
    "402": 17,
    "403": 30,
    "420": 20,
    "421": 12,
    "422": 3,
    "423": 15,
    "424": 3,
    "425": 15,
    "426": 3,
    "427": 3,
}
_LONGEST_OTHER = 90

_CHECKED: Mapping[str, int] = {
    "00": 18,
    "01": 14,
    "02": 14,
    "03": 14,
    "253": 13,
    "255": 13,
    "402": 17,
    "8003": 14,
    "8006": 14,
    "8017": 18,
    **{f"{number}": 13 for number in range(410, 418)},
    "8018": 18,
}
"""Keys with a check digit, and its place."""

_KEYS = ("00", "01", "253", "255", "401", "402", "414", "417", "8003", "8004", "8006", "8010", "8013", "8017", "8018")
"""What a Digital Link may be of; qualifiers such as 10 and 21 follow it."""
_WORDS = {"sscc": "00", "gtin": "01", "lot": "10", "ser": "21", "cpv": "22", "grai": "8003", "giai": "8004"}
"""Words that older Digital Links have in the place of the numbers."""

_VALUE = re.compile(r"[!-\"%-?A-Z_a-z]+")
"""The 82 characters of GS1 (General Specifications, 7.11)."""


def read_gs1(text: str) -> Elements | None:
    """The elements of a code; None when it is not written as one. Raises Gs1Error for one that is damaged."""
    text = text.strip(" \r\n\t")
    if text.lower().startswith(("http://", "https://")):
        return _digital_link(text)
    symbology = next((one for one in _SYMBOLOGIES if text.startswith(one)), "")
    rest = text.removeprefix(symbology)
    if rest.startswith("("):
        return _bracketed(rest)
    if symbology or GS in rest:
        return _elements(rest.removeprefix(GS))
    if re.fullmatch(r"00[0-9]{18}", rest) and valid(rest[2:]):
        return {"00": rest[2:]}
    return {"00": rest} if re.fullmatch(r"[0-9]{18}", rest) and valid(rest) else None


def element_string(elements: Mapping[str, str]) -> str:
    """Elements as a scanner would hand them over, in their order."""
    said = ""
    for place, (identifier, value) in enumerate(elements.items(), start=1):
        said += identifier + value
        if identifier[:2] not in _FIXED and place < len(elements):
            said += GS
    return said


def check_digit(digits: str) -> str:
    """The last digit of a key whose other digits these are (General Specifications, 7.9.1)."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def valid(digits: str) -> bool:
    """Whether the last digit is the check digit of the others."""
    return len(digits) > 1 and digits.isascii() and digits.isdigit() and check_digit(digits[:-1]) == digits[-1]


def _elements(text: str) -> Elements:
    """An element string: fixed lengths follow each other, others end with FNC1."""
    found: Elements = {}
    while text:
        identifier = text[: _LENGTHS.get(text[:2], 0)]
        if not identifier.isdigit():
            raise Gs1Error(f"There is no application identifier {text[:4]!r}.")
        text = text[len(identifier) :]
        fixed = _FIXED.get(identifier[:2])
        if fixed is None:
            value, _, text = text.partition(GS)
        else:
            value, text = text[:fixed], text[fixed:].removeprefix(GS)
        _take(found, identifier, value)
    if not found:
        raise Gs1Error("The code holds nothing.")
    return found


def _bracketed(text: str) -> Elements | None:
    """`(00)...(10)...`, as it is printed under the bars."""
    parts = re.findall(r"\(([0-9]{2,4})\)([^(]*)", text)
    if "".join(f"({identifier}){value}" for identifier, value in parts) != text:
        return None
    found: Elements = {}
    for identifier, value in parts:
        _take(found, identifier, value.replace(" ", ""))
    return found


def _digital_link(text: str) -> Elements | None:
    """The elements of an address; None for one that is no Digital Link."""
    try:
        url = urlsplit(text)
        asked = parse_qsl(url.query, keep_blank_values=True)
    except ValueError:
        return None
    parts = [unquote(part) for part in url.path.split("/")[1:]]
    parts = parts[:-1] if parts and not parts[-1] else parts
    names = [_WORDS.get(part.lower(), part) for part in parts]
    start = next((place for place in range(len(parts) % 2, len(parts), 2) if names[place] in _KEYS), None)
    if start is None:
        return None
    found: Elements = {}
    for identifier, value in zip(names[start::2], parts[start + 1 :: 2], strict=True):
        _take(found, identifier, value.zfill(14) if identifier == "01" and value.isdigit() else value)
    for identifier, value in asked:
        if identifier.isdigit() and _LENGTHS.get(identifier[:2]) == len(identifier):
            _take(found, identifier, value)
    return found


def _take(found: Elements, identifier: str, value: str) -> None:
    """One element, if its value can be one."""
    if _LENGTHS.get(identifier[:2]) != len(identifier):
        raise Gs1Error(f"There is no application identifier {identifier[:4]!r}.")
    fixed = _FIXED.get(identifier[:2])
    if fixed is not None and (len(value) != fixed or not (value.isascii() and value.isdigit())):
        raise Gs1Error(f"({identifier}) has {fixed} digits, and {value[:40]!r} has not.")
    if fixed is None and (not _VALUE.fullmatch(value) or len(value) > _LONGEST.get(identifier, _LONGEST_OTHER)):
        raise Gs1Error(f"({identifier}) cannot be {value[:40]!r}.")
    place = _CHECKED.get(identifier)
    if place is not None and not (len(value) >= place and valid(value[:place])):
        raise Gs1Error(f"The check digit of ({identifier}) {value[:40]} is wrong: it was read or typed wrongly.")
    if found.setdefault(identifier, value) != value:
        raise Gs1Error(f"({identifier}) is there twice, and says two things.")
