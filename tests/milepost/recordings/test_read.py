"""Recordings to arrivals: CSV, GPX, NMEA; in the order of the file, and nothing lost beside a broken line."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.nmea import encode
from milepost.recordings import Arrival, Recording, parse, read
from tests.support.nmea import a_drive, a_fix
from wire.columns import RANGES
from wire.messages import instant, rfc3339

HEADER = "at,lon,lat,speed_mps,course_deg,accuracy_m"
AT_MS = 1_795_348_800_000
GOOD = "2026-11-22T12:00:00Z,24.9384,60.1699,8.1,90,4"


def of(*lines: str, header: str = HEADER) -> Recording:
    return parse("\n".join([header, *lines, ""]).encode(), "van")


def within(column: str) -> st.SearchStrategy[int]:
    return st.integers(*RANGES[column])


ARRIVALS = st.builds(
    Arrival,
    line=st.just(0),
    vehicle=st.sampled_from(["van", "van, the second", 'the "old" one', "фургон"]),
    at_ms=within("at_ms"),
    lon_e7=within("lon_e7"),
    lat_e7=within("lat_e7"),
    speed_cmps=st.none() | within("speed_cmps"),
    course_cdeg=st.none() | within("course_cdeg"),
    accuracy_dm=st.none() | within("accuracy_dm"),
    **dict.fromkeys(("alt_dm", "satellites", "hdop_c", "mode"), st.none()),
    clock=st.just(0),
)


def written(arrival: Arrival) -> str:
    def number(value: int | None, scale: float, digits: int) -> str:
        return "" if value is None else f"{value / scale:.{digits}f}"

    name = '"' + arrival.vehicle.replace('"', '""') + '"' if set(arrival.vehicle) & set(',"') else arrival.vehicle
    return ",".join(
        [
            rfc3339(instant(arrival.at_ms)),
            number(arrival.lon_e7, 1e7, 7),
            number(arrival.lat_e7, 1e7, 7),
            number(arrival.speed_cmps, 100, 2),
            number(arrival.course_cdeg, 100, 2),
            number(arrival.accuracy_dm, 10, 1),
            name,
        ]
    )


@given(st.lists(ARRIVALS, max_size=20))
def test_what_is_written_is_read_in_the_order_of_the_file(arrivals: list[Arrival]) -> None:
    """Late rows are what a recording is tried for: sorting would hide them, rounding would make others of them."""
    recording = of(*map(written, arrivals), header=f"{HEADER},vehicle")
    assert recording.refused == []
    assert [row._replace(line=0) for row in recording.rows] == arrivals
    assert [row.line for row in recording.rows] == list(range(2, len(arrivals) + 2))


@given(st.binary(max_size=80).filter(lambda junk: not {b"\n", b"\r"} & {junk[i : i + 1] for i in range(len(junk))}))
def test_a_broken_line_stops_nothing_beside_it(junk: bytes) -> None:
    """One cosmic ray must not cost a day; a quote that is never closed is the worst of them."""
    recording = parse(f"{HEADER}\n{GOOD}\n".encode() + junk + f"\n{GOOD}\n{GOOD}\n".encode())
    assert [row.line for row in recording.rows if row.line != 3] == [2, 4, 5]


@pytest.mark.parametrize(
    "line",
    [
        "yesterday,24.9,60.1,,,", ",24.9,60.1,,,", "2026-11-22,24.9,60.1,,,", "1e30,24.9,60.1,,,",
        "0001-01-01T00:00:00+05:00,24.9,60.1,,,",
        f"{AT_MS},24.9,60.1,,,", "2026-11-22T12:00:00Z,,60.1,,,", "2026-11-22T12:00:00Z,180.1,60.1,,,",
        "2026-11-22T12:00:00Z,24.9,-90.001,,,", "2026-11-22T12:00:00Z,nan,60.1,,,", "2026-11-22T12:00:00Z,24.9,inf,,,",
        "2026-11-22T12:00:00Z,2_4,60.1,,,", "2026-11-22T12:00:00Z,24.9,60.1,fast,,", "2026-11-22T12:00:00Z,24.9,60.1,-3,,",
        "2026-11-22T12:00:00Z,24.9,60.1,,361,", "2026-11-22T12:00:00Z,24.9,60.1,,,nan", "2026-11-22T12:00:00Z,24.9",
        "2026-11-22T12:00:00Z,24,9,60,1,8,1,90,4", '2026-11-22T12:00:00Z,24.9,"60.1,,,',
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_line(line: str) -> None:
    """Nobody finds "invalid value" in a file of a million lines."""
    recording = of(GOOD, line, GOOD)
    assert [row.line for row in recording.rows] == [2, 4]
    assert [refused.line for refused in recording.refused] == [3]
    assert recording.refused[0].why.endswith(".")


@pytest.mark.parametrize(
    "at",
    ["2026-11-22T12:00:00Z", "2026-11-22 12:00:00", "2026-11-22T14:00:00+02:00", "2026-11-22t12:00:00.0000000z",
     "1795348800", "1795348800.0", "2026-11-22T11:59:60Z"],
)  # fmt: skip
def test_a_time_may_be_written_in_several_ways(at: str) -> None:
    """RFC 3339 with or without a zone, or seconds since 1970: programs differ."""
    assert [row.at_ms for row in of(f"{at},24.9,60.1,,,").rows] == [AT_MS]


def test_columns_come_in_any_order_and_in_any_case() -> None:
    """The header says what stands where; others' columns are none of our business."""
    recording = parse(
        b'\xef\xbb\xbfLAT, Vehicle ,note,At,lon\r\n60.1,,"a\r\nb",1795348800,24.9\r\n60.2,b,,1795348801,24.9', "van"
    )
    assert [(row.line, row.vehicle, row.lat_e7) for row in recording.rows] == [
        (2, "van", 601_000_000),
        (4, "b", 602_000_000),
    ]


