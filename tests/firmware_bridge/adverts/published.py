"""What the makers publish as examples, and what they say it means. (The tables of BTHome are in test_bthome.)"""

from typing import NamedTuple

from firmware_bridge.adverts import Advert, Values
from tests.support.adverts import an_advert

RUUVI, TELTONIKA, ELA, MINEW_COMPANY, APPLE = 0x0499, 0x089A, 0x0757, 0x0639, 0x004C
EDDYSTONE, MINEW = 0xFEAA, 0xFFE1
RUUVI_MAC, MINEW_MAC = "CB:B8:33:4C:88:4F", "AC:23:31:23:45:67"


class Example(NamedTuple):
    """An advert, and what the maker says of it."""

    what: str
    advert: Advert
    format: str
    id: str | None
    values: Values


def ruuvi(what: str, data: str, identity: str | None, **values: float | bool) -> Example:
    names = {"3": "RuuviTag DF3", "5": "RuuviTag DF5", "6": "RuuviTag DF6", "E": "RuuviTag E1", "C": "RuuviTag C5"}
    name = names[data.lstrip("0")[0]]
    return Example(f"{name} {what}", an_advert(company=RUUVI, data=data), name, identity, dict(values))


def ela(what: str, data: str, identity: str | None = None, **values: float | bool) -> Example:
    return Example(f"ELA {what}", an_advert(company=ELA, data=data), "ELA Blue", identity, dict(values))


def minew(what: str, data: str, identity: str | None, **values: float | bool | str) -> Example:
    return Example(f"Minew {what}", an_advert(service=MINEW, data=data), "Minew", identity, dict(values))


def connect(what: str, data: str, identity: str | None, **values: float | bool | str) -> Example:
    return Example(f"Minew {what}", an_advert(company=MINEW_COMPANY, data=data), "Minew", identity, dict(values))


