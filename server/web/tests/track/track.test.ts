import { describe, expect, test } from "vitest";

import { advance } from "../../src/track/advance";
import { dayBounds, localDay, otherDay } from "../../src/track/dates";
import { spanOf, speedArea, ticks, topSpeedKmh } from "../../src/track/lanes";
import { indexAt, legLengthM, lengthM, speedClass, stateAt, stretches, trackFrom } from "../../src/track/track";
import { aTrack, NOON } from "../support/builders";

/** Drives 100 s, stands 200 s (seldom reporting), drives 100 s, is lost for 10 min, drives 60 s. */
const day = () =>
  aTrack(
    [0, 0, 10],
    [100, 1000, 10],
    [101, 1000, 0],
    [300, 1001, 0],
    [301, 1001, 10],
    [400, 2000, 10],
    [1000, 5000, 10],
    [1060, 5600, 10],
  );

describe("slicing", () => {
  test("a day is drives, stands and gaps without holes between them", () => {
    const found = stretches(day());
    expect(found.map(({ kind }) => kind)).toEqual(["drive", "stand", "drive", "gap", "drive"]);
    found.slice(1).forEach(({ fromMs }, i) => expect(fromMs).toBe(found[i]!.toMs));
  });
  test("a stand of less than a minute is traffic, not an event", () => {
    expect(stretches(aTrack([0, 0, 10], [10, 90, 0], [50, 90, 0], [60, 150, 10])).map(({ kind }) => kind)).toEqual([
      "drive",
    ]);
  });
  test("a long pause at one place is a stand, one that ends elsewhere is a gap", () => {
    expect(stretches(aTrack([0, 0, 0], [900, 5, 0])).map(({ kind }) => kind)).toEqual(["stand"]);
    expect(stretches(aTrack([0, 0, 0], [900, 500, 0])).map(({ kind }) => kind)).toEqual(["gap"]);
  });
  test("the length leaves gaps and standing noise out", () => {
    expect(lengthM(day())).toBeCloseTo(1000 + 999 + 600, -1);
    expect(legLengthM(day(), NOON, NOON + 100_000)).toBeCloseTo(1000, -1);
  });
  test("an empty track is a track", () => {
    const empty = trackFrom({
      type: "Feature",
      geometry: null,
      properties: {
        vehicle: "v",
        from: "",
        to: "",
        count: 0,
        coordinateProperties: { times: [], speed_mps: [], course_deg: [], accuracy_m: [], alt_m: [], flags: [] },
      },
    });
    expect([empty.count, stretches(empty), stateAt(empty, NOON)]).toEqual([0, [], null]);
  });
  test.each([
    [0, 0],
    [NaN, 0],
    [9.9 / 3.6, 0],
    [10 / 3.6, 1],
    [30 / 3.6, 2],
    [50 / 3.6, 3],
  ])("%d m/s is drawn in colour v%d", (mps, found) => expect(speedClass(mps)).toBe(found));
});

describe("the state at a time", () => {
  test("lies on the straight line between two fixes", () => {
    const state = stateAt(day(), NOON + 50_000)!;
    expect((state.lon - 24.94) * 55_597.5).toBeCloseTo(500, 3);
    expect(state.known).toBe(true);
  });
  test("is not invented in a gap", () => {
    const state = stateAt(day(), NOON + 700_000)!;
    expect((state.lon - 24.94) * 55_597.5).toBeCloseTo(2000, 3);
    expect(state.known).toBe(false);
  });
  test("is nothing before the first fix", () => {
    expect(stateAt(day(), NOON - 1)).toBeNull();
    expect([indexAt(day(), NOON), indexAt(day(), NOON + 1e9)]).toEqual([0, 7]);
  });
});

describe("the replay", () => {
  const found = stretches(day());
  test("runs at its rate while the van drives", () => {
    expect(advance(found, NOON, 1000, 10)).toBe(NOON + 10_000);
  });
  test("jumps over stands and gaps, and never backwards", () => {
    let at = NOON;
    let frames = 0;
    for (; at < NOON + 1_060_000 && frames < 10_000; frames++) {
      const next = advance(found, at, 16, 60);
      expect(next).toBeGreaterThan(at);
      at = next;
    }
    expect(frames).toBeLessThan((100 + 100 + 60 + 4 * 18 + 60) / (0.016 * 60) + 10);
  });
});

describe("the axis", () => {
  test("a window stays inside the day", () => {
    const hours = aTrack(...Array.from({ length: 400 }, (_, i): [number, number, number] => [i * 60, i, 1]));
    const last = NOON + 399 * 60_000;
    expect(spanOf(hours, last, "hour")).toEqual({ fromMs: last - 3_600_000, toMs: last });
    expect(spanOf(hours, last, "day")).toEqual({ fromMs: NOON, toMs: last });
  });
  test("ticks are whole and not more than asked for", () => {
    const found = ticks({ fromMs: NOON, toMs: NOON + 6 * 3_600_000 }, 7);
    expect(found.length).toBeLessThanOrEqual(7);
    found.forEach((ms) => expect(new Date(ms).getMinutes()).toBe(0));
  });
  test("a peak of one fix is not lost, and a gap has no speed", () => {
    const track = aTrack([0, 0, 1], [100, 0, 1], [101, 0, 25], [102, 0, 1], [1000, 0, 1], [1100, 0, 1]);
    const span = spanOf(track, NOON, "day");
    const heights = speedArea(track, span, topSpeedKmh(track, span), 110)
      .match(/L\d+ [\d.]+/g)!
      .map((at) => Number(at.split(" ")[1]));
    expect(Math.min(...heights)).toBe(4);
    expect(heights[50]).toBe(56);
  });
});

test("a local day has its own bounds, also over the change of clocks", () => {
  const [from, to] = dayBounds("2026-03-29");
  expect([from.getHours(), to.getHours(), to.getDate()]).toEqual([0, 0, 30]);
  expect([otherDay("2026-03-01", -1), otherDay("2026-12-31", 1)]).toEqual(["2026-02-28", "2027-01-01"]);
  expect(localDay(new Date(2026, 0, 5, 23, 59))).toBe("2026-01-05");
});
