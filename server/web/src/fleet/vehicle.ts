/** One vehicle as the page knows it, and how a new fix changes it. Not reactive: 10,000 of them change each second. */

import type { Latest, LatestFeature, VehicleRow } from "../api/types";
import { markText } from "../words/name";
import { glideTo, standAt, type Glide } from "./glide";
import { learntIntervalS } from "./motion";

export interface Vehicle {
  readonly id: string;
  name: string;
  mark: string;
  gateway: string | null;
  todayM: number;
  odometerM: number;
  last: Latest | null;
  atMs: number;
  intervalS: number;
  glide: Glide | null;
}

/** Times of this moment: `nowMs` by the server's clock, `tS` by the page's steady one; `still` when motion is unwanted. */
export interface Moment {
  nowMs: number;
  tS: number;
  still: boolean;
}

const UNKNOWN_INTERVAL_S = 10;

export function vehicleFrom(row: VehicleRow): Vehicle {
  return {
    id: row.id,
    name: row.name,
    mark: markText(row.name),
    gateway: row.gateway,
    todayM: row.today_m,
    odometerM: row.odometer_m,
    last: null,
    atMs: NaN,
    intervalS: UNKNOWN_INTERVAL_S,
    glide: null,
  };
}

/** Take a fix over if it is newer by `at` than what is known; true when it was. */
export function takeFix(vehicle: Vehicle, fix: Latest, moment: Moment): boolean {
  const atMs = Date.parse(fix.at);
  if (!Number.isFinite(atMs) || atMs < vehicle.atMs) return false;
  if (atMs === vehicle.atMs) {
    vehicle.last = { ...vehicle.last, ...fix }; // the committed twin of a hint, or a repeat: no new motion
    return true;
  }
  if (vehicle.last) vehicle.intervalS = learntIntervalS(vehicle.intervalS, (atMs - vehicle.atMs) / 1000);
  const place = { lon: fix.lon, lat: fix.lat, speedMps: fix.speed_mps ?? 0, courseDeg: fix.course_deg };
  const ageS = (moment.nowMs - atMs) / 1000;
  vehicle.glide =
    vehicle.glide && !moment.still
      ? glideTo(vehicle.glide, place, moment.tS, ageS, vehicle.intervalS)
      : standAt(place, moment.tS);
  vehicle.last = fix;
  vehicle.atMs = atMs;
  return true;
}

export function fixFromFeature(feature: LatestFeature): Latest {
  const [lon, lat] = feature.geometry.coordinates;
  return { ...feature.properties, lon, lat };
}