RUUVI_EXAMPLES = (
    ruuvi(
        "valid",
        "03291A1ECE1EFC18F94202CA0B53",
        None,
        temperature_c=26.3,
        pressure_hpa=1027.66,
        humidity_percent=20.5,
        acceleration_x_g=-1.0,
        acceleration_y_g=-1.726,
        acceleration_z_g=0.714,
        battery_v=2.899,
        acceleration_total_g=2.1187,
    ),
    ruuvi(
        "maximum",
        "03FF7F63FFFF7FFF7FFF7FFFFFFF",
        None,
        temperature_c=127.99,
        pressure_hpa=1155.35,
        humidity_percent=127.5,
        acceleration_x_g=32.767,
        acceleration_y_g=32.767,
        acceleration_z_g=32.767,
        battery_v=65.535,
        acceleration_total_g=56.7541,
    ),
    ruuvi(
        "minimum",
        "0300FF6300008001800180010000",
        None,
        temperature_c=-127.99,
        pressure_hpa=500.0,
        humidity_percent=0.0,
        acceleration_x_g=-32.767,
        acceleration_y_g=-32.767,
        acceleration_z_g=-32.767,
        battery_v=0.0,
        acceleration_total_g=56.7541,
    ),
    ruuvi(
        "valid",
        "0512FC5394C37C0004FFFC040CAC364200CDCBB8334C884F",
        RUUVI_MAC,
        temperature_c=24.3,
        pressure_hpa=1000.44,
        humidity_percent=53.49,
        acceleration_x_g=0.004,
        acceleration_y_g=-0.004,
        acceleration_z_g=1.036,
        tx_power_dbm=4,
        battery_v=2.977,
        movement_counter=66,
        measurement_sequence_number=205,
        acceleration_total_g=1.036,
    ),
    ruuvi(
        "maximum",
        "057FFFFFFEFFFE7FFF7FFF7FFFFFDEFEFFFECBB8334C884F",
        RUUVI_MAC,
        temperature_c=163.835,
        pressure_hpa=1155.34,
        humidity_percent=163.835,
        acceleration_x_g=32.767,
        acceleration_y_g=32.767,
        acceleration_z_g=32.767,
        tx_power_dbm=20,
        battery_v=3.646,
        movement_counter=254,
        measurement_sequence_number=65534,
        acceleration_total_g=56.7541,
    ),
    ruuvi(
        "minimum",
        "058001000000008001800180010000000000CBB8334C884F",
        RUUVI_MAC,
        temperature_c=-163.835,
        pressure_hpa=500.0,
        humidity_percent=0.0,
        acceleration_x_g=-32.767,
        acceleration_y_g=-32.767,
        acceleration_z_g=-32.767,
        tx_power_dbm=-40,
        battery_v=1.6,
        movement_counter=0,
        measurement_sequence_number=0,
        acceleration_total_g=56.7541,
    ),
    ruuvi("invalid", "058000FFFFFFFF800080008000FFFFFFFFFFFFFFFFFFFFFF", None),
    ruuvi(
        "valid, its first byte put right",
        "C512FC5394C37CAC364200CDCBB8334C884F",
        RUUVI_MAC,
        temperature_c=24.3,
        pressure_hpa=1000.44,
        humidity_percent=53.49,
        tx_power_dbm=4,
        battery_v=2.977,
        movement_counter=66,
        measurement_sequence_number=205,
    ),
    ruuvi("invalid", "C58000FFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", None),
    ruuvi(
        "valid",
        "06170C5668C79E007000C90501D9FFCD004C884F",
        "4C:88:4F",
        temperature_c=29.5,
        pressure_hpa=1011.02,
        humidity_percent=55.3,
        pm25_ug_m3=11.2,
        carbon_dioxide_ppm=201,
        voc_index=10,
        nox_index=2,
        illuminance_lx=13026.67,
        measurement_sequence_number=205,
        calibration_in_progress=False,
        iaqs=81,
    ),
    ruuvi(
        "maximum",
        "067FFF9C40FFFE27109C40FAFAFEFFFF074C884F",
        "4C:88:4F",
        temperature_c=163.835,
        pressure_hpa=1155.34,
        humidity_percent=100.0,
        pm25_ug_m3=1000.0,
        carbon_dioxide_ppm=40000,
        voc_index=500,
        nox_index=500,
        illuminance_lx=65535.0,
        measurement_sequence_number=255,
        calibration_in_progress=True,
        iaqs=0,
    ),
    ruuvi(
        "minimum",
        "0680010000000000000000000000FF00004C884F",
        "4C:88:4F",
        temperature_c=-163.835,
        pressure_hpa=500.0,
        humidity_percent=0.0,
        pm25_ug_m3=0.0,
        carbon_dioxide_ppm=0,
        voc_index=0,
        nox_index=0,
        illuminance_lx=0.0,
        measurement_sequence_number=0,
        calibration_in_progress=False,
        iaqs=100,
    ),
    ruuvi(
        "invalid",
        "068000FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
        None,
        measurement_sequence_number=255,
        calibration_in_progress=True,
    ),
    ruuvi(
        "valid",
        "E1170C5668C79E0065007004BD11CA00C90A0213E0ACFFFFFFDECDEE11FFFFFFFFFFCBB8334C884F",
        RUUVI_MAC,
        temperature_c=29.5,
        pressure_hpa=1011.02,
        humidity_percent=55.3,
        pm1_ug_m3=10.1,
        pm25_ug_m3=11.2,
        pm4_ug_m3=121.3,
        pm10_ug_m3=455.4,
        carbon_dioxide_ppm=201,
        voc_index=20,
        nox_index=4,
        illuminance_lx=13027.0,
        measurement_sequence_number=14601710,
        calibration_in_progress=True,
        iaqs=81,
    ),
    ruuvi(
        "maximum",
        "E17FFF9C40FFFE27102710271027109C40FAFADC28F0FFFFFFFFFFFE3FFFFFFFFFFFCBB8334C884F",
        RUUVI_MAC,
        temperature_c=163.835,
        pressure_hpa=1155.34,
        humidity_percent=100.0,
        pm1_ug_m3=1000.0,
        pm25_ug_m3=1000.0,
        pm4_ug_m3=1000.0,
        pm10_ug_m3=1000.0,
        carbon_dioxide_ppm=40000,
        voc_index=500,
        nox_index=500,
        illuminance_lx=144284.0,
        measurement_sequence_number=16777214,
        calibration_in_progress=True,
        iaqs=0,
    ),
    ruuvi(
        "invalid",
        "E18000FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFFFFFFFFFFFFFFFF",
        None,
        calibration_in_progress=False,
    ),
    Example(
        "RuuviTag DF4, the page's example",
        an_advert(service=EDDYSTONE, data="10F9037275752E76692F23" + b"BFwaAMjlQ".hex()),
        "RuuviTag DF4",
        None,
        {
            "tx_power_dbm": -7,
            "url": "https://ruu.vi/#BFwaAMjlQ",
            "humidity_percent": 46.0,
            "temperature_c": 26.0,
            "pressure_hpa": 1014.29,
        },
    ),
)
"""docs.ruuvi.com, one page for each data format. The total acceleration and the score of air are reckoned from the rest."""

