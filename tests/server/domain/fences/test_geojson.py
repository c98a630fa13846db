"""Fences from GeoJSON and back."""

import json

import pytest

from server.domain.fences.geojson import FencesError, decode_fences, read_fences, write_fences
from server.domain.fences.sentence import fence_sentence

SQUARE = [[24.93, 60.16], [24.95, 60.16], [24.95, 60.17], [24.93, 60.17], [24.93, 60.16]]
HOLE = [[24.94, 60.162], [24.945, 60.162], [24.945, 60.165], [24.94, 60.162]]


def a_feature(id="depot", geometry=None, **properties):  # noqa: A002 - the member of a Feature
    return {
        "type": "Feature",
        "id": id,
        "geometry": geometry or {"type": "Point", "coordinates": [24.94, 60.17]},
        "properties": properties if geometry or "radius_m" in properties else {"radius_m": 150, **properties},
    }


def a_collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


FULL = a_feature(
    name="Kamppi",
    site=True,
    radius_m=150,
    margin_m=10,
    dwell_s=900,
    hours="mon–fri 11-15; Sat 10:00-12:00, 13:00-14:00; PH off",
    time_zone="Europe/Helsinki",
    holidays=["2026-12-25"],
    speed_limit_kmh=30,
    vehicles=["van-2", "van-1"],
    colour="red",
)


def test_a_fence_says_what_its_feature_said():
    (fence,) = read_fences(FULL)
    assert (fence.id, fence.name, fence.kind, fence.site) == ("depot", "Kamppi", "circle", True)
    assert (fence.radius_m, fence.margin_m, fence.dwell_s) == (150, 10, 900)
    assert fence.speed_limit_mps == pytest.approx(8.3333333)
    assert fence.vehicles == {"van-1", "van-2"}
    assert fence.other == {"colour": "red"}
    assert fence_sentence(fence) == (
        "A site, 150 m around its centre, Mon to Fri 11:00–15:00, Sat 10:00–12:00 and 13:00–14:00, not on holidays "
        "(Europe/Helsinki). Tells when a vehicle has stayed for 15 min. The speed limit is 30 km/h. "
        "Counts for van-1, van-2."
    )


SHAPES = {
    "Polygon": [SQUARE, HOLE],
    "MultiPolygon": [[SQUARE], [[[25.0, 60], [25.1, 60], [25.1, 60.1], [25, 60]]]],
    "LineString": SQUARE,
    "MultiLineString": [SQUARE, HOLE],
    "Point": [181.5, 60],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_file_goes_round(shape):
    sizes = {"radius_m": 10} if shape == "Point" else {"width_m": 50} if "Line" in shape else {}
    geometry = {"type": shape, "coordinates": SHAPES[shape]}
    fences = read_fences(a_collection(a_feature(geometry=geometry, **sizes, colour="red"), FULL | {"id": 7}))
    again = decode_fences(json.dumps(write_fences(fences)))
    assert again == fences
    assert write_fences(again)["features"][0]["geometry"] == geometry


WRONG = {
    "has no id": a_feature(id=None),
    "needs radius_m": {**a_feature(), "properties": {}},
    "needs width_m": a_feature(geometry={"type": "LineString", "coordinates": SQUARE}),
    "width_m is for a corridor": a_feature(width_m=3),
    "radius_m is": a_feature(radius_m=0),
    "radius_m is 'nan'": a_feature(radius_m=float("nan")),
    "radius_m is '3000000'": a_feature(radius_m=3_000_000),
    "latitude of": a_feature(geometry={"type": "Point", "coordinates": [60, 124.9]}, radius_m=3),
    "two numbers": a_feature(geometry={"type": "Point", "coordinates": [float("nan"), 2]}, radius_m=3),
    "crosses itself near 24.94000, 60.16500": a_feature(
        geometry={"type": "Polygon", "coordinates": [[[24.93, 60.16], [24.95, 60.17], [24.95, 60.16], [24.93, 60.17]]]}
    ),
    "lie on one line": a_feature(geometry={"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [2, 2]]]}),
    "fewer than 3": a_feature(geometry={"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]}),
    "more than 10,000": a_feature(
        geometry={"type": "LineString", "coordinates": [[i / 1e3, 0] for i in range(10_002)]}
    ),
    "write a Point, Polygon": a_feature(geometry={"type": "GeometryCollection", "geometries": []}),
    "not known": a_feature(hours="Mon 10-12", time_zone="Helsinki"),
    "time_zone": a_feature(hours="Mon 10-12", time_zone="../../etc/passwd"),
    "no day 'tag'": a_feature(hours="Tag 10-12"),
    "never come": a_feature(hours="Mon off"),
    "dates such as": a_feature(hours="Mon 10-12", holidays=["Christmas"]),
    "vehicles is empty": a_feature(vehicles=[]),
    "site is": a_feature(site="yes"),
}


@pytest.mark.parametrize("words", WRONG)
def test_a_mistake_is_told_with_its_feature_and_what_to_write(words):
    with pytest.raises(FencesError) as error:
        read_fences(a_collection(a_feature(id="good"), WRONG[words]))
    assert words in str(error.value)
    assert str(error.value).startswith("Feature 1")


def test_all_mistakes_are_told_at_once():
    with pytest.raises(FencesError) as error:
        read_fences(
            a_collection(a_feature(id=1, radius_m=-1), a_feature(id=1), a_feature(id=1.0), a_feature(margin_m=-1))
        )
    assert len(error.value.problems) == 3
    assert "'1' is there more than once" in str(error.value)


@pytest.mark.parametrize("text", [b"{", b"[]", b"\xff", b'{"type":"FeatureCollection"}', b"[" * 100_000])
def test_what_is_no_geojson_is_refused(text):
    with pytest.raises(FencesError, match="write "):
        decode_fences(text)
