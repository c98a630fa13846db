/** What a vehicle does, as a sentence. */

import { doubtM, type Motion } from "../fleet/motion";
import type { Vehicle } from "../fleet/vehicle";
import { clockOrDate, duration } from "./age";
import { distance, speed, wind } from "./units";

export interface Where {
  street: string | null;
  standingSinceMs: number | null;
}

/** The panel's sentence of now: [before, the street in bold, after]. */
export function sentenceOf(vehicle: Vehicle, motion: Motion, nowMs: number, where: Where): [string, string, string] {
  const { last } = vehicle;
  const street = where.street ?? "";
  if (!last) return ["It has not sent a position yet.", "", ""];
  if (motion === "silent") {
    const ageS = (nowMs - vehicle.atMs) / 1000;
    const far = distance(doubtM(last.speed_mps, ageS, last.accuracy_m));
    const seen = clockOrDate(new Date(vehicle.atMs), new Date(nowMs));
    return [`Last seen ${seen}${street ? " on " : ""}`, street, `. It may be up to ${far} from there.`];
  }
  if (motion === "standing") {
    const since = where.standingSinceMs === null ? "" : `, for ${duration((nowMs - where.standingSinceMs) / 1000)}`;
    return [`Standing${street ? " on " : ""}`, street, `${since}.`];
  }
  const towards = last.course_deg === null ? "" : `, ${wind(last.course_deg)}`;
  return [`Driving ${speed(last.speed_mps ?? 0)}${street ? " on " : ""}`, street, `${towards}.`];
}