BEACON_EXAMPLES = (
    Example(
        "iBeacon",
        an_advert(company=APPLE, data="0215" + "e2c56db5dffb48d2b060d0f5a71096e0" + "0001" + "0002" + "c5"),
        "iBeacon",
        "e2c56db5-dffb-48d2-b060-d0f5a71096e0/1/2",
        {"tx_power_dbm": -59},
    ),
    Example(
        "Eddystone UID",
        an_advert(service=EDDYSTONE, data="00EE8b0ca750095477cb3e770123456789ab0000"),
        "Eddystone UID",
        "8b0ca750095477cb3e77/0123456789ab",
        {"tx_power_dbm": -18},
    ),
    Example(
        "Eddystone UID without the reserved bytes",
        an_advert(service=EDDYSTONE, data="00128b0ca750095477cb3e770123456789ab"),
        "Eddystone UID",
        "8b0ca750095477cb3e77/0123456789ab",
        {"tx_power_dbm": 18},
    ),
    Example(
        "Eddystone URL",
        an_advert(service=EDDYSTONE, data="10EE03676f6f2e676c2f417131387a46"),
        "Eddystone URL",
        None,
        {"tx_power_dbm": -18, "url": "https://goo.gl/Aq18zF"},
    ),
    Example(
        "Eddystone URL with an ending in a byte",
        an_advert(service=EDDYSTONE, data="10EE00676f6f676c650068"),
        "Eddystone URL",
        None,
        {"tx_power_dbm": -18, "url": "http://www.google.com/h"},
    ),
    Example(
        "Eddystone TLM",
        an_advert(service=EDDYSTONE, data="2000" + "0b18" + "1780" + "00001467" + "00002ac4"),
        "Eddystone TLM",
        None,
        {"battery_v": 2.84, "temperature_c": 23.5, "advertising_count": 5223, "uptime_s": 1094.8},
    ),
    Example(
        "Eddystone TLM below zero, mains, no thermometer in the next",
        an_advert(service=EDDYSTONE, data="2000" + "0000" + "ff80" + "00000001" + "00000001"),
        "Eddystone TLM",
        None,
        {"temperature_c": -0.5, "advertising_count": 1, "uptime_s": 0.1},
    ),
    Example(
        "Eddystone TLM without a thermometer",
        an_advert(service=EDDYSTONE, data="2000" + "0bb8" + "8000" + "00000001" + "00000001"),
        "Eddystone TLM",
        None,
        {"battery_v": 3.0, "advertising_count": 1, "uptime_s": 0.1},
    ),
    Example(
        "Eddystone eTLM",
        an_advert(service=EDDYSTONE, data="2001" + "00112233445566778899aabb" + "dead" + "beef"),
        "Eddystone eTLM",
        None,
        {"encrypted_data": "00112233445566778899aabb", "salt": "dead", "mic": "beef"},
    ),
    Example(
        "Eddystone EID",
        an_advert(service=EDDYSTONE, data="30EE" + "0011223344556677"),
        "Eddystone EID",
        "0011223344556677",
        {"tx_power_dbm": -18, "eid": "0011223344556677"},
    ),
)
"""Apple's and Google's specifications (github.com/google/eddystone)."""

