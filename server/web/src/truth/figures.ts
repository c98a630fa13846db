/** How true statements were: shares with their doubt, and worlds taken together. Pure. */

import type { Score, World } from "../api/custody_types";

/** Fewer cases than these say nothing that could be ranked. */
export const FEW = 20;

export const share = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

/** Between what the true share lies, 19 in 20 times (Wilson's interval). */
export function interval(part: number, whole: number): [low: number, high: number] {
  if (!whole) return [0, 1];
  const z = 1.96;
  const p = part / whole;
  const middle = (p + (z * z) / (2 * whole)) / (1 + (z * z) / whole);
  const half = (z / (1 + (z * z) / whole)) * Math.sqrt((p * (1 - p)) / whole + (z * z) / (4 * whole * whole));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

export interface Dot {
  said: number;
  was: number;
  low: number;
  high: number;
  count: number;
}

/** The points of the reliability diagram: what was said in each step, and how often it was so. */
export function dotsOf({ reliability }: Pick<Score, "reliability">): Dot[] {
  return reliability
    .filter(({ said }) => said > 0)
    .map(({ p_from, p_to, p_mean, said, true: so }) => {
      const [low, high] = interval(so, said);
      return { said: p_mean ?? (p_from + p_to) / 2, was: so / said, low, high, count: said };
    });
}

const sum = (values: number[]): number => values.reduce((all, each) => all + each, 0);

type Step = Score["reliability"][number];

/** What was said in a step of several worlds, in the mean; null where nobody says it. */
function meanOf(steps: (Step | undefined)[]): number | null {
  const known = steps.filter((step) => step?.p_mean != null) as (Step & { p_mean: number })[];
  const count = sum(known.map(({ said }) => said));
  return count ? sum(known.map(({ p_mean, said }) => p_mean * said)) / count : null;
}

/** Several worlds as one: counts are added, rates weighted by what they are of. */
export function together(worlds: World[]): World | null {
  const [first, ...rest] = worlds;
  if (!first || !rest.length) return first ?? null;
  const total = (
    key:
      | "parcels"
      | "statements"
      | "wrong"
      | "sure"
      | "sure_true"
      | "sure_named"
      | "false_alarms"
      | "left"
      | "left_noticed"
      | "misloads"
      | "misloads_noticed_before_gate"
      | "handed_over"
      | "handed_over_noticed",
  ) => sum(worlds.map((world) => world[key]));
  const weighed = (value: (world: World) => number, weight: (world: World) => number): number =>
    sum(worlds.map((world) => value(world) * weight(world))) / (sum(worlds.map(weight)) || 1);
  const steps = first.reliability.map((step, i) => ({
    ...step,
    p_mean: meanOf(worlds.map((world) => world.reliability[i])),
    said: sum(worlds.map((world) => world.reliability[i]?.said ?? 0)),
    true: sum(worlds.map((world) => world.reliability[i]?.true ?? 0)),
  }));
  return {
    name: "all",
    ordinary: worlds.every(({ ordinary }) => ordinary),
    parcels: total("parcels"),
    statements: total("statements"),
    wrong: total("wrong"),
    sure: total("sure"),
    sure_true: total("sure_true"),
    sure_named: total("sure_named"),
    false_alarms: total("false_alarms"),
    left: total("left"),
    left_noticed: total("left_noticed"),
    misloads: total("misloads"),
    misloads_noticed_before_gate: total("misloads_noticed_before_gate"),
    handed_over: total("handed_over"),
    handed_over_noticed: total("handed_over_noticed"),
    brier: weighed(
      ({ brier }) => brier,
      ({ statements }) => statements,
    ),
    false_alarms_per_1000: weighed(
      ({ false_alarms_per_1000: rate }) => rate,
      ({ parcels }) => parcels,
    ),
    delay_s: { p50: null, p90: Math.max(...worlds.map(({ delay_s }) => delay_s.p90 ?? 0)) || null },
    reliability: steps,
  };
}
