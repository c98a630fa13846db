"""BTHome: every object's published example, and the rules about seals, recordings and repeated packets."""

import msgspec
import pytest

from firmware_bridge.adverts import Decoded, Decoder, Values
from firmware_bridge.adverts.advert import Advert
from firmware_bridge.adverts.bthome_objects import EVENTS, OBJECTS
from firmware_bridge.adverts.encode import bthome, bthome_v1
from tests.support.adverts import ADDRESS, an_advert, decoded

V1, V1_SEALED, V2 = 0x181C, 0x181E, 0xFCD2
KEY = bytes.fromhex("231d39c1d7cc1ab1aee224cd096db932")
OTHER_KEY = bytes.fromhex("814aac74c4f17b6c1581e1ab87816b99")
SEALERS_ADDRESS = "54:48:E6:8F:80:A5"

PUBLISHED: dict[str, tuple[str, float | str | bool]] = {
    "0009": ("packet_id", 9),
    "0161": ("battery_percent", 97),
    "02CA09": ("temperature_c", 25.06),
    "03BF13": ("humidity_percent", 50.55),
    "04138A01": ("pressure_hpa", 1008.83),
    "05138A14": ("illuminance_lx", 13460.67),
    "065E1F": ("mass_kg", 80.3),
    "073E1D": ("mass_lb", 74.86),
    "08CA06": ("dew_point_c", 17.38),
    "0960": ("count", 96),
    "0A138A14": ("energy_kwh", 1346.067),
    "0B021B00": ("power_w", 69.14),
    "0C020C": ("voltage_v", 3.074),
    "0D120C": ("pm25_ug_m3", 3090),
    "0E021C": ("pm10_ug_m3", 7170),
    "0F01": ("generic", True),
    "1001": ("power", True),
    "1100": ("opening", False),
    "12E204": ("carbon_dioxide_ppm", 1250),
    "133301": ("volatile_organic_compounds_ug_m3", 307),
    "14020C": ("moisture_percent", 30.74),
    "1501": ("battery", True),
    "1601": ("battery_charging", True),
    "1700": ("carbon_monoxide", False),
    "1801": ("cold", True),
    "1900": ("connectivity", False),
    "1A00": ("door", False),
    "1B01": ("garage_door", True),
    "1C01": ("gas", True),
    "1D00": ("heat", False),
    "1E01": ("light", True),
    "1F01": ("lock", True),
    "2001": ("moisture", True),
    "2100": ("motion", False),
    "2201": ("moving", True),
    "2301": ("occupancy", True),
    "2400": ("plug", False),
    "2500": ("presence", False),
    "2601": ("problem", True),
    "2701": ("running", True),
    "2800": ("safety", False),
    "2901": ("smoke", True),
    "2A00": ("sound", False),
    "2B00": ("tamper", False),
    "2C01": ("vibration", True),
    "2D01": ("window", True),
    "2E23": ("humidity_percent", 35),
    "2F23": ("moisture_percent", 35),
    "3A02": ("button", "double_press"),
    "3B0002": ("command", "toggle"),
    "3C0103": ("dimmer", "rotate_left"),
    "3D0960": ("count", 24585),
    "3E2A2C0960": ("count", 1611213866),
    "3F020C": ("rotation_deg", 307.4),
    "400C00": ("distance_mm", 12),
    "414E00": ("distance_m", 7.8),
    "424E3400": ("duration_s", 13.39),
    "434E34": ("current_a", 13.39),
    "444E34": ("speed_mps", 133.9),
    "451101": ("temperature_c", 27.3),
    "4632": ("uv_index", 5.0),
    "478756": ("volume_l", 2215.1),
    "48DC87": ("volume_ml", 34780),
    "49DC87": ("volume_flow_rate_m3_h", 34.78),
    "4A020C": ("voltage_v", 307.4),
    "4B138A14": ("gas_m3", 1346.067),
    "4C41018A01": ("gas_m3", 25821.505),
    "4D12138A14": ("energy_kwh", 344593.17),
    "4E87562A01": ("volume_l", 19551.879),
    "4F87562A01": ("water_l", 19551.879),
    "505D396164": ("timestamp", "2023-05-14T19:41:17+00:00"),
    "518756": ("acceleration_mps2", 22.151),
    "528756": ("gyroscope_dps", 22.151),
    "530C48656C6C6F20576F726C6421": ("text", "Hello World!"),
    "540C48656C6C6F20576F726C6421": ("raw", "48656c6c6f20576f726c6421"),
    "5587562A01": ("volume_storage_l", 19551.879),
    "56E803": ("conductivity_us_cm", 1000),
    "57EA": ("temperature_c", -22),
    "58EA": ("temperature_c", -7.7),
    "59EA": ("count", -22),
    "5AEAEA": ("count", -5398),
    "5BEA0234EA": ("count", -365690134),
    "5C02FBFFFF": ("power_w", -12.78),
    "5D02EA": ("current_a", -5.63),
    "5E9F8C": ("direction_deg", 359.99),
    "5F7C14": ("precipitation_mm", 524.4),
    "6001": ("channel", 1),
    "61AC0D": ("rotational_speed_rpm", 3500),
    "62C0BDF0FF": ("speed_mps", -1.0),
    "6340420F00": ("acceleration_mps2", 1.0),
    "6402": ("light_level", 2),
    "6507": ("settings_revision", 7),
    "F00100": ("device_type_id", 1),
    "F100010204": ("firmware_version", "4.2.1.0"),
    "F2000106": ("firmware_version", "6.1.0"),
}
"""bthome.io's examples; where its table has none (0x0F to 0x2D, 0x60 and on), ours."""


