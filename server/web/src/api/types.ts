/** The shapes of `/api/v1`, by the names that the pages use. Generated from the server's OpenAPI document where it has
 * them (`npm run types`); what travels in the event stream and in a gateway's status is written here. */

import type { components } from "./schema";

type Schemas = components["schemas"];

export type Latest = Schemas["Newest"];
export type VehicleRow = Schemas["Vehicle"];
export type LatestFeature = Schemas["VehicleFeature"];
export type TrackFeature = Schemas["Track"];
export type Gap = Schemas["Gap"];
export type MapInfo = Schemas["BaseMap"];
export type Session = Schemas["Session"];
export type FenceFeature = Omit<Schemas["Fence"], "properties"> & { properties: Partial<Schemas["FenceProperties"]> };
/** A fence that is not kept yet. */
export type NewFence = Pick<FenceFeature, "type" | "geometry" | "properties">;
export type Hours = Schemas["Hours"];
export type OpenVisit = Schemas["OpenVisit"];
/** What a fence would have said. */
export interface Tried {
  visits: { vehicle: string; entered_at: string; left_at: string | null; duration_s: number }[];
  crossings: number;
  shorter_than_90_s: number;
  vehicles: number;
  vehicles_tried: number;
  tracks: GeoJSON.FeatureCollection;
  facts: Fact[];
}
/** What the rules say happened: `kind` says which other keys there are. */
export type Fact = Schemas["Fact"];
export type FactWithHistory = Schemas["FactWithHistory"];
export type FencesTaken = Schemas["FencesTaken"];
export type GatewayRow = Omit<Schemas["Gateway"], "status"> & { status: GatewayStatus | null };

export interface Page<T> {
  items: T[];
  next: string | null;
}

/** What the gateway says of itself, as the wire has it: fields that it left out are unknown. */
export interface GatewayStatus {
  online: boolean;
  at?: string | null;
  version?: string | null;
  clock?: string | null;
  started_at?: string | null;
  outbox?: { waiting?: number; oldest_at?: string | null; bytes?: number; dropped?: number } | null;
  receiver?: {
    state?: string;
    satellites?: number | null;
    hdop?: number | null;
    last_fix_at?: string | null;
  } | null;
  problems?: string[];
}

/** One item of the stream's `positions` event. `live` is a hint of QoS 0, the others are committed. */
export type StreamPosition = Latest & { vehicle: string; live: boolean };

export interface StreamGateway {
  id: string;
  online: boolean;
  status: GatewayStatus | null;
}