TELTONIKA_EXAMPLES = (
    Example(
        "Teltonika EYE, the wiki's example",
        an_advert(company=TELTONIKA, data="01B708B4120CCB0BFFC767"),
        "Teltonika EYE",
        None,
        {
            "temperature_c": 22.28,
            "humidity_percent": 18,
            "moving": False,
            "movement_counter": 3275,
            "pitch_deg": 11,
            "roll_deg": -57,
            "battery_v": 3.03,
            "magnet": False,
            "low_battery": False,
        },
    ),
    Example(
        "Teltonika EYE below zero and moving",
        an_advert(company=TELTONIKA, data="0111FF388005"),
        "Teltonika EYE",
        None,
        {"temperature_c": -2.0, "moving": True, "movement_counter": 5, "low_battery": False},
    ),
    Example(
        "Teltonika EYE Beacon: a magnet, and its battery is low",
        an_advert(company=TELTONIKA, data="014C"),
        "Teltonika EYE",
        None,
        {"magnet": True, "low_battery": True},
    ),
)
"""wiki.teltonika-gps.com, EYE SENSOR / BTSMP1."""

ELA_EXAMPLES = (
    ela("ID", "06AABBCCDDEEFF", "aabbccddeeff"),
    ela("T", "12850A", temperature_c=26.93),
    ela("T below zero", "120CFE", temperature_c=-5.0),
    ela("RHT", "213012B80A", humidity_percent=48, temperature_c=27.44),
    ela("MAG", "320A00", magnet=False, magnet_counter=5),
    ela("MAG closed", "320B00", magnet=True, magnet_counter=5),
    ela("MOV", "420C00", moving=False, movement_counter=6),
    ela("ANG", "56B8FFECFFACFC", acceleration_x_g=-0.072, acceleration_y_g=-0.02, acceleration_z_g=-0.852),
    ela("DI", "620A00", input=False, input_counter=5),
    ela("PIR", "929D00", motion=True, motion_counter=78),
    ela("TOUCH", "B29C00", touch=False, touch_counter=78),
    ela("battery in per cent", "F145", battery_percent=69),
    ela("battery in volts", "F2AC0B", battery_v=2.988),
    ela(
        "a part that is not known, between two that are",
        "12850A" + "A3010203" + "F145",
        temperature_c=26.93,
        battery_percent=69,
    ),
    Example(
        "ELA RHT as service data",
        Advert(
            address="AA:BB:CC:DD:EE:FF",
            name="P RHT 900459",
            service_data={
                "00002a6e-0000-1000-8000-00805f9b34fb": bytes.fromhex("B80A"),
                "00002a6f-0000-1000-8000-00805f9b34fb": bytes.fromhex("30"),
                "0000180f-0000-1000-8000-00805f9b34fb": bytes.fromhex("45"),
            },
        ),
        "ELA Blue",
        "P RHT 900459",
        {"temperature_c": 27.44, "humidity_percent": 48, "battery_percent": 69},
    ),
    Example(
        "ELA MOV as service data",
        Advert(
            service_data={
                "00002a06-0000-1000-8000-00805f9b34fb": bytes.fromhex("0D00"),
                "00002a3f-0000-1000-8000-00805f9b34fb": bytes.fromhex("01"),
            },
        ),
        "ELA Blue",
        None,
        {"moving": True, "movement_counter": 6},
    ),
    Example(
        "ELA MAG as service data, known by its name",
        Advert(name="P MAG C0062E", service_data={"00002a06-0000-1000-8000-00805f9b34fb": bytes.fromhex("0A00")}),
        "ELA Blue",
        "P MAG C0062E",
        {"magnet": False, "magnet_counter": 5},
    ),
    Example("ELA ID is a name alone", an_advert(name="P T EN 8013FE"), "ELA Blue", "P T EN 8013FE", {}),
)
"""docs.elainnovation.com, frame specifications; the maker's samples on GitHub."""