def heard(data: str, *, service: int = V2, key: bytes | None = None, address: str | None = ADDRESS) -> Decoded:
    return decoded(an_advert(service=service, data=data, key=key.hex() if key else None, address=address))


def sealed(things: list, *, counter: int, key: bytes = KEY, **options: bool) -> Advert:
    """An advert of a tag that has KEY."""
    data = bthome(things, key=key, address=SEALERS_ADDRESS, counter=counter, **options)
    return Advert(address=SEALERS_ADDRESS, service_data=data, bindkey=KEY)


def plain(*things: tuple, at_ms: int | None = None) -> Advert:
    return Advert(address=ADDRESS, service_data=bthome(things), at_ms=at_ms)


def test_every_object_has_its_example() -> None:
    """An object that is added without one is an object that nobody checked."""
    assert {int(data[:2], 16) for data in PUBLISHED} == set(OBJECTS)


@pytest.mark.parametrize("data", PUBLISHED)
def test_an_object_means_what_is_published(data: str) -> None:
    """The quantity, the unit and the number of bthome.io, and nothing beside it."""
    name, value = PUBLISHED[data]
    said = heard("40" + data)
    assert said.error is None
    assert said.values.pop(name) == value
    assert set(said.values) <= {"dimmer_steps"}


@pytest.mark.parametrize(("thing", "codes"), EVENTS.items())
def test_events_are_words(thing: str, codes: dict[int, str]) -> None:
    """A press of a button is the one thing here that must not be missed, nor read for another."""
    head = {"button": "3A", "dimmer": "3C", "command": "3B00"}[thing]
    for code, word in codes.items():
        said = heard(f"40{head}{code:02X}" + ("02" if thing == "dimmer" else ""))
        assert said.values == {thing: word} | ({"dimmer_steps": 2} if thing == "dimmer" else {})
    assert heard(f"40{head}7F" + ("00" if thing == "dimmer" else "")).values == {}


def test_a_command_has_its_arguments() -> None:
    """The length counts them, not the operation before them."""
    assert heard("403B0203AABB").values == {"command": "step_up", "command_args": "aabb"}


def test_the_second_of_one_quantity_says_so() -> None:
    """A probe inside and one outside are two temperatures; the third button is the third though the first was still."""
    said = heard("4002CA0902CF0945E600")
    assert said.values == {"temperature_c": 25.06, "temperature_c_2": 25.11, "temperature_c_3": 23.0}
    assert heard("403A003A013A03").values == {"button_2": "press", "button_3": "triple_press"}


def test_what_follows_an_unknown_object_is_left_alone() -> None:
    """Its length is not known, so anything could stand there."""
    assert heard("40015DFE5D0903B718").values == {"battery_percent": 93}
    unknown = heard("40FECA09")
    assert unknown.values == {}
    assert "no object that is known" in str(unknown.error)


def test_an_address_in_the_packet_is_the_identity() -> None:
    """Phones of one maker hide the address that they heard."""
    said = heard("42B2188D38C1A404138A01", address=None)
    assert (said.id, said.values) == ("A4:C1:38:8D:18:B2", {"pressure_hpa": 1008.83})


@pytest.mark.parametrize(
    "data", ["", "40", "4002CA", "4002CA0903BF", "4053", "40530548", "403B", "42B2188D", "405302FFFE"]
)
def test_a_damaged_packet_gives_an_error_and_no_values(data: str) -> None:
    """Half a packet may be the wrong half."""
    said = heard(data)
    assert said.values == {}
    assert said.error
    assert said.format
    assert said.format.startswith("BTHome v2")


