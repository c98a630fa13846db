import { describe, expect, test } from "vitest";

import {
  areaM2,
  circleRing,
  eastNorth,
  metresBetween,
  placeFrom,
  ringAlong,
  ringAround,
  type LonLat,
} from "../../src/fences/ground";

const HERE: LonLat = [24.94, 60.17];
const at = (east: number, north: number): LonLat => placeFrom(HERE, [east, north]);
const SQUARE = [at(0, 0), at(100, 0), at(100, 100), at(0, 100)];

/** Metres from a place to the nearest point of a ring. */
function off(ring: LonLat[], place: LonLat): number {
  const points = [...ring, ring[0]!].map((corner) => eastNorth(place, corner));
  let least = Infinity;
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1]!, points[i]!];
    const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    const part = Math.max(0, Math.min(1, -(a[0] * dx + a[1] * dy) / (dx * dx + dy * dy || 1)));
    least = Math.min(least, Math.hypot(a[0] + part * dx, a[1] + part * dy));
  }
  return least;
}

describe("metres on the ground", () => {
  test.each([0, 45, 60.17, 80])("a plane is as good as the sphere at latitude %d", (lat) => {
    const origin: LonLat = [24, lat];
    const place = placeFrom(origin, [300, -400]);
    expect(metresBetween(origin, place)).toBeCloseTo(500, 1);
    expect(eastNorth(origin, place)[0]).toBeCloseTo(300, 6);
  });
  test("the antimeridian is crossed the short way", () => {
    expect(metresBetween([179.999, 0], [-179.999, 0])).toBeCloseTo(222.4, 0);
    expect(eastNorth([179.999, 0], [180.001, 0])[0]).toBeCloseTo(222.4, 0);
  });
  test("an area does not depend on the way round", () => {
    expect(areaM2(SQUARE)).toBeCloseTo(10_000, 0);
    expect(areaM2(SQUARE.toReversed())).toBeCloseTo(10_000, 0);
  });
});

describe("outlines", () => {
  test("a circle's ring has its radius", () => {
    for (const corner of circleRing(HERE, 50)) expect(metresBetween(HERE, corner)).toBeCloseTo(50, 2);
  });
  test.each([
    ["a square", SQUARE],
    ["the same the other way round", SQUARE.toReversed()],
    ["an L", [at(0, 0), at(200, 0), at(200, 60), at(60, 60), at(60, 200), at(0, 200)]],
  ])("a margin runs everywhere as far outside %s", (_, ring) => {
    for (const corner of ringAround(ring, 25)) expect(off(ring, corner)).toBeCloseTo(25, 0);
  });
  test("a corridor is as wide to both sides, with round ends", () => {
    const line = [at(0, 0), at(300, 0), at(300, 300)];
    const ring = ringAlong(line, 20);
    const back = [...line, ...line.slice(1, -1).toReversed()];
    for (const corner of ring) expect(off(back, corner)).toBeCloseTo(20, 0);
    expect(areaM2(ring)).toBeGreaterThan(2 * 300 * 40);
    expect(Math.min(...ring.map((corner) => eastNorth(HERE, corner)[0]))).toBeCloseTo(-20, 1);
  });
  test("two corners in one place, or only one corner, draw something sane", () => {
    expect(ringAlong([HERE, HERE], 20).length).toBeGreaterThan(8);
    expect(ringAlong([], 20)).toEqual([]);
  });
});
