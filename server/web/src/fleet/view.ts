/** What the list and the figures show of the fleet at a moment. Pure. */

import type { Latest } from "../api/types";
import { matches } from "../words/name";
import { motionOf, type Motion } from "./motion";
import type { Vehicle } from "./vehicle";

/** A vehicle as it is shown: taken over at one moment, because the vehicle itself changes under the page. */
export interface Row {
  vehicle: Vehicle;
  motion: Motion;
  last: Latest | null;
  atMs: number;
}

export type Counts = Record<Motion | "all", number> & { todayM: number };

/** Every vehicle with its motion, silent ones first (they need somebody), then by name as the fleet keeps them. */
export function rowsOf(vehicles: Vehicle[], nowMs: number): Row[] {
  const rows = vehicles.map((vehicle) => ({
    vehicle,
    motion: motionOf(vehicle, nowMs),
    last: vehicle.last,
    atMs: vehicle.atMs,
  }));
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