def test_another_version_is_refused() -> None:
    """Its objects may mean something else."""
    assert "Version 7" in str(heard("E102000C0404138A01").error)


class TestVersion1:
    """The legacy format: every object says its form and its length."""

    @pytest.mark.parametrize(
        ("data", "values"),
        [
            ("020161", {"battery_percent": 97}),
            ("2302CA09", {"temperature_c": 25.06}),
            ("0303BF13", {"humidity_percent": 50.55}),
            ("022E23", {"humidity_percent": 35}),
            ("0404138A01", {"pressure_hpa": 1008.83}),
            ("0405138A14", {"illuminance_lx": 13460.67}),
            ("03065E1F", {"mass_kg": 80.3}),
            ("23 08CA06", {"dew_point_c": 17.38}),
            ("020960", {"count": 96}),
            ("040A138A14", {"energy_kwh": 1346.067}),
            ("040B021B00", {"power_w": 69.14}),
            ("030C020C", {"voltage_v": 3.074}),
            ("021001", {"power": True}),
            ("021100", {"opening": False}),
            ("023A04", {"button": "long_press"}),
            ("033C0103", {"dimmer": "rotate_left", "dimmer_steps": 3}),
            ("A5505D396164", {"timestamp": "2023-05-14T19:41:17+00:00"}),
            ("4302 0048", {"temperature_c": 0.08}),  # a float of half precision
            ("4502 0000 1644", {"temperature_c": 6.0}),  # single
            ("4306FE70", {"mass_kg": 102.24}),
            ("6553 61626364", {"text": "abcd"}),
            ("86A6808FE64854" + "020161", {"battery_percent": 97}),  # an address first
            ("03FD1234" + "020161", {"battery_percent": 97}),  # an unknown object is stepped over
            ("020161" + "0000", {"battery_percent": 97}),  # and so is padding
            ("4302007E", {}),  # a float that is no number
            ("4509CDCCCC3D", {"count": 0.100000001}),  # as much of it as single precision knows
            ("6502414243" + "44" + "020161", {"battery_percent": 97}),  # a temperature in letters is stepped over
        ],
    )
    def test_an_object_says_what_it_is(self, data: str, values: Values) -> None:
        """bthome.io/v1, its table and its forms."""
        said = heard(data, service=V1)
        assert (said.format, said.values, said.error) == ("BTHome v1", values, None)

    @pytest.mark.parametrize(
        "data",
        [
            "",
            "0302CA",
            "01",
            "0161",
            "1F",
            "6553FF616263",
            "44020000",
            "A650FFFFFFFFFF",
            "AD50" + "FF" * 12,
            "0A09" + "FF" * 9,
        ],
    )
    def test_a_damaged_packet_gives_an_error_and_no_values(self, data: str) -> None:
        """As in version 2."""
        said = heard(data, service=V1)
        assert (said.format, said.values) == ("BTHome v1", {})
        assert said.error

    def test_a_sealed_packet_opens_with_its_key(self) -> None:
        """bthome.io/v1's example of encryption."""
        said = heard("FBA435E4D3C312FB0011223357D90A99", service=V1_SEALED, key=KEY, address=SEALERS_ADDRESS)
        assert said.values == {"temperature_c": 25.06, "humidity_percent": 50.55}


