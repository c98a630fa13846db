"""An advert as programs write it in JSON: whatever they mean is understood, whatever is wrong is said."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.adverts import uuid
from firmware_bridge.adverts.lines import LineError, advert_of


def line(**said: object) -> bytes:
    return json.dumps(said).encode()


def error_of(text: bytes) -> str:
    with pytest.raises(LineError) as caught:
        advert_of(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "company"),
    [
        ("0x0499", 0x0499),
        ("0X0499", 0x0499),
        ("0499", 0x0499),
        ("1177", 0x0499),
        ("004c", 0x004C),
        ("004C", 0x004C),
        ("76", 76),
        ("089a", 0x089A),
        ("0xffff", 0xFFFF),
        ("65535", 0xFFFF),
        ("0", 0),
    ],
)
def test_a_company_may_be_written_in_any_way(written: str, company: int) -> None:
    """0x0499 is the issue's form, 1177 is what Python makes of a dict of whole numbers."""
    assert advert_of(line(manufacturer_data={written: "05"})).manufacturer_data == {company: b"\x05"}


@pytest.mark.parametrize(
    "written",
    [
        "0000fcd2-0000-1000-8000-00805f9b34fb",
        "0000FCD2-0000-1000-8000-00805F9B34FB",
        "fcd2",
        "FCD2",
        "0xFCD2",
        "0000fcd2",
    ],
)
def test_a_uuid_may_be_short(written: str) -> None:
    """16 bits, 32 bits, in full, in any case."""
    advert = advert_of(line(service_data={written: "4001"}, service_uuids=[written]))
    assert advert.service_data == {uuid(0xFCD2): b"\x40\x01"}
    assert advert.service_uuids == (uuid(0xFCD2),)


@pytest.mark.parametrize("written", ["0512FC", "0512fc", "0x0512fc", "05 12 FC", "05:12:fc", " 05-12-FC "])
def test_hexadecimal_may_be_written_in_any_way(written: str) -> None:
    """As it was copied from a log, an app or a manual."""
    assert advert_of(line(manufacturer_data={"0x0499": written})).manufacturer_data == {0x0499: b"\x05\x12\xfc"}


@pytest.mark.parametrize("written", ["a4:c1:38:8d:18:b2", "A4-C1-38-8D-18-B2", "a4c1388d18b2", " A4:C1:38:8D:18:B2 "])
def test_an_address_has_one_form(written: str) -> None:
    """Else one tag would be two, and its recordings would not be noticed."""
    assert advert_of(line(address=written)).address == "A4:C1:38:8D:18:B2"


def test_what_stands_for_an_address_on_a_mac_stays() -> None:
    """Apple gives a UUID for each device; it tells tags apart, and opens no seal."""
    device = "61DE521B-F0BF-9F44-64D4-75BBE1738105"
    assert advert_of(line(address=device.lower())).address == device


def test_what_is_not_known_may_be_null_or_missing() -> None:
    """Most programs know half of it; what else they write is left alone."""
    nothing = {"address": None, "name": None, "rssi": None, "manufacturer_data": None, "service_data": None}
    advert = advert_of(line(**nothing, service_uuids=None, bindkey=None, tx_power=4, at="2026-11-26"))
    assert advert == advert_of(b"{}") == advert_of(line(bindkey=""))
    assert advert.bindkey is None


@pytest.mark.parametrize(
    ("written", "at_ms"),
    [
        ("2026-11-26T06:00:00.250Z", 1795672800250),
        ("2026-11-26T07:00:00+01:00", 1795672800000),
        ("2026-11-26T06:00:00", None),
        ("yesterday", None),
        (1795672800, None),
        ({}, None),
    ],
)
def test_a_line_may_say_when_it_was_heard(written: object, at_ms: int | None) -> None:
    """As `milepost tag scan --json` does; what other programs write there is no reason to refuse the advert."""
    assert advert_of(line(at=written)).at_ms == at_ms


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "not JSON"),
        (b"\n", "not JSON"),
        (b"garbage", "not JSON"),
        (b'{"address": "A', "not JSON"),
        (b"\xff\xfe{}", "not JSON"),
        (b'{"rssi": NaN}', "not JSON"),
        (b"[]", "Expected `object`"),
        (b"null", "Expected `object`"),
        (b'"4002"', "Expected `object`"),
        (line(address=5), "$.address"),
        (line(name=["x"]), "$.name"),
        (line(rssi="-60"), "$.rssi"),
        (line(manufacturer_data="0499"), "$.manufacturer_data"),
        (line(manufacturer_data={"0x0499": 5}), "$.manufacturer_data[...]"),
        (line(manufacturer_data={"0x0499": "5"}), "not hexadecimal"),
        (line(manufacturer_data={"0x0499": "xy"}), "not hexadecimal"),
        (line(manufacturer_data={"ruuvi": "05"}), "no company"),
        (line(manufacturer_data={"0x10499": "05"}), "no company"),
        (line(manufacturer_data={"-1": "05"}), "no company"),
        (line(manufacturer_data={"": "05"}), "no company"),
        (line(manufacturer_data={"²": "05"}), "no company"),
        (line(service_data={"raw": "05"}), "no UUID"),
        (line(service_data={"": "05"}), "no UUID"),
        (line(service_data={"fcd2": "4"}), "not hexadecimal"),
        (line(service_uuids=["x"]), "no UUID"),
        (line(service_uuids="fcd2"), "$.service_uuids"),
        (line(bindkey="no key"), "'bindkey' holds is not hexadecimal"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "not JSON"),
    ],
)
def test_what_is_wrong_is_said(text: bytes, words: str) -> None:
    """With the place, and with what to write."""
    said = error_of(text)
    assert words in said
    assert said.endswith((".", "`."))


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "address",
                        "name",
                        "rssi",
                        "manufacturer_data",
                        "service_data",
                        "service_uuids",
                        "bindkey",
                        "0x0499",
                        "fcd2",
                        "x",
                    ]
                )
                | st.text(max_size=5),
                inner,
                max_size=4,
            )
        ),
    ).map(lambda value: json.dumps(value).encode())
)
def test_any_line_is_an_advert_or_an_error(text: bytes) -> None:
    """Nothing that is written ends the program."""
    with contextlib.suppress(LineError):
        assert advert_of(text).manufacturer_data is not None
