/** What a vehicle is doing as far as we know: moves, stands, or we do not know. Pure; `now` is a parameter. */

import type { Latest } from "../api/types";

export type Motion = "moving" | "standing" | "silent";

/** Under 5 km/h a course says nothing and a van stands. */
export const MOVING_MPS = 5 / 3.6;
export const SILENT_S = 120;
const FARTHEST_DOUBT_M = 2000;

export interface Known {
  last: Pick<Latest, "speed_mps"> | null;
  /** When the newest fix was taken, ms since 1970; NaN when there is none. */
  atMs: number;
  /** The usual time between two fixes of this vehicle. */
  intervalS: number;
}

/** Silent past max(120 s, 3 expected intervals): no fix says nothing about where it is now. */
export function motionOf(vehicle: Known, nowMs: number): Motion {
  if (!vehicle.last || !(nowMs - vehicle.atMs <= silentAfterS(vehicle.intervalS) * 1000)) return "silent";
  return (vehicle.last.speed_mps ?? 0) >= MOVING_MPS ? "moving" : "standing";
}

export const silentAfterS = (intervalS: number): number => Math.max(SILENT_S, 3 * intervalS);

/** How far a silent vehicle may have come: last speed times age, at most 2 km; at least what the fix itself said. */
export function doubtM(speedMps: number | null, ageS: number, accuracyM: number | null): number {
  return Math.min(FARTHEST_DOUBT_M, Math.max((speedMps ?? 0) * ageS, accuracyM ?? 0, 25));
}

/** The ring: 1 is fresh, 0 at 60 s. */
export const ringOf = (ageS: number): number => Math.min(1, Math.max(0, 1 - ageS / 60));

/** The usual interval, learnt from the fixes that came: follows longer ones at once, shorter ones slowly. */
export function learntIntervalS(beforeS: number, gapS: number): number {
  if (!(gapS > 0)) return beforeS;
  const seen = Math.min(gapS, 600);
  return seen > beforeS ? seen : beforeS * 0.8 + seen * 0.2;
}