class TestSeals:
    """AES-CCM with a key for each tag: what must not be believed."""

    def test_the_published_example_opens(self) -> None:
        """bthome.io/encryption."""
        said = heard("41A47266C95F730011223378237214", key=KEY, address=SEALERS_ADDRESS)
        assert (said.format, said.error) == ("BTHome v2 encrypted", None)
        assert said.values == {"temperature_c": 25.06, "humidity_percent": 50.55}

    def test_it_opens_with_the_address_in_the_packet(self) -> None:
        """bthome-ble's example; the receiver knew no address."""
        said = heard("43A5808FE64854F196C06FFB4900112233F08ECBDE", key=KEY, address=None)
        assert said.id == SEALERS_ADDRESS
        assert said.values == {"temperature_c": 25.06, "humidity_percent": 50.55}

    def test_another_key_opens_nothing(self) -> None:
        """The error says which of the two it may be."""
        said = decoded(sealed([(0x02, 20.0)], counter=1, key=OTHER_KEY))
        assert said.values == {}
        assert "key does not fit" in str(said.error)

    def test_without_a_key_there_is_nothing_to_say(self) -> None:
        """Not even a wrong temperature."""
        said = heard("41A47266C95F730011223378237214", address=SEALERS_ADDRESS)
        assert said.values == {}
        assert "bindkey" in str(said.error)

    def test_half_a_key_is_said_to_be_half(self) -> None:
        """A key that was cut off when it was copied."""
        assert "8 bytes" in str(heard("41A47266C95F730011223378237214", key=KEY[:8]).error)

    def test_without_an_address_it_cannot_be_opened(self) -> None:
        """The nonce begins with it; a name is not one."""
        for address in (None, "61DE521B-F0BF-9F44-64D4-75BBE1738105"):
            assert "address" in str(heard("41A47266C95F730011223378237214", key=KEY, address=address).error)

    def test_a_plain_packet_from_a_tag_with_a_key_is_refused(self) -> None:
        """Anybody could send it."""
        for service, data in ((V2, "4004138A01"), (V1, "0404138A01")):
            said = heard(data, service=service, key=KEY)
            assert said.values == {}
            assert "not encrypted" in str(said.error)

    def test_any_bit_turned_is_noticed(self) -> None:
        """All of a sealed packet is under its seal, the counter too."""
        good = bytes.fromhex("41A47266C95F730011223378237214")
        for place in range(1, len(good)):
            for bit in range(8):
                bad = bytearray(good)
                bad[place] ^= 1 << bit
                said = heard(bad.hex(), key=KEY, address=SEALERS_ADDRESS)
                assert said.values == {}
                assert said.error

    @pytest.mark.parametrize("size", range(1, 15))
    def test_a_packet_that_is_too_short_is_refused(self, size: int) -> None:
        """Never an exception, whatever is missing."""
        said = heard("41A47266C95F730011223378237214"[: 2 * size], key=KEY, address=SEALERS_ADDRESS)
        assert said.values == {}
        assert said.error


class TestRecordings:
    """A counter that was passed is somebody's recording of the tag; the same packet again is the same packet."""

    def test_a_packet_from_the_past_is_refused(self) -> None:
        """A thief plays "it was cold all night" again in the morning."""
        decoder = Decoder()
        assert decoder.decode(sealed([(0x02, 4.0)], counter=1000)).values == {"temperature_c": 4.0}
        assert decoder.decode(sealed([(0x02, 20.0)], counter=1001)).values == {"temperature_c": 20.0}
        played = decoder.decode(sealed([(0x02, 4.0)], counter=1000))
        assert played.values == {}
        assert "1000 is not above 1001" in str(played.error)
        assert decoder.decode(sealed([(0x02, 21.0)], counter=1002)).values == {"temperature_c": 21.0}

    def test_a_young_tag_is_not_played_either(self) -> None:
        """Small counters are no way around."""
        decoder = Decoder()
        for counter in (1, 2, 3):
            decoder.decode(sealed([(0x01, counter)], counter=counter))
        assert decoder.decode(sealed([(0x01, 2)], counter=2)).error
        assert decoder.decode(sealed([(0x01, 4)], counter=4)).values == {"battery_percent": 4}

    def test_one_counter_is_used_once(self) -> None:
        """Two different packets under one counter: one of them is not the tag's."""
        decoder = Decoder()
        decoder.decode(sealed([(0x01, 50)], counter=500))
        assert decoder.decode(sealed([(0x01, 60)], counter=500)).error

    def test_the_same_packet_again_says_the_same_and_no_event(self) -> None:
        """A tag sends each packet several times; its button was pressed once."""
        decoder = Decoder()
        pressed = sealed([(0x01, 50), (0x3A, "press")], counter=500)
        assert decoder.decode(pressed).values == {"battery_percent": 50, "button": "press"}
        assert decoder.decode(pressed) == Decoded(format="BTHome v2 encrypted", values={"battery_percent": 50})

    @pytest.mark.parametrize("last", [100, 4294967295])
    def test_a_new_battery_starts_the_counter_again(self, last: int) -> None:
        """Else the tag would be mute for months."""
        decoder = Decoder()
        decoder.decode(sealed([(0x01, 1)], counter=last))
        assert decoder.decode(sealed([(0x01, 100)], counter=0)).values == {"battery_percent": 100}

    def test_a_forged_packet_moves_no_counter(self) -> None:
        """Else anybody could make a tag mute."""
        decoder = Decoder()
        decoder.decode(sealed([(0x01, 50)], counter=500))
        decoder.decode(sealed([(0x01, 60)], counter=9999, key=OTHER_KEY))
        assert decoder.decode(sealed([(0x01, 51)], counter=501)).values == {"battery_percent": 51}

    def test_a_recording_is_one_from_any_address(self) -> None:
        """A packet that carries the tag's address opens wherever it is played from."""
        decoder = Decoder()
        first, second = (sealed([(0x01, 50)], counter=counter, carry_address=True) for counter in (500, 501))
        decoder.decode(first)
        decoder.decode(second)
        for address in (ADDRESS, None):
            assert decoder.decode(msgspec.structs.replace(first, address=address)).error

    def test_tags_count_for_themselves(self) -> None:
        """The memory is by address."""
        decoder = Decoder()
        decoder.decode(sealed([(0x01, 50)], counter=500))
        other = bthome([(0x01, 7)], key=KEY, address=ADDRESS, counter=7)
        assert decoder.decode(Advert(address=ADDRESS, service_data=other, bindkey=KEY)).values == {"battery_percent": 7}


