"""GS1 codes: what a scanner hands over becomes what it says, and a wrong digit is noticed."""

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.domain.gs1 import GS, Gs1Error, check_digit, element_string, read_gs1, valid

SIGNS = "".join(chr(code) for code in range(0x21, 0x7B) if chr(code) not in "#$@[\\]^`")
DIGITS = st.text("0123456789", min_size=1, max_size=20)


def keyed(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length - 1, max_size=length - 1).map(lambda rest: rest + check_digit(rest))


def text(longest: int) -> st.SearchStrategy[str]:
    return st.text(SIGNS, min_size=1, max_size=longest)


ELEMENTS = st.fixed_dictionaries(
    {},
    optional={
        "00": keyed(18),
        "01": keyed(14),
        "10": text(20),
        "17": st.from_regex(r"[0-9]{6}", fullmatch=True),
        "21": text(20),
        "3103": st.from_regex(r"[0-9]{6}", fullmatch=True),
        "37": st.from_regex(r"[0-9]{1,8}", fullmatch=True),
        "400": text(30),
        "410": keyed(13),
        "8004": text(30),
    },
).filter(bool)


@given(ELEMENTS, st.sampled_from(["]d2", "]C1", "]Q3", "]d2" + GS]))
def test_what_was_printed_is_read(elements: dict[str, str], prefix: str) -> None:
    """In whatever order the elements stand, with FNC1 only where one is needed."""
    assert read_gs1(prefix + element_string(elements)) == elements


@given(ELEMENTS)
def test_what_stands_under_the_bars_is_read(elements: dict[str, str]) -> None:
    """People type it. A bracket inside of a value cannot be told from the next element."""
    printed = "".join(f"({name}){value}" for name, value in elements.items())
    if not any(sign in value for value in elements.values() for sign in "()"):
        assert read_gs1(printed) == elements


@given(keyed(18), st.integers(0, 17), st.integers(1, 9))
def test_every_wrong_digit_is_noticed(sscc: str, place: int, off: int) -> None:
    """That is what the check digit is for."""
    wrong = sscc[:place] + str((int(sscc[place]) + off) % 10) + sscc[place + 1 :]
    assert valid(sscc)
    assert not valid(wrong)
    with pytest.raises(Gs1Error, match="check digit"):
        read_gs1(f"]d200{wrong}")
    assert read_gs1(f"00{wrong}") is None


@given(st.text(max_size=60))
@example("]d2")
@example("]d2" + GS)
@example("http://[")
@example("https://id.gs1.org/01/")
@example("(00)")
@example("https://x/01/\u00b2")
@example("\u0662" * 18)
def test_no_text_breaks_it(said: str) -> None:
    """Cameras read what is not there."""
    found = None
    with contextlib.suppress(Gs1Error):
        found = read_gs1(said)
    assert found is None or all(found.values())


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("00006141411234567890", {"00": "006141411234567890"}),
        ("106141412345678908", {"00": "106141412345678908"}),
        ("https://id.gs1.org/01/09506000134352/10/ABC123/21/12345?17=180426",
         {"01": "09506000134352", "10": "ABC123", "21": "12345", "17": "180426"}),
        ("https://example.com/some/way/01/9506000134352", {"01": "09506000134352"}),
        ("https://example.com/way/01/9506000134352?utm=x&linkType=all", {"01": "09506000134352"}),
        ("HTTPS://ID.GS1.ORG/gtin/9506000134352/ser/a%2Fb", {"01": "09506000134352", "21": "a/b"}),
        ("https://id.gs1.org/00/106141412345678908/", {"00": "106141412345678908"}),
        ("(01)09506000134352(10)AB-1", {"01": "09506000134352", "10": "AB-1"}),
        (f"{GS}010950600013435210AB{GS}21X", {"01": "09506000134352", "10": "AB", "21": "X"}),
        ("https://fleet.example/ops", None),
        ("A17", None),
        ("106141412345678900", None),
    ],
)  # fmt: skip
def test_the_examples_of_gs1(code: str, said: dict[str, str] | None) -> None:
    """Of the General Specifications and of the Digital Link standard, and what only looks like one."""
    assert read_gs1(code) == said


@pytest.mark.parametrize(
    "code", ["]d29", "]d205123", "]d20112", "(01)12(17)1", "]d210" + "x" * 21, "]d210A" + GS + "10B"]
)
def test_damage_is_said(code: str) -> None:
    """Half a code is not another code."""
    with pytest.raises(Gs1Error):
        read_gs1(code)
