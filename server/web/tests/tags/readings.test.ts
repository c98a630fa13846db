import { describe, expect, it } from "vitest";

import type { Limit, Tag } from "../../src/api/custody_types";
import { outS, partsOf, rowsOf, scaleOf, type Point } from "../../src/tags/readings";
import { forecast, isLow, limitFaults, limitWords, shortId } from "../../src/tags/words";

const MIN = 60_000;
const LIMIT: Limit = { quantity: "temperature_c", min: 2, max: 8, dwell_s: 600 };
const every5 = (values: number[]): Point[] => values.map((value, i) => ({ atMs: i * 5 * MIN, value }));
const plain = (text: string): string => text.replaceAll("\u00a0", " ");

describe("readings", () => {
  it("are out of their limits from a reading to the next one, not over a gap", () => {
    expect(outS(every5([5, 9, 9, 5]), LIMIT)).toBe(600);
    const gap = [
      { atMs: 0, value: 9 },
      { atMs: 120 * MIN, value: 9 },
    ];
    expect(outS(gap, LIMIT)).toBe(0);
    expect(partsOf(gap)).toHaveLength(2);
  });

  it("have a scale that holds them and their limits", () => {
    for (const values of [[4, 5], [-21.3, -18], [7], [0.001, 0.0012]]) {
      const { low, high, ticks } = scaleOf(every5(values), LIMIT);
      expect(low).toBeLessThanOrEqual(Math.min(...values, 2));
      expect(high).toBeGreaterThanOrEqual(Math.max(...values, 8));
      expect(ticks.length).toBeGreaterThan(2);
      expect(ticks.length).toBeLessThan(10);
    }
    expect(scaleOf([], undefined).ticks.length).toBeGreaterThan(1);
  });

  it("are a table by the hour", () => {
    const rows = rowsOf(every5([4, 5, 6, 4, 4, 4, 4, 4, 4, 4, 4, 4, 9]), 86_400_000);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({ least: 4, most: 6 });
    expect(rows[1]).toMatchObject({ atMs: 60 * MIN, mean: 9 });
  });
});

describe("tags in words", () => {
  const now = new Date("2026-11-24T12:00:00Z");
  const ends = (battery_ends_at: string | null) => plain(forecast({ battery_ends_at }, now));

  it("say the month, the day when it is near, the year when it is far", () => {
    expect(ends("2027-03-14T00:00:00Z")).toBe("until about March");
    expect(ends("2026-12-08T00:00:00Z")).toBe("until about 8 Dec");
    expect(ends("2028-03-14T00:00:00Z")).toBe("until about March 2028");
    expect(ends("2026-11-20T00:00:00Z")).toBe("ends now");
    expect(ends(null)).toBe("");
  });

  it("know a low battery by its percent or by its end", () => {
    const tag = { battery_percent: 60, battery_ends_at: "2026-12-08T00:00:00Z" } as Tag;
    expect(isLow(tag, now)).toBe(true);
    expect(isLow({ ...tag, battery_ends_at: null }, now)).toBe(false);
    expect(isLow({ ...tag, battery_percent: 19, battery_ends_at: null }, now)).toBe(true);
  });

  it("keep the end of a long id, which says which it is", () => {
    expect(shortId("b9407f30-f5f8-466e-aff9-25556b57fe6d/4/17")).toBe("b940…/4/17");
    expect(shortId("AA:BB:CC:DD:EE:FF")).toBe("AA:BB:CC:DD:EE:FF");
  });

  it("find what is wrong with limits", () => {
    expect(plain(limitWords(LIMIT))).toBe("Temperature 2 to 8 °C, 10 min");
    expect(plain(limitWords({ ...LIMIT, min: null, dwell_s: 0 }))).toBe("Temperature at most 8 °C");
    const faults = limitFaults([LIMIT, { ...LIMIT, min: 9 }, { ...LIMIT, min: null, max: null }, LIMIT]);
    expect([...faults.keys()]).toEqual([1, 2, 3]);
  });
});
