import { describe, expect, test } from "vitest";

import type { FenceFeature } from "../../src/api/types";
import { draftFrom, emptyDraft, featureFrom, numberIn, problemsOf } from "../../src/fences/draft";
import { areaWords, fenceLine, metres, placeWords } from "../../src/fences/words";
import { withNext } from "../../src/fences/shape";

const KEPT = { version: 3, since: "2026-11-22T10:00:00.000Z", changed_by: "riikka", type: "Feature" as const };
const RING = [
  [24.9, 60.1],
  [24.91, 60.1],
  [24.91, 60.11],
  [24.9, 60.1],
];
const HOLE = [
  [24.905, 60.102],
  [24.905, 60.104],
  [24.907, 60.104],
  [24.905, 60.102],
];

const aFence = (geometry: FenceFeature["geometry"], properties: FenceFeature["properties"] = {}): FenceFeature => ({
  ...KEPT,
  id: "depot",
  geometry,
  properties: { name: "Depot", ...properties },
});
const plain = (text: string): string => text.replaceAll("\u00a0", " ");

describe("a feature and its draft", () => {
  test.each([
    ["a circle", aFence({ type: "Point", coordinates: [24.9, 60.1] }, { radius_m: 120, site: true, margin_m: 10 })],
    ["an area with a hole", aFence({ type: "Polygon", coordinates: [RING, HOLE] }, { margin_m: 25 })],
    ["two areas", aFence({ type: "MultiPolygon", coordinates: [[RING], [RING]] }, { margin_m: 25, dwell_s: 90 })],
    ["a corridor", aFence({ type: "LineString", coordinates: RING.slice(0, 2) }, { width_m: 40, margin_m: 25 })],
    ["two lines", aFence({ type: "MultiLineString", coordinates: [RING, HOLE] }, { width_m: 40, margin_m: 25 })],
    [
      "everything that can be said",
      aFence(
        { type: "Point", coordinates: [24.9, 60.1] },
        {
          radius_m: 50,
          margin_m: 30,
          dwell_s: 300,
          hours: "Mon-Fri 11:00-15:00",
          time_zone: "Europe/Helsinki",
          holidays: ["2026-12-24"],
          speed_limit_kmh: 30,
          vehicles: ["van-1"],
          colour: "red",
        },
      ),
    ],
  ])("%s comes back as it was", (_, feature) => {
    const { type, geometry, properties } = feature;
    expect(featureFrom(draftFrom(feature, "UTC"))).toEqual({ type, geometry, properties });
  });
  test("rings are turned as the standard has them", () => {
    const feature = aFence({ type: "Polygon", coordinates: [RING.toReversed()] });
    expect(featureFrom(draftFrom(feature, "UTC")).geometry.coordinates).toEqual([[RING[1], RING[2], RING[0], RING[1]]]);
  });
});

describe("what has to be mended", () => {
  const drawn = {
    ...emptyDraft("circle", "UTC"),
    name: "A",
    shape: withNext(emptyDraft("circle", "UTC").shape, [1, 2]),
  };
  test("a new one needs a name and a shape", () => {
    expect(Object.keys(problemsOf(emptyDraft("area", "UTC")))).toEqual(["name", "shape"]);
    expect(problemsOf(drawn)).toEqual({});
  });
  test.each([
    ["margin", { margin: "wide" }],
    ["margin", { margin: "-1" }],
    ["wait", { wait: "0" }],
    ["limit", { limit: "fast" }],
    ["holidays", { holidays: "24.12." }],
    ["vehicles", { vehicles: [] }],
    ["size", { shape: { ...drawn.shape, radiusM: 0 } }],
  ])("%s says what to write", (field, change) => {
    expect(Object.keys(problemsOf({ ...drawn, ...change } as typeof drawn))).toEqual([field]);
  });
  test("figures may have their unit and a comma", () => {
    expect(["12", "12,5 m", " 12.5m ", "30 km/h", "5 min"].map(numberIn)).toEqual([12, 12.5, 12.5, 30, 5]);
    expect(["", "m", "1 2", "1e3", "ten"].map(numberIn)).toEqual([null, null, null, null, null]);
  });
});

describe("words", () => {
  test("areas and lengths have the unit that fits", () => {
    expect([820, 24_000, 1_200_000, 45_000_000].map(areaWords).map(plain)).toEqual([
      "820 m²",
      "2.4 ha",
      "1.2 km²",
      "45 km²",
    ]);
    expect([120, 1200].map(metres).map(plain)).toEqual(["120 m", "1.2 km"]);
    expect(placeWords([-181, -0.5])).toBe("0.50000 south, 179.00000 east");
  });
  test("the list says what a fence is", () => {
    const line = fenceLine(
      aFence({ type: "Point", coordinates: [1, 2] }, { radius_m: 120, hours: "Sat 8-9", vehicles: ["a"] }),
    );
    expect(plain(line)).toBe("Circle, 120 m · Sat 8-9 · 1 van");
  });
});
