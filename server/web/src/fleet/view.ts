/** What the list and the figures show of the fleet at a moment. Pure. */

import type { Latest } from "../api/types";
import { matches } from "../words/name";
import { motionOf, type Motion } from "./motion";
import type { Vehicle } from "./vehicle";

/** A vehicle as it is shown: taken over at one moment, because the vehicle itself changes under the page. */
export interface Row {
  vehicle: Vehicle;
  motion: Motion;
  /** The worst open alert. */
  tone: string | undefined;
  last: Latest | null;
  atMs: number;
}

export type Counts = Record<Motion | "all", number> & { todayM: number };

/** Every vehicle with its motion: those that need somebody first, then the silent ones, then by name as the fleet has them. */
export function rowsOf(vehicles: Vehicle[], nowMs: number, tones: ReadonlyMap<string, string> = new Map()): Row[] {
  const crit: Row[] = [];
  const warn: Row[] = [];
  const silent: Row[] = [];
  const rest: Row[] = [];
  for (const vehicle of vehicles) {
    const [motion, tone] = [motionOf(vehicle, nowMs), tones.get(vehicle.id)];
    const group = tone === "crit" ? crit : tone === "warn" ? warn : motion === "silent" ? silent : rest;
    group.push({ vehicle, motion, tone, last: vehicle.last, atMs: vehicle.atMs });
  }
  return [...crit, ...warn, ...silent, ...rest];
}

export function countsOf(rows: Row[]): Counts {
  const counts: Counts = { all: rows.length, moving: 0, standing: 0, silent: 0, todayM: 0 };
  for (const { vehicle, motion } of rows) {
    counts[motion]++;
    counts.todayM += vehicle.todayM;
  }
  return counts;
}

export function filtered(rows: Row[], show: "all" | Motion, query: string): Row[] {
  const q = query.trim();
  return rows.filter(
    ({ vehicle, motion }) =>
      (show === "all" || motion === show) && (!q || matches(q, vehicle.name, vehicle.id, vehicle.gateway)),
  );
}