MINEW_EXAMPLES = (
    minew(
        "introduction",
        "A10864" + "001302E4CDAB" + "504C5553303031",
        "AB:CD:E4:02:13:00",
        battery_percent=100,
        name="PLUS001",
    ),
    minew(
        "climate",
        "A1016315803200FFEEDDCCBBAA",
        "AA:BB:CC:DD:EE:FF",
        battery_percent=99,
        temperature_c=21.5,
        humidity_percent=50.0,
    ),
    minew(
        "climate below zero",
        "A10163FF803200FFEEDDCCBBAA",
        "AA:BB:CC:DD:EE:FF",
        battery_percent=99,
        temperature_c=-0.5,
        humidity_percent=50.0,
    ),
    minew(
        "introduction, its name filled up",
        "A10864001302E4CDAB504C5553000000",
        "AB:CD:E4:02:13:00",
        battery_percent=100,
        name="PLUS",
    ),
    minew("light", "A1024501FFEEDDCCBBAA", "AA:BB:CC:DD:EE:FF", battery_percent=69, light=True),
    minew(
        "acceleration",
        "A10364FF8000000080FFEEDDCCBBAA",
        "AA:BB:CC:DD:EE:FF",
        battery_percent=100,
        acceleration_x_g=-0.5,
        acceleration_y_g=0.0,
        acceleration_z_g=0.5,
    ),
    minew("firmware update", "A107FFEEDDCCBBAA", "AA:BB:CC:DD:EE:FF"),
    minew("PIR", "A111320001FFEEDDCCBBAA", "AA:BB:CC:DD:EE:FF", battery_percent=50, motion=True),
    minew(
        "TVOC", "A112634000FFEEDDCCBBAA", "AA:BB:CC:DD:EE:FF", battery_percent=99, volatile_organic_compounds_ppb=16384
    ),
    minew("temperature", "A113631973FFEEDDCCBBAA", "AA:BB:CC:DD:EE:FF", battery_percent=99, temperature_c=25.44921875),
    minew(
        "magnetic field",
        "A1166400003380013BFFEEDDCCBBAA",
        "AA:BB:CC:DD:EE:FF",
        battery_percent=100,
        magnetic_field_x_ut=0.0,
        magnetic_field_y_ut=51.5,
        magnetic_field_z_ut=1.23046875,
    ),
    minew("vibration", "A118321234567801FFEEDDCCBBAA", "AA:BB:CC:DD:EE:FF", battery_percent=50, vibration=True),
    minew("photoresistance", "A119640AB4FFEEDDCCBBAA", "AA:BB:CC:DD:EE:FF", battery_percent=100, photoresistance=2740),
    minew("tamper", "A1204501FFEEDDCCBBAA", "AA:BB:CC:DD:EE:FF", battery_percent=69, tamper=True),
    minew("water", "A1216301FFEEDDCCBBAA", "AA:BB:CC:DD:EE:FF", battery_percent=99, moisture=True),
    connect("S3 versions", "A301010017000B00010100006745233123AC23D3", MINEW_MAC),
    connect(
        "S3",
        "A30364197348466745233123AC007AD3",
        MINEW_MAC,
        battery_percent=100,
        temperature_c=25.44921875,
        humidity_percent=72.2734375,
    ),
    connect("S4 versions", "A40000090600010100006745233123AC1234", MINEW_MAC),
    connect("S4 door", "A40163010001FF6745233123AC1234", MINEW_MAC, battery_percent=99, opening=True, tamper=False),
    connect("V3 device", "CA006745233123AC6421870000000000000000001234ABCD", MINEW_MAC, battery_percent=100),
    connect(
        "V3 combination",
        "CA030300050005FF0421643A7AC951",
        None,
        acceleration_x_g=0.01953125,
        acceleration_y_g=0.01953125,
        acceleration_z_g=-0.984375,
        battery_percent=100,
    ),
    connect(
        "V3 climate",
        "CA05000000197348466D696E65770000000000001234ABCD",
        None,
        temperature_c=25.44921875,
        humidity_percent=72.2734375,
    ),
    connect(
        "V3 temperature alone", "CA05000200197348466D696E65770000000000001234ABCD", None, temperature_c=25.44921875
    ),
    connect(
        "V3 logger",
        "CA1B010007000165332211AC05EF197300C5000000000010",
        "AC:11:22:33:65:01",
        temperature_c=25.44921875,
        battery_v=1.519,
        tx_power_dbm=-59,
    ),
)
"""Minew's manuals; the frames of company 0x0639 from reelyActive's library, which has them from the maker."""

EXAMPLES = (*RUUVI_EXAMPLES, *BEACON_EXAMPLES, *TELTONIKA_EXAMPLES, *ELA_EXAMPLES, *MINEW_EXAMPLES)
