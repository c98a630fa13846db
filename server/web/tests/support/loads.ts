/** Builders of loads, for the tests of what the dock says. */
import type { Load, LoadPackage, Stranger } from "../../src/api/custody_types";

export const aParcel = (id: string, more: Partial<LoadPackage> = {}): LoadPackage => ({
  id,
  reference: null,
  name: id,
  aboard: "yes",
  p: 0.995,
  place: "vehicle:v12",
  last_heard_at: "2026-11-24T06:41:00Z",
  last_heard_by: "vehicle:v12",
  stop: null,
  ...more,
});

export const aStranger = (id: string, more: Partial<Stranger> = {}): Stranger => ({
  id,
  reference: null,
  name: id,
  vehicle_id: "v21",
  vehicle_name: "Van 21",
  dock: "5",
  since: "2026-11-24T06:52:00Z",
  p: 0.995,
  because: "It moves with Van 12.",
  ...more,
});

export function aLoad(more: Partial<Load> = {}): Load {
  const packages = more.packages ?? [aParcel("A"), aParcel("B")];
  return {
    vehicle_id: "v12",
    name: "Van 12",
    dock: "3",
    driver: "Aino",
    departs_at: "2026-11-24T07:10:00Z",
    route_id: "r1",
    expected: packages.length,
    aboard: packages.filter(({ aboard }) => aboard === "yes" || aboard === "probably").length,
    state: "complete",
    packages,
    strangers: [],
    sentence: "",
    ...more,
  };
}
