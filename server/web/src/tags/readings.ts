/** A sensor's readings as a curve: its parts, its scale, how long it was out of its limits, and its hours. Pure. */

import type { Limit } from "../api/custody_types";

export interface Point {
  atMs: number;
  value: number;
}

/** Nothing was heard for so long: no line is drawn over that. */
const GAP_MS = 45 * 60_000;

export const pointsOf = (points: readonly [string, number][]): Point[] =>
  points.map(([at, value]) => ({ atMs: Date.parse(at), value }));

/** The curve's parts, apart where nothing was heard. */
export function partsOf(points: readonly Point[]): Point[][] {
  const parts: Point[][] = [];
  points.forEach((point, i) => {
    if (!i || point.atMs - points[i - 1]!.atMs > GAP_MS) parts.push([]);
    parts.at(-1)!.push(point);
  });
  return parts;
}

export const isOut = (value: number, limit: Limit | undefined): boolean =>
  limit !== undefined && ((limit.min !== null && value < limit.min) || (limit.max !== null && value > limit.max));

/** How long it was out of its limits, each reading counted until the next one. */
export function outS(points: readonly Point[], limit: Limit | undefined): number {
  let ms = 0;
  for (const part of partsOf(points))
    part.slice(0, -1).forEach((point, i) => {
      if (isOut(point.value, limit)) ms += part[i + 1]!.atMs - point.atMs;
    });
  return ms / 1000;
}

/** A scale with round ticks that holds all values and the limits. */
export function scaleOf(
  points: readonly Point[],
  limit: Limit | undefined,
): { low: number; high: number; ticks: number[] } {
  const values = [...points.map(({ value }) => value), ...[limit?.min, limit?.max].filter((each) => each != null)];
  const [least, most] = values.length ? [Math.min(...values), Math.max(...values)] : [0, 1];
  const span = Math.max(most - least, 0.5);
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough)!;
  const low = Math.floor((least - 0.02 * span) / step) * step;
  const high = Math.ceil((most + 0.02 * span) / step) * step;
  const ticks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, i) =>
    Number((low + i * step).toPrecision(12)),
  );
  return { low, high, ticks };
}

export interface Row {
  atMs: number;
  least: number;
  mean: number;
  most: number;
}

/** For the table: the readings by hour, or by a quarter of a day when there are more hours than anybody reads. */
export function rowsOf(points: readonly Point[], spanMs: number): Row[] {
  const everyMs = spanMs > 2 * 86_400_000 ? 6 * 3_600_000 : 3_600_000;
  const groups = new Map<number, number[]>();
  for (const { atMs, value } of points) {
    const at = Math.floor(atMs / everyMs) * everyMs;
    groups.set(at, [...(groups.get(at) ?? []), value]);
  }
  return [...groups].map(([atMs, values]) => ({
    atMs,
    least: Math.min(...values),
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    most: Math.max(...values),
  }));
}
