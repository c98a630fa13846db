/** The shapes of packages, tags and custody: from the server's OpenAPI document; loads, custody's past and truth by hand. */

import type { components } from "./schema";

type Schemas = components["schemas"];

export type Place = string; // "vehicle:v1", "site:depot", "stop:S1", "unknown"

export interface StopOf {
  id: string;
  name: string | null;
}

export type Aboard = "yes" | "probably" | "no" | "not_known";
export type LoadState = "loading" | "wrong" | "missing" | "complete" | "left" | "none";

export interface LoadPackage {
  id: string;
  reference: string | null;
  name: string | null;
  aboard: Aboard;
  /** How sure the place is. */
  p: number | null;
  place: Place | null;
  last_heard_at: string | null;
  last_heard_by: Place | null;
  stop: StopOf | null;
}

export interface Stranger {
  id: string;
  reference: string | null;
  name?: string | null;
  vehicle_id: string | null;
  vehicle_name: string | null;
  dock: string | null;
  since: string | null;
  p: number | null;
  because: string | null;
}

export interface Load {
  vehicle_id: string;
  name: string;
  dock: string | null;
  driver: string | null;
  departs_at: string | null;
  route_id: string | null;
  expected: number;
  aboard: number;
  state: LoadState;
  packages: LoadPackage[];
  strangers: Stranger[];
  sentence: string;
}

export interface SiteLoad {
  at: string;
  site: { id: string; name: string };
  vehicles: Load[];
}

export type StopPlace = Schemas["StopPlace"];

export type CustodyNow = Schemas["Custody"];

export type Package = Schemas["Package"];

export type PutPackage = Partial<Schemas["PutPackage"]>;

export interface CustodySpan {
  from: string;
  to: string;
  place: Place;
  p_min: number;
  p_max: number;
  p_mean: number;
  lon: number | null;
  lat: number | null;
}

export interface CustodyEvent {
  id: string;
  kind: string;
  at: string;
  noticed_at: string;
  p: number;
  because: string;
  vehicle_id: string | null;
  stop_id: string | null;
  lon: number | null;
  lat: number | null;
  standing: boolean;
  superseded_by: string | null;
}

export interface PackageCustody {
  package: string;
  spans: CustodySpan[];
  events: CustodyEvent[];
}

export type Binding = Schemas["Binding"];

export type Imported = Schemas["Imported"];

export type Scanned = Schemas["Scanned"];

export type RouteRow = Schemas["PlannedRoute"];

/** In an answer both ends are there; null is none. */
export type Limit = Required<Schemas["Limit"]>;

export type Tag = Omit<Schemas["Tag"], "limits"> & { limits: Limit[] };

export type TagReadings = Schemas["TagReadings"];

/** How well a filter did in a world: of ours, or of a simple one beside it. */
export interface Score {
  statements: number;
  sure: number;
  sure_true: number;
  brier: number;
  reliability: { p_from: number; p_to: number; p_mean?: number | null; said: number; true: number }[];
  misloads: number;
  misloads_noticed_before_gate: number;
  false_alarms_per_1000: number;
  delay_s: { p50: number | null; p90: number | null };
  handed_over: number;
  handed_over_noticed: number;
}

export interface World extends Score {
  name: string;
  ordinary: boolean;
  parcels: number;
}

export interface Truth {
  sentence: string;
  worlds: World[];
  peers: Record<string, Score>;
  measured_at: string;
  version: string;
}
