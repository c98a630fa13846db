"""What a simulator writes, a decoder reads: every format there and back."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.adverts import Advert, Decoded, Value, encode
from firmware_bridge.adverts.bthome_objects import EVENTS, OBJECTS
from tests.support.adverts import decoded

ADDRESS = "CB:B8:33:4C:88:4F"

addresses = (
    st.binary(min_size=6, max_size=6).filter(lambda mac: mac != b"\xff" * 6).map(lambda mac: mac.hex(":").upper())
)


def number(least: float, most: float, step: float) -> st.SearchStrategy[float]:
    """What a sensor with this step can say."""
    places = max(0, -math.floor(math.log10(step)))
    return st.integers(round(least / step), round(most / step)).map(lambda raw: round(raw * step, places + 2))


CLIMATE = {
    "temperature_c": number(-163.835, 163.835, 0.005),
    "humidity_percent": number(0, 163.835, 0.0025),
    "pressure_hpa": number(500, 1155.34, 0.01),
}
ACCELERATION = {f"acceleration_{axis}_g": number(-32.767, 32.767, 0.001) for axis in "xyz"}
COUNTERS = {"movement_counter": st.integers(0, 254), "measurement_sequence_number": st.integers(0, 65534)}
POWER = {"battery_v": number(1.6, 3.646, 0.001), "tx_power_dbm": st.integers(-20, 10).map(lambda half: half * 2)}
AIR = {
    "pm25_ug_m3": number(0, 1000, 0.1),
    "carbon_dioxide_ppm": st.integers(0, 40000),
    "voc_index": st.integers(0, 500),
    "nox_index": st.integers(0, 500),
    "calibration_in_progress": st.booleans(),
}
RECKONED = {"acceleration_total_g", "iaqs"}


def manufacturer(data: dict[int, bytes], **advert: str) -> Decoded:
    return decoded(Advert(manufacturer_data=data, **advert))


def service(data: dict[str, bytes], **advert: str) -> Decoded:
    return decoded(Advert(service_data=data, **advert))


def measured(said: Decoded) -> dict[str, Value]:
    """Without what is reckoned from other values."""
    assert said.error is None
    return {name: value for name, value in said.values.items() if name not in RECKONED}


def some(values: dict[str, st.SearchStrategy]) -> st.SearchStrategy[dict]:
    """Any of these quantities, none, or all."""
    return st.fixed_dictionaries({}, optional=values)


@given(st.uuids(), st.integers(0, 65535), st.integers(0, 65535), st.integers(-128, 127))
def test_an_ibeacon_comes_back(beacon: object, major: int, minor: int, power: int) -> None:
    """The identity, to the bit."""
    said = manufacturer(encode.ibeacon(beacon=str(beacon), major=major, minor=minor, tx_power_dbm=power))
    assert said.id == f"{beacon}/{major}/{minor}"
    assert said.values["tx_power_dbm"] == power


@given(st.binary(min_size=10, max_size=10), st.binary(min_size=6, max_size=6), st.integers(-100, 20))
def test_an_eddystone_identity_comes_back(namespace: bytes, instance: bytes, power: int) -> None:
    """As iBeacon."""
    data = encode.eddystone_uid(namespace=namespace.hex(), instance=instance.hex(), tx_power_dbm=power)
    assert service(data) == Decoded(
        format="Eddystone UID", id=f"{namespace.hex()}/{instance.hex()}", values={"tx_power_dbm": power}
    )


@given(
    st.sampled_from(["http://www.", "https://www.", "http://", "https://"]),
    st.lists(st.sampled_from([*"abz09-_/?#", ".com/", ".org", ".info", ".gov/", ".net", ".biz"]), max_size=12),
)
def test_a_url_comes_back(scheme: str, parts: list[str]) -> None:
    """Endings shrink to a byte and grow back."""
    url = scheme + "".join(parts)
    assert service(encode.eddystone_url(url=url)).values["url"] == url


@given(
    some(
        {
            "battery_v": number(0.001, 65, 0.001),
            "temperature_c": st.integers(-0x7FFF, 0x7FFF).map(lambda raw: raw / 256),
            "advertising_count": st.integers(0, 2**32 - 1),
            "uptime_s": st.integers(0, 2**32 - 1).map(lambda raw: raw / 10),
        }
    )
)
def test_telemetry_comes_back(values: dict) -> None:
    """What a beacon cannot measure is left out, not 0 volts."""
    counters = {"advertising_count": 0, "uptime_s": 0.0}
    assert measured(service(encode.eddystone_tlm(values))) == counters | values


def test_an_ephemeral_identity_comes_back() -> None:
    """Opaque, but whole."""
    assert service(encode.eddystone_eid(eid="0011223344556677")).values["eid"] == "0011223344556677"


@given(some(CLIMATE | ACCELERATION | COUNTERS | POWER), addresses)
def test_a_ruuvitag_comes_back(values: dict, address: str) -> None:
    """DF5: what is missing is missing there too."""
    said = manufacturer(encode.ruuvi_df5(values, address=address))
    assert (said.format, said.id) == ("RuuviTag DF5", address)
    assert measured(said) == pytest.approx(values)


@given(some(CLIMATE | COUNTERS | POWER), addresses)
def test_a_ruuvitag_without_acceleration_comes_back(values: dict, address: str) -> None:
    """C5."""
    said = manufacturer(encode.ruuvi_c5(values, address=address))
    assert (said.format, said.id) == ("RuuviTag C5", address)
    assert measured(said) == pytest.approx(values)


@given(
    st.fixed_dictionaries(
        ACCELERATION
        | {
            "temperature_c": number(-127.99, 127.99, 0.01),
            "humidity_percent": number(0, 127.5, 0.5),
            "pressure_hpa": number(500, 1155.35, 0.01),
            "battery_v": number(0, 65.535, 0.001),
        }
    )
)
def test_an_old_ruuvitag_comes_back(values: dict) -> None:
    """DF3: sign and magnitude, so that -0.5 degrees are not 255.5."""
    assert measured(manufacturer(encode.ruuvi_df3(values))) == pytest.approx(values)


@given(some(CLIMATE | AIR | {"measurement_sequence_number": st.integers(0, 255)}), addresses)
def test_ruuvi_air_comes_back(values: dict, address: str) -> None:
    """DF6."""
    said = manufacturer(encode.ruuvi_df6(values, address=address), address=address)
    assert (said.format, said.id) == ("RuuviTag DF6", None if address.endswith("FF:FF:FF") else address)
    always = {"calibration_in_progress": False, "measurement_sequence_number": 0}
    assert measured(said) == pytest.approx(always | values)


@given(st.floats(0, 65535))
def test_light_is_a_logarithm(lux: float) -> None:
    """DF6 has 255 steps for 65,535 lux: within 2.3 per cent."""
    said = manufacturer(encode.ruuvi_df6({"illuminance_lx": lux}, address=ADDRESS))
    assert said.values["illuminance_lx"] + 1 == pytest.approx(lux + 1, rel=0.023)


@given(
    some(
        CLIMATE
        | AIR
        | {f"pm{size}_ug_m3": number(0, 1000, 0.1) for size in (1, 4, 10)}
        | {"illuminance_lx": number(0, 144284, 0.01), "measurement_sequence_number": st.integers(0, 2**24 - 2)}
    ),
    addresses,
)
def test_ruuvi_air_extended_comes_back(values: dict, address: str) -> None:
    """E1."""
    said = manufacturer(encode.ruuvi_e1(values, address=address))
    assert (said.format, said.id) == ("RuuviTag E1", address)
    assert measured(said) == pytest.approx({"calibration_in_progress": False} | values)


@given(
    some(
        {
            "temperature_c": number(-327, 327, 0.01),
            "humidity_percent": st.integers(0, 100),
            "magnet": st.booleans(),
            "battery_v": number(2, 4.55, 0.01),
            "low_battery": st.booleans(),
        }
    ),
    some(
        {
            "movement": st.tuples(st.booleans(), st.integers(0, 0x7FFF)),
            "angle": st.tuples(st.integers(-90, 90), st.integers(-180, 180)),
        }
    ),
)
def test_an_eye_sensor_comes_back(values: dict, pairs: dict) -> None:
    """Any set of fields: each shifts those behind it."""
    if "movement" in pairs:
        values |= dict(zip(("moving", "movement_counter"), pairs["movement"], strict=True))
    if "angle" in pairs:
        values |= dict(zip(("pitch_deg", "roll_deg"), pairs["angle"], strict=True))
    said = manufacturer(encode.teltonika_eye(values))
    assert measured(said) == pytest.approx({"low_battery": False} | values)


ELA_SENSORS = {
    "temperature_c": number(-327, 327, 0.01),
    "humidity_percent": st.integers(0, 255),
}
ELA_ACCELERATION = st.fixed_dictionaries(ACCELERATION)


@given(
    some(ELA_SENSORS | {"battery_percent": st.integers(0, 255), "battery_v": number(0, 65, 0.001)}),
    ELA_ACCELERATION | st.just({}),
    st.binary(min_size=6, max_size=6),
)
def test_an_ela_tag_comes_back(values: dict, axes: dict, maker: bytes) -> None:
    """As manufacturer data."""
    said = manufacturer(encode.ela(values | axes, number=maker.hex()))
    assert (said.format, said.id) == ("ELA Blue", maker.hex())
    assert measured(said) == pytest.approx(values | axes)


@given(
    st.sampled_from(["magnet magnet_counter", "moving movement_counter", "input input_counter"]),
    st.booleans(),
    st.integers(0, 0x7FFF),
)
def test_an_ela_contact_comes_back(words: str, state: bool, count: int) -> None:
    """A door in both of its two ways to say it is open."""
    values = dict(zip(words.split(), (state, count), strict=True))
    assert measured(manufacturer(encode.ela(values))) == values
    assert measured(service(encode.ela_services(values))) == values


@given(some(ELA_SENSORS).filter(bool), ELA_ACCELERATION | st.just({}))
def test_an_ela_tag_comes_back_as_service_data(values: dict, axes: dict) -> None:
    """Firmware before 2.0."""
    assert measured(service(encode.ela_services(values | axes))) == pytest.approx(values | axes)


EIGHT_EIGHT = st.integers(-0x8000, 0x7FFF).map(lambda raw: raw / 256)
MINEW_FRAMES = {
    0x01: {"temperature_c": EIGHT_EIGHT, "humidity_percent": st.integers(0, 25600).map(lambda raw: raw / 256)},
    0x02: {"light": st.booleans()},
    0x03: {f"acceleration_{axis}_g": EIGHT_EIGHT for axis in "xyz"},
    0x11: {"motion": st.booleans()},
    0x12: {"volatile_organic_compounds_ppb": st.integers(0, 65535)},
    0x13: {"temperature_c": EIGHT_EIGHT},
    0x16: {f"magnetic_field_{axis}_ut": EIGHT_EIGHT for axis in "xyz"},
    0x18: {"vibration": st.booleans()},
    0x19: {"photoresistance": st.integers(0, 65535)},
    0x20: {"tamper": st.booleans()},
    0x21: {"moisture": st.booleans()},
}


@given(st.data(), st.sampled_from(list(MINEW_FRAMES)), addresses)
def test_a_minew_tag_comes_back(data: st.DataObject, frame: int, address: str) -> None:
    """Every frame that measures something."""
    values = data.draw(st.fixed_dictionaries(MINEW_FRAMES[frame] | {"battery_percent": st.integers(0, 255)}))
    said = service(encode.minew(frame, values, address=address))
    assert (said.format, said.id) == ("Minew", address)
    assert measured(said) == values


def test_a_minew_tag_introduces_itself() -> None:
    """With its name."""
    said = service(encode.minew(0x08, {"battery_percent": 100}, address=ADDRESS, name="PLUS001"))
    assert said == Decoded(format="Minew", id=ADDRESS, values={"battery_percent": 100, "name": "PLUS001"})


def a_thing(code: int) -> st.SearchStrategy[tuple[int, Value]]:
    """An object of BTHome with a value that it can say."""
    thing = OBJECTS[code]
    size = thing.size or 4
    match thing.form:
        case "unsigned" | "signed":
            least = -(2 ** (8 * size - 1)) if thing.form == "signed" else 0
            raw = st.integers(least, 2 ** (8 * size - (thing.form == "signed")) - 1)
            value = raw.map(lambda raw: raw * thing.times if thing.per == 1 else raw * thing.times / thing.per)
        case "state":
            value = st.booleans()
        case "event":
            value = st.sampled_from(sorted(EVENTS[thing.name].values()))
        case "text":
            value = st.text(min_size=1, max_size=5)
        case "raw":
            value = st.binary(min_size=1, max_size=9).map(bytes.hex)
        case "time":
            value = (
                st.datetimes().filter(lambda at: 1970 < at.year < 2106).map(lambda at: f"{at:%Y-%m-%dT%H:%M:%S}+00:00")
            )
        case _:
            value = st.lists(st.integers(0, 255), min_size=size, max_size=size).map(
                lambda parts: ".".join(map(str, parts))
            )
    return value.map(lambda one: (code, one))


things = st.lists(
    st.sampled_from(list(OBJECTS)), min_size=1, max_size=5, unique_by=lambda code: OBJECTS[code].name
).flatmap(lambda codes: st.tuples(*map(a_thing, sorted(codes))))


@given(things, st.booleans(), st.booleans(), st.integers(0, 2**32 - 1))
def test_bthome_comes_back(said: tuple, seal: bool, carry: bool, counter: int) -> None:
    """Any objects, plain and sealed, with the address in the packet and without."""
    key = b"0123456789abcdef" if seal else None
    data = encode.bthome(said, key=key, address=ADDRESS, counter=counter, carry_address=carry, on_events=carry)
    back = decoded(Advert(address=ADDRESS, service_data=data, bindkey=key))
    assert (back.format, back.id) == ("BTHome v2 encrypted" if seal else "BTHome v2", ADDRESS if carry else None)
    values = dict(back.values)
    values.pop("dimmer_steps", None)
    assert values == {OBJECTS[code].name: value for code, value in said}


@given(things, st.booleans(), st.integers(0, 2**32 - 1))
def test_bthome_version_1_comes_back(said: tuple, seal: bool, counter: int) -> None:
    """Raw bytes excepted: version 1 has none."""
    wanted = {OBJECTS[code].name: value for code, value in said if OBJECTS[code].form != "raw"}
    key = b"0123456789abcdef" if seal else None
    data = encode.bthome_v1(
        [(code, value) for code, value in said if OBJECTS[code].form != "raw"],
        key=key,
        address=ADDRESS,
        counter=counter,
    )
    if not wanted:
        return
    back = decoded(Advert(address=ADDRESS, service_data=data, bindkey=key))
    values = dict(back.values)
    values.pop("dimmer_steps", None)
    assert (back.error, values) == (None, wanted)
