"""Every maker's own examples say what the maker says."""

import pytest

from firmware_bridge.adverts import Advert, uuid
from tests.firmware_bridge.adverts.published import EXAMPLES, Example
from tests.support.adverts import an_advert, decoded


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.what)
def test_an_example_means_what_its_maker_says(example: Example) -> None:
    """All of it and nothing else: a value too many is a value that nobody measured."""
    said = decoded(example.advert)
    assert (said.format, said.id, said.error) == (example.format, example.id, None)
    assert said.values == example.values
    assert {name: type(value) for name, value in said.values.items()} == {
        name: type(value) for name, value in example.values.items()
    }


def test_half_an_address_is_completed_by_the_adverts_own() -> None:
    """Ruuvi Air sends both half an address (DF6) and a whole one (E1); they are one tag."""
    data = "06170C5668C79E007000C90501D9FFCD004C884F"
    assert decoded(an_advert(company=0x0499, data=data, address="CB:B8:33:4C:88:4F")).id == "CB:B8:33:4C:88:4F"


@pytest.mark.parametrize(
    "data",
    [
        "0215a495bb70c5b14b44b5121370f02d74de005806c8c5",
        "02151ca92e23f0874df7b9a2fd4b716a4bf600580000c5",
        "10050b1c4fa2d1",
        "1219000a",
    ],
)
def test_what_carries_no_identity_is_no_ibeacon(data: str) -> None:
    """A hydrometer would be a new tag with each degree, a phone nearby is none at all."""
    assert decoded(an_advert(company=0x004C, data=data)).format is None


def test_strangers_are_not_guessed_at() -> None:
    """A doorbell that speaks of its battery is no tag."""
    for advert in (
        an_advert(company=0x0157, data="0102030405"),
        an_advert(service=0x180F, data="64"),
        an_advert(service=0xFE95, data="30585b0501c4248138c1a4280100"),
        an_advert(service=0xFEAA, data="40aabbcc"),
        an_advert(service=0xFFE1, data="b101"),
        an_advert(company=0x089A, data="0200"),
        an_advert(company=0x0499, data="3a3a10ffffffffffffffff"),
        an_advert(name="P T EN"),
        an_advert(),
    ):
        said = decoded(advert)
        assert (said.format, said.id, said.values, said.error) == (None, None, {}, None)


def test_a_faulty_thermometer_says_nothing() -> None:
    """DF3 has hundredths of a degree from 0 to 99; what is more is no temperature, and the rest stands."""
    said = decoded(an_advert(company=0x0499, data="03291A64CE1EFC18F94202CA0B53"))
    assert "temperature_c" not in said.values
    assert said.values["humidity_percent"] == 20.5


def test_a_sealed_frame_with_a_plain_ones_length_is_passed_on() -> None:
    """Some beacons write the length of plain telemetry before the encrypted kind."""
    said = decoded(an_advert(service=0xFEAA, data="2001" + "41" * 12 + "dead"))
    assert said.values == {"encrypted_data": "41" * 12}


@pytest.mark.parametrize(
    ("company", "service", "data", "words"),
    [
        (None, 0xFEAA, "", "Eddystone"),
        (None, 0xFEAA, "10EE0567", "no scheme"),
        (None, 0xFEAA, "10EE036720", "not allowed in a URL"),
        (None, 0xFEAA, "10EE03677F", "not allowed in a URL"),
        (None, 0xFEAA, "10F9037275752E76692F23" + b"BFw".hex(), "no readings"),
        (None, 0xFEAA, "10F9037275752E76692F23" + b"!!!!!!!!".hex(), "no readings"),
        (None, 0xFEAA, "2002" + "00" * 16, "Version 2"),
        (0x0757, None, "", "ELA Blue"),
        (0x0757, None, "1285", "ELA Blue"),
        (None, 0x2A6E, "85", "ELA Blue"),
        (None, 0x2A06, "0A", None),
        (0x0639, None, "CA1B81" + "00" * 21, "sealed with the maker's key"),
        (0x0639, None, "CA0303000500", "Minew"),
    ],
)
def test_what_cannot_be_is_refused(company: int | None, service: int | None, data: str, words: str | None) -> None:
    """Each with its reason, none with a value."""
    said = decoded(an_advert(company=company, service=service, data=data))
    assert said.values == {}
    assert (said.error is None) == (words is None)
    assert words is None or words in str(said.error)


def test_other_makers_humidity_is_the_bluetooth_sigs() -> None:
    """ELA sends a byte under 0x2A6F, the standard says hundredths in two."""
    assert decoded(an_advert(service=0x2A6F, data="BF13")).values == {"humidity_percent": 50.55}


def test_a_battery_of_another_form_is_left_alone() -> None:
    """0x180F is anybody's; ELA's is one byte."""
    name = "P MOV B00557"
    states = {uuid(0x2A06): b"\x0d\x00", uuid(0x180F): b"\x45\x01"}
    said = decoded(Advert(name=name, service_data=states))
    assert (said.id, said.values) == (name, {"moving": True, "movement_counter": 6})
