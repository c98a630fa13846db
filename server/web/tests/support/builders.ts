/** Builders: a value that is right, with what the test is about said in the call. */

import type { Latest, TrackFeature, VehicleRow } from "../../src/api/types";
import { standAt } from "../../src/fleet/glide";
import { vehicleFrom, type Vehicle } from "../../src/fleet/vehicle";
import { trackFrom, type Track } from "../../src/track/track";

export const NOON = Date.parse("2026-11-22T12:00:00.000Z");

export const aFix = (over: Partial<Latest> = {}): Latest => ({
  at: new Date(NOON).toISOString(),
  received_at: new Date(NOON + 50).toISOString(),
  lon: 24.94,
  lat: 60.17,
  speed_mps: 10,
  course_deg: 90,
  accuracy_m: 4,
  alt_m: 12,
  satellites: 14,
  hdop: 0.8,
  mode: "3d",
  clock: "gnss",
  flags: null,
  ...over,
});

export const aRow = (over: Partial<VehicleRow> = {}): VehicleRow => ({
  id: "van-12",
  name: "Van 12",
  gateway: "gw-0012",
  teams: [],
  odometer_m: 48_000_000,
  today_m: 12_300,
  speed_limit_kmh: null,
  created_at: "2026-11-01T06:00:00.000Z",
  last: null,
  ...over,
});

export function aVehicle(over: Partial<Vehicle> = {}): Vehicle {
  const fix = aFix();
  const place = { lon: fix.lon, lat: fix.lat, speedMps: 10, courseDeg: 90 };
  return { ...vehicleFrom(aRow()), last: fix, atMs: NOON, intervalS: 1, glide: standAt(place, 0), ...over };
}

/** A track of [seconds after noon, metres east, speed in m/s]. */
export function aTrack(...fixes: [number, number, number][]): Track {
  const feature: TrackFeature = {
    type: "Feature",
    geometry: { type: "LineString", coordinates: fixes.map(([, east]) => [24.94 + east / 55_597.5, 60]) },
    properties: {
      vehicle: "van-12",
      from: "",
      to: "",
      count: fixes.length,
      coordinateProperties: {
        times: fixes.map(([s]) => new Date(NOON + 1000 * s).toISOString()),
        speed_mps: fixes.map(([, , mps]) => mps),
        course_deg: fixes.map(() => 90),
        accuracy_m: fixes.map(() => 4),
        flags: fixes.map(() => null),
        alt_m: fixes.map(() => null),
      },
    },
  };
  return trackFrom(feature);
}