class TestRepeatedPackets:
    """The packet id: each packet once, however often and in whatever order it is heard."""

    def test_a_repeated_packet_says_the_same_and_no_event(self) -> None:
        """One press is one press."""
        decoder = Decoder()
        pressed = plain((0x00, 9), (0x01, 93), (0x3A, "press"))
        assert decoder.decode(pressed).values == {"packet_id": 9, "battery_percent": 93, "button": "press"}
        assert decoder.decode(pressed).values == {"packet_id": 9, "battery_percent": 93}

    def test_an_older_packet_does_not_replace_a_newer_one(self) -> None:
        """Two scanners, or a slow proxy: the door is as the newest packet says."""
        decoder = Decoder()
        decoder.decode(plain((0x00, 10), (0x11, True)))
        assert decoder.decode(plain((0x00, 9), (0x11, False))).values == {"packet_id": 10, "opening": True}

    @pytest.mark.parametrize(("first", "second"), [(9, 10), (189, 252), (253, 47), (255, 0)])
    def test_ids_go_on_after_255(self, first: int, second: int) -> None:
        """bthome-ble: less than 64 ahead, round the end."""
        decoder = Decoder()
        decoder.decode(plain((0x00, first)))
        assert decoder.decode(plain((0x00, second))).values == {"packet_id": second}

    def test_after_four_seconds_the_same_id_is_another_packet(self) -> None:
        """With a clock; a tag with a constant id would else be heard once."""
        decoder = Decoder()
        decoder.decode(plain((0x00, 9), (0x02, 4.0), at_ms=1_000))
        assert decoder.decode(plain((0x00, 9), (0x02, 5.0), at_ms=5_000)).values["temperature_c"] == 4.0
        assert decoder.decode(plain((0x00, 9), (0x02, 5.0), at_ms=5_001)).values["temperature_c"] == 5.0

    @pytest.mark.parametrize("packet_id", [109, 201])
    def test_without_a_clock_a_tag_that_was_away_is_believed(self, packet_id: int) -> None:
        """After an hour out of reach its id is anywhere; only what is less than 64 behind is old."""
        decoder = Decoder()
        decoder.decode(plain((0x00, 9), (0x02, 4.0)))
        said = decoder.decode(plain((0x00, packet_id), (0x02, 5.0)))
        assert said.values == {"packet_id": packet_id, "temperature_c": 5.0}

    def test_without_an_address_nothing_is_remembered(self) -> None:
        """Two tags without one would be taken for each other."""
        decoder = Decoder()
        advert = Advert(service_data=bthome([(0x00, 9), (0x3A, "press")]))
        assert [decoder.decode(advert).values.get("button") for _ in range(2)] == ["press", "press"]

    def test_version_1_has_them_too(self) -> None:
        """The object is the same."""
        decoder = Decoder()
        advert = Advert(address=ADDRESS, service_data=bthome_v1([(0x00, 9), (0x3A, "press")]))
        assert [decoder.decode(advert).values for _ in range(2)] == [
            {"packet_id": 9, "button": "press"},
            {"packet_id": 9},
        ]

    def test_what_is_remembered_has_an_end(self) -> None:
        """Phones change their addresses every quarter of an hour; a gateway runs for years."""
        decoder = Decoder()
        for number in range(10_050):
            address = number.to_bytes(6).hex(":").upper()
            decoder.decode(Advert(address=address, service_data=bthome([(0x00, 1), (0x3A, "press")])))
        assert len(decoder._memories) == 10_000
        last = decoder.decode(Advert(address=address, service_data=bthome([(0x00, 1), (0x3A, "press")])))
        assert "button" not in last.values
