import { describe, expect, test } from "vitest";

import { eastNorth, placeFrom, type LonLat } from "../../src/fences/ground";
import { changed, goesOn, historyOf, redone, undone } from "../../src/fences/history";
import {
  cornersOf,
  EDGE,
  emptyShape,
  FIRST,
  inserted,
  isWhole,
  measure,
  middlesOf,
  moved,
  nudged,
  outlines,
  removed,
  withNext,
  type Shape,
} from "../../src/fences/shape";

const HERE: LonLat = [24.94, 60.17];
const at = (east: number, north: number): LonLat => placeFrom(HERE, [east, north]);
const drawn = (kind: "area" | "corridor", ...places: LonLat[]): Shape =>
  places.reduce<Shape>((shape, place) => withNext(shape, place), emptyShape(kind));
const area = drawn("area", at(0, 0), at(100, 0), at(100, 100));

describe("drawing", () => {
  test("an area is whole with three corners, a corridor with two, a circle with its centre", () => {
    expect(isWhole(drawn("area", at(0, 0), at(1, 0)))).toBe(false);
    expect(isWhole(area)).toBe(true);
    expect(isWhole(drawn("corridor", at(0, 0)))).toBe(false);
    expect(isWhole(drawn("corridor", at(0, 0), at(9, 0)))).toBe(true);
    expect(isWhole(emptyShape("circle"))).toBe(false);
    expect(isWhole(withNext(emptyShape("circle"), HERE))).toBe(true);
  });
  test("lengths and areas are those on the ground", () => {
    expect(measure(area).areaM2).toBeCloseTo(5000, -1);
    expect(measure(area).lengthM).toBeCloseTo(200 + Math.hypot(100, 100), 0);
    expect(measure(drawn("corridor", at(0, 0), at(250, 0))).lengthM).toBeCloseTo(250, 1);
  });
  test("a hole is no part of the area", () => {
    const hole = [at(60, 20), at(90, 20), at(90, 50)];
    const shape: Shape = { kind: "area", polygons: [[...(area as { polygons: LonLat[][][] }).polygons[0]!, hole]] };
    expect(measure(shape).areaM2).toBeCloseTo(5000 - 450, -1);
  });
});

describe("editing", () => {
  test("a middle that is taken hold of is a new corner there", () => {
    const [first] = middlesOf(area);
    const shape = inserted(area, first!, first!.at);
    expect(cornersOf(shape)).toHaveLength(4);
    const [east, north] = eastNorth(HERE, cornersOf(shape)[1]!.at);
    expect(east).toBeCloseTo(50, 1);
    expect(north).toBeCloseTo(0, 1);
  });
  test("arrows move a corner by a metre, north is up", () => {
    const shape = nudged(area, { ...FIRST, corner: 2 }, [1, 10]);
    const [east, north] = eastNorth(HERE, cornersOf(shape)[2]!.at);
    expect(east).toBeCloseTo(101, 1);
    expect(north).toBeCloseTo(110, 1);
    expect(cornersOf(shape)[1]).toEqual(cornersOf(area)[1]);
  });
  test("a circle is moved by its centre and sized by its edge", () => {
    const circle = withNext(emptyShape("circle"), HERE);
    expect(moved(circle, EDGE, at(0, 80))).toMatchObject({ radiusM: 80 });
    expect(nudged(circle, EDGE, [1, 0])).toMatchObject({ radiusM: 51 });
    expect(nudged(circle, EDGE, [-500, 0])).toMatchObject({ radiusM: 1 });
    const there = nudged(circle, FIRST, [0, 10]);
    expect(eastNorth(HERE, cornersOf(there)[0]!.at)[1]).toBeCloseTo(10, 1);
  });
  test("what is left of too few corners goes, but not what is being drawn", () => {
    const two: Shape = {
      kind: "area",
      polygons: [[...(area as { polygons: LonLat[][][] }).polygons[0]!], [[at(0, 200), at(9, 200), at(9, 209)]]],
    };
    expect(cornersOf(removed(two, { polygon: 1, ring: 0, corner: 0 }))).toHaveLength(3);
    expect(cornersOf(removed(area, FIRST))).toHaveLength(2);
    expect(isWhole(removed(area, FIRST))).toBe(false);
    expect(cornersOf(removed(withNext(emptyShape("circle"), HERE), FIRST))).toHaveLength(0);
  });
  test("a margin of nothing is no second line", () => {
    expect(outlines(area, 0).margin).toEqual([]);
    expect(outlines(area, 25).margin).toHaveLength(1);
    expect(outlines(drawn("area", at(0, 0)), 25)).toEqual({ edge: [], margin: [] });
  });
});

describe("undo", () => {
  test("goes back step by step, and forth again", () => {
    const history = changed(changed(historyOf("a"), "b"), "c");
    expect(undone(undone(history)).now).toBe("a");
    expect(undone(undone(undone(history))).now).toBe("a");
    expect(redone(undone(history)).now).toBe("c");
    expect(redone(history).now).toBe("c");
    expect(changed(undone(history), "d").future).toEqual([]);
  });
  test("a drag is one step", () => {
    expect(undone(goesOn(goesOn(changed(historyOf("a"), "b"), "c"), "d")).now).toBe("a");
  });
});
