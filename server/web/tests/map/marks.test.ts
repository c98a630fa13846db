import { describe, expect, test } from "vitest";

import { mercatorX, mercatorY, standAt } from "../../src/fleet/glide";
import { clustersIn, MOST_IN_VIEW } from "../../src/map/vehicles/clusters";
import { paceMs } from "../../src/map/vehicles/pace";
import { nearest } from "../../src/map/vehicles/pick";

const mark = (lon: number, lat = 60) => ({ glide: standAt({ lon, lat, speedMps: 0, courseDeg: null }, 0) });
const world = { west: 0, north: 0, east: 1, south: 1 };

describe("groups", () => {
  const many = Array.from({ length: MOST_IN_VIEW + 1 }, (_, i) => mark(24 + (i % 30) * 0.001));
  test("there are none while few enough are in view", () => {
    expect(clustersIn(many.slice(1), world, 10)).toEqual([]);
    expect(clustersIn(many, { ...world, east: mercatorX(24) - 1e-9 }, 10)).toEqual([]);
  });
  test("every vehicle is in one group or stands alone, and none is lost", () => {
    const groups = clustersIn(many, world, 10);
    const members = groups.flatMap((group) => group.members);
    expect(new Set(members).size).toBe(members.length);
    groups.forEach((group) => expect(group.members.length).toBeGreaterThan(1));
  });
  test("closer in there are more of them", () => {
    expect(clustersIn(many, world, 14).length).toBeGreaterThan(clustersIn(many, world, 8).length);
  });
});

describe("the pace of frames", () => {
  const driving = {
    ...mark(24),
    glide: {
      ...standAt({ lon: 24, lat: 60, speedMps: 10, courseDeg: 90 }, 0),
      x1: mercatorX(24) + 10 / 20_037_508,
      durationS: 1,
    },
  };
  test("the closer, the more frames; a whole city needs few", () => {
    expect(paceMs([driving], 0, 18)).toBeLessThan(20);
    expect(paceMs([driving], 0, 8)).toBe(250);
  });
  test("nothing moves, nothing is drawn", () => {
    expect(paceMs([driving], 1, 18)).toBeNull();
    expect(paceMs([mark(24)], 0, 18)).toBeNull();
  });
});

test("the mark under the pointer is the nearest within 20 px, as it is drawn", () => {
  const [a, b] = [mark(24), mark(24.001)];
  const pxPerUnit = 512 * 2 ** 14;
  const at = { x: mercatorX(24.0002), y: mercatorY(60) };
  expect(nearest([a, b], at, pxPerUnit, 0)).toBe(a);
  expect(nearest([a, b], { ...at, y: at.y + 30 / pxPerUnit }, pxPerUnit, 0)).toBeUndefined();
});
