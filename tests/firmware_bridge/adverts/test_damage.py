"""Air is full of garbage: no advert ends the program, and none gives a number that is none."""

import math
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.adverts import Advert, Decoded, Decoder, uuid
from tests.firmware_bridge.adverts.published import EXAMPLES, Example
from tests.support.adverts import decoded

COMPANIES = (0x004C, 0x0499, 0x089A, 0x0757, 0x0639, 0x0001)
SERVICES = tuple(
    uuid(short)
    for short in (
        0xFEAA,
        0xFCD2,
        0x181C,
        0x181E,
        0xFFE1,
        0x2A6E,
        0x2A6F,
        0x2A06,
        0x2A3F,
        0x2AA1,
        0x2A58,
        0x180F,
        0xFE95,
    )
)
STARTS = tuple(
    bytes.fromhex(start)
    for start in (
        *("", "0215", "03", "05", "06", "E1", "C5", "01FF", "01B7", "A101", "A108", "A3", "A4", "CA03", "CA05", "CA1B"),
        *(
            "00",
            "10EE00",
            "10EE03727575",
            "2000",
            "2001",
            "30",
            "40",
            "41",
            "42",
            "43",
            "44",
            "4053",
            "403B",
            "12",
            "56",
            "F2",
        ),
    )
)
NAMES = (None, "", "P T EN 8013FE", "P MAG C0062E", "\udcff", "MP1_1234567")
KEYS = (None, None, b"0123456789abcdef", b"short", b"")


def sound(said: Decoded) -> None:
    """What any program may rely on."""
    assert said.error is None or not said.values
    for name, value in said.values.items():
        assert name
        assert isinstance(value, bool | int | float | str)
        assert not isinstance(value, float) or math.isfinite(value)
    msgspec.json.encode(said)


contents = st.builds(bytes.__add__, st.sampled_from(STARTS), st.binary(max_size=45))
adverts = st.builds(
    Advert,
    address=st.sampled_from((None, "A4:C1:38:8D:18:B2", "54:48:E6:8F:80:A5", "not an address")),
    name=st.sampled_from(NAMES),
    manufacturer_data=st.dictionaries(st.sampled_from(COMPANIES), contents, max_size=3),
    service_data=st.dictionaries(st.sampled_from(SERVICES), contents, max_size=3),
    bindkey=st.sampled_from(KEYS),
    at_ms=st.none() | st.integers(0, 10_000),
)


@given(st.lists(adverts, max_size=20))
def test_any_advert_has_a_sound_answer(heard: list[Advert]) -> None:
    """One decoder, as in a gateway: what it remembers must not hurt it either."""
    decoder = Decoder()
    for advert in heard:
        sound(decoder.decode(advert))


def random_advert(source: random.Random) -> Advert:
    """Half pure noise, half a maker's own example with some bytes changed, cut or doubled."""
    if source.random() < 0.5:
        return damaged(source.choice(EXAMPLES).advert, source)
    content = source.choice(STARTS) + source.randbytes(source.randrange(45))
    if source.random() < 0.5:
        return Advert(address="A4:C1:38:8D:18:B2", manufacturer_data={source.choice(COMPANIES): content})
    return Advert(
        address=source.choice(("A4:C1:38:8D:18:B2", None)),
        name=source.choice(NAMES),
        service_data={source.choice(SERVICES): content},
        bindkey=source.choice(KEYS),
    )


def damaged(advert: Advert, source: random.Random) -> Advert:
    def hurt(data: bytes) -> bytes:
        changed = bytearray(data)
        for _ in range(source.randrange(4)):
            if changed:
                changed[source.randrange(len(changed))] = source.randrange(256)
        cut = source.randrange(len(changed) + 1) if source.random() < 0.3 else len(changed)
        return bytes(changed[:cut]) * source.choice((1, 1, 1, 2))

    return Advert(
        address=advert.address,
        name=advert.name,
        manufacturer_data={at: hurt(data) for at, data in advert.manufacturer_data.items()},
        service_data={at: hurt(data) for at, data in advert.service_data.items()},
    )


def fuzz(count: int, seed: int) -> int:
    """How many of so many adverts were decoded to something."""
    source, decoder, good = random.Random(seed), Decoder(), 0
    for _ in range(count):
        said = decoder.decode(random_advert(source))
        sound(said)
        good += bool(said.values)
    return good


def test_thousands_of_damaged_adverts_have_sound_answers() -> None:
    """A fixed seed: what breaks, breaks for everybody."""
    good = fuzz(5_000, seed=5)
    assert 1_000 < good < 4_000


@pytest.mark.long
def test_a_million_damaged_adverts_have_sound_answers() -> None:
    """As many as a depot hears in an hour."""
    assert fuzz(1_000_000, seed=6) > 200_000


@pytest.mark.parametrize("example", [one for one in EXAMPLES if one.values], ids=lambda example: example.what)
def test_a_cut_off_advert_says_nothing_wrong(example: Example) -> None:
    """Every shorter beginning: an error, no format, or fewer values; never another number for the same quantity."""
    advert = example.advert
    longest = max(map(len, (*advert.manufacturer_data.values(), *advert.service_data.values())))
    for size in range(longest):
        said = decoded(
            msgspec.structs.replace(
                advert,
                manufacturer_data={at: data[:size] for at, data in advert.manufacturer_data.items()},
                service_data={at: data[:size] for at, data in advert.service_data.items()},
            )
        )
        sound(said)
        words = {name for name, value in said.values.items() if isinstance(value, str)}
        assert {name: said.values[name] for name in said.values.keys() - words}.items() <= example.values.items()
