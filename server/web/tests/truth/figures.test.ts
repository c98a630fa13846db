import { describe, expect, it } from "vitest";

import type { World } from "../../src/api/custody_types";
import { dotsOf, interval, together } from "../../src/truth/figures";

const aWorld = (more: Partial<World>): World => ({
  name: "docks",
  ordinary: true,
  parcels: 100,
  statements: 1000,
  wrong: 60,
  sure: 900,
  sure_true: 890,
  sure_named: 850,
  brier: 0.02,
  reliability: [
    { p_from: 0, p_to: 0.5, said: 0, true: 0, p_mean: null },
    { p_from: 0.5, p_to: 1, said: 100, true: 75, p_mean: null },
  ],
  misloads: 10,
  misloads_noticed_before_gate: 10,
  false_alarms: 1,
  false_alarms_per_1000: 1,
  delay_s: { p50: 20, p90: 60 },
  handed_over: 40,
  handed_over_noticed: 39,
  left: 4,
  left_noticed: 3,
  ...more,
});

describe("truth", () => {
  it("draws only what was said, with its doubt", () => {
    const [dot, ...rest] = dotsOf(aWorld({}));
    expect(rest).toEqual([]);
    expect(dot).toMatchObject({ said: 0.75, was: 0.75, count: 100 });
    expect(dot!.low).toBeCloseTo(0.657, 2);
    expect(dot!.high).toBeCloseTo(0.825, 2);
  });

  it("is never sure of few", () => {
    expect(interval(3, 3)[0]).toBeLessThan(0.5);
    expect(interval(0, 0)).toEqual([0, 1]);
  });

  it("adds counts and weighs rates by what they are of", () => {
    const both = together([
      aWorld({}),
      aWorld({ statements: 3000, brier: 0.1, parcels: 300, false_alarms_per_1000: 5 }),
    ])!;
    expect(both.statements).toBe(4000);
    expect(both.brier).toBeCloseTo(0.08);
    expect(both.false_alarms_per_1000).toBeCloseTo(4);
    expect(both.reliability[1]).toMatchObject({ said: 200, true: 150 });
    expect(together([])).toBeNull();
  });
});