def test_minus_one_is_how_phones_say_nothing() -> None:
    """iOS writes -1 for a speed, a course or an accuracy that it does not know; the place is still good."""
    (row,) = of("2026-11-22T12:00:00Z,24.9,60.1,-1,-1.0,-1").rows
    assert (row.speed_cmps, row.course_cdeg, row.accuracy_dm) == (None, None, None)


def test_recordings_put_together_keep_each_their_header() -> None:
    """`cat monday.csv tuesday.csv` is one recording."""
    recording = of(GOOD, HEADER, GOOD)
    assert (len(recording.rows), recording.refused) == (2, [])


@pytest.mark.parametrize("text", ["", "lon,lat\n1,2\n", "Dear installer,\n", GOOD])
def test_a_file_without_the_header_says_what_is_expected(text: str) -> None:
    """Somebody took the wrong file."""
    recording = parse(text.encode())
    assert recording.rows == []
    assert recording.refused[0].line == 1
    assert HEADER in recording.refused[0].why


def test_what_is_read_does_not_depend_on_the_name_of_the_file(tmp_path: Path) -> None:
    """A copy of a recording gives the same facts, with the same ids; packed ones as well."""
    path = tmp_path / "van-7.csv.GZ"
    path.write_bytes(gzip.compress(f"{HEADER}\n{GOOD}\n".encode()))
    assert read(path).rows == [Arrival(2, "vehicle", AT_MS, 249_384_000, 601_699_000, None, 810, 9000, 40)]


def test_a_cut_off_packed_file_gives_what_it_has() -> None:
    """The box lost power while it wrote: the drive until then is still there, and somebody is told."""
    recording = parse(gzip.compress(f"{HEADER}\n{GOOD}\n{GOOD}\n".encode())[:-4])
    assert [row.line for row in recording.rows] == [2, 3]
    assert "damaged" in recording.refused[0].why


GPX = """<?xml version="1.0"?>
<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1" xmlns:g="http://www.garmin.com/xmlschemas/TrackPointExtension/v2">
<wpt lat="1" lon="2"><time>2026-11-22T12:00:00Z</time></wpt>
<trk><trkseg>
<trkpt lat="60.1699" lon="24.9384"><time>2026-11-22T12:00:00Z</time><hdop>2</hdop>
 <extensions><g:TrackPointExtension><g:speed>8.1</g:speed><g:course>90</g:course></g:TrackPointExtension></extensions></trkpt>
<trkpt lat="91" lon="24.9384"><time>2026-11-22T12:00:01Z</time></trkpt>
<trkpt lat="60.1700" lon="24.9384"></trkpt>
<trkpt lat="60.1701" lon="24.9384"><time>2026-11-22T11:59:00Z</time><speed>7</speed></trkpt>
</trkseg></trk></gpx>"""


def test_gpx_says_where_its_points_stand() -> None:
    """Speeds of GPX 1.1 hide in extensions; a broken point has a line too."""
    recording = parse(GPX.encode(), "van")
    assert recording.rows == [
        Arrival(5, "van", AT_MS, 249_384_000, 601_699_000, None, 810, 9000, 71, None, 200),
        Arrival(9, "van", AT_MS - 60_000, 249_384_000, 601_701_000, None, 700),
    ]
    assert [refused.line for refused in recording.refused] == [7, 8]


def test_gpx_that_breaks_off_gives_what_it_has() -> None:
    """The phone's battery died: the walk until then is still there."""
    recording = parse(GPX[: GPX.index('<trkpt lat="91')].encode(), "van")
    assert (len(recording.rows), [refused.line for refused in recording.refused]) == (1, [7])


def test_gpx_in_which_a_small_text_becomes_a_huge_one_is_refused() -> None:
    """A billion laughs are no recording."""
    recording = parse(b'<!DOCTYPE gpx [<!ENTITY a "ha">]><gpx>&a;</gpx>')
    assert "DTD" in recording.refused[0].why


def test_nmea_says_what_its_receiver_said() -> None:
    """The same bridge as in vehicles: damaged sentences are noted, positions stand."""
    drive = [encode.epoch(fix) for fix in a_drive(3)]
    recording = parse(b"# a van\r\n" + drive[0] + b"$GPRMC,1*00\r\n" + drive[1] + drive[2], "van")
    assert [(row.at_ms - AT_MS, row.lon_e7) for row in recording.rows] == [
        (0, 249_000_000), (1000, 249_001_000), (2000, 249_002_000)
    ]  # fmt: skip
    assert [row.line for row in recording.rows] == [7, 12, 17]
    assert recording.refused == []
    assert "damaged" in " ".join(recording.notes)


def test_nmea_without_a_date_says_so() -> None:
    """A place without a time cannot be put anywhere in a day."""
    sentences = b"".join(s for s in encode.epoch(a_fix()).splitlines(keepends=True) if b"GGA" in s)
    recording = parse(sentences, "van")
    assert (recording.rows, len(recording.refused)) == ([], 1)
    assert "date" in recording.refused[0].why


def test_a_receiver_that_never_saw_the_sky_is_no_bad_input() -> None:
    """It is a recording; it says no place."""
    sentences = encode.epoch(a_fix(lon=None, lat=None, at=datetime(2026, 11, 22, tzinfo=UTC)))
    recording = parse(sentences, "van")
    assert (recording.rows, recording.refused) == ([], [])
