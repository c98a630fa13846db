/** What the list and the figures show of the fleet at a moment. Pure. */

import { matches } from "../words/name";
import { motionOf, type Motion } from "./motion";
import type { Vehicle } from "./vehicle";

export interface Row {
  vehicle: Vehicle;
  motion: Motion;
}

export type Counts = Record<Motion | "all", number> & { todayM: number };

/** Every vehicle with its motion, silent ones first (they need somebody), then by name as the fleet keeps them. */
export function rowsOf(vehicles: Vehicle[], nowMs: number): Row[] {
  const rows = vehicles.map((vehicle) => ({ vehicle, motion: motionOf(vehicle, nowMs) }));
  return [...rows.filter(({ motion }) => motion === "silent"), ...rows.filter(({ motion }) => motion !== "silent")];
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
