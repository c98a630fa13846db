"""Strategies: fences anywhere on Earth, and positions about them."""

import math

from hypothesis import strategies as st

from tests.server.domain.fences.reference import GEOD, a_circle, a_corridor, an_area

LON = st.one_of(st.floats(-180, 180), st.sampled_from([0.0, 179.9999, 180.0, -180.0, -179.999, 181.5]))
LAT = st.one_of(st.floats(-80, 80), st.floats(80, 90), st.floats(-90, -80), st.sampled_from([0.0, 90.0, -90.0]))
SIZE_M = st.floats(0, 5.5).map(lambda power: 10**power * 10)
"""10 m to 3,000 km; as many small ones as large ones."""


@st.composite
def stars(draw, lon, lat, size_m):
    """A ring that does not cross itself: corners by their bearing in the plane of lon and lat."""
    count = draw(st.integers(3, 12))
    high = size_m / 111_000
    wide = min(high / max(0.05, math.cos(math.radians(lat))), 80)
    turn = draw(st.sampled_from([-1, 1]))
    ring = []
    for number in range(count):
        share = draw(st.floats(0.3, 1))
        angle = turn * 2 * math.pi * number / count
        ring.append((lon + wide * share * math.cos(angle), lat + high * share * math.sin(angle)))
    return ring


@st.composite
def areas(draw):
    size_m = min(draw(SIZE_M), 1_000_000)
    room = 89 - size_m / 111_000
    lon, lat = draw(LON), max(-room, min(room, draw(LAT)))
    rings = [draw(stars(lon, lat, size_m))]
    if draw(st.booleans()):
        rings.append([(lon + (x - lon) * 0.1, lat + (y - lat) * 0.1) for x, y in draw(stars(lon, lat, size_m))])
    return an_area(rings)


@st.composite
def caps(draw):
    """Rings round a pole, perhaps with a hole round it."""
    pole, count = draw(st.sampled_from([-1, 1])), draw(st.integers(3, 9))
    first, turn = draw(LON), draw(st.sampled_from([-1, 1]))

    def ring(low, high):
        # Edges of 120 degrees are straight in lon and lat: between their ends they reach no lower than these.
        return [((first + turn * 360 * number / count), pole * draw(st.floats(low, high))) for number in range(count)]

    return an_area([ring(40, 70), ring(75, 89)][: draw(st.integers(1, 2))])


@st.composite
def circles(draw):
    return a_circle(draw(LON), draw(LAT), draw(SIZE_M.filter(lambda size: size <= 2_000_000)))


@st.composite
def corridors(draw):
    size_m, lon, lat = draw(SIZE_M), draw(LON), draw(LAT)
    line = [(lon, lat)]
    for _ in range(draw(st.integers(1, 4))):
        step = size_m / 111_000
        lon += draw(st.floats(-1, 1)) * min(step / max(0.01, math.cos(math.radians(lat))), 170)
        lat = max(-90, min(90, lat + draw(st.floats(-1, 1)) * step))
        line.append((lon, lat))
    return a_corridor(tuple(line), width_m=min(size_m, 100_000) * draw(st.floats(0.05, 2)))


FENCES = st.one_of(areas(), caps(), circles(), corridors())


@st.composite
def beside(draw, fence):
    """A position, as whole 1e-7 degrees, near some corner or place of the fence's lines."""
    lines = [line for part in fence.geometry.parts for line in part]
    line = draw(st.sampled_from(lines))
    number, share = draw(st.integers(0, len(line) - 1)), draw(st.sampled_from([0, 0.5, 0.123, 1]))
    (lon, lat), (to_lon, to_lat) = line[number], line[min(number + 1, len(line) - 1)]
    turn = (to_lon - lon + 180) % 360 - 180
    off = fence.half_m * draw(st.sampled_from([0, 0.5, 0.99, 1, 1.01])) + 10 ** draw(st.floats(-2, 3.5))
    lon, lat, _ = GEOD.fwd(lon + share * turn, lat + share * (to_lat - lat), draw(st.floats(0, 360)), off)
    return round(lon * 1e7), round(lat * 1e7)
