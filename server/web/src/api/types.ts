/** The shapes of `/api/v1`, as the server writes them. Times are RFC 3339 UTC; what is unknown is null. */

export interface Latest {
  at: string;
  received_at: string;
  lon: number;
  lat: number;
  speed_mps: number | null;
  course_deg: number | null;
  accuracy_m: number | null;
  alt_m: number | null;
  satellites: number | null;
  hdop: number | null;
  mode: string | null;
  clock: string | null;
  flags: string[];
}

export interface VehicleRow {
  id: string;
  name: string;
  gateway: string | null;
  odometer_m: number;
  today_m: number;
  created_at: string;
  last: Latest | null;
}

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface LatestFeature {
  id: string;
  geometry: { type: "Point"; coordinates: [number, number] };
  properties: Omit<Latest, "lon" | "lat"> & { vehicle: string; name: string; gateway: string | null };
}

export interface TrackFeature {
  geometry: { type: "LineString"; coordinates: [number, number][] } | null;
  properties: {
    vehicle: string;
    from: string;
    to: string;
    count: number;
    coordinateProperties: {
      times: string[];
      speed_mps: (number | null)[];
      course_deg: (number | null)[];
      accuracy_m: (number | null)[];
      flags: string[][];
    };
  };
}

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

export interface GatewayRow {
  id: string;
  vehicle: string | null;
  online: boolean;
  last_seen_at: string | null;
  first_seen_at: string | null;
  status: GatewayStatus | null;
  stream: string | null;
  last_seq: number | null;
  gaps: number;
  missing_rows: number;
  conflict: boolean;
}

export interface Gap {
  stream: string;
  seq_from: number;
  seq_to: number;
  rows: number;
  found_at: string;
}

export interface MapInfo {
  name: string;
  bounds: [number, number, number, number] | null;
  center: [number, number] | null;
  tiles: string | null;
  credit: string;
}

export interface Session {
  name: string;
  role: string;
}

/** One item of the stream's `positions` event. `live` is a hint of QoS 0, the others are committed. */
export interface StreamPosition {
  vehicle: string;
  at: string;
  received_at: string;
  lon: number;
  lat: number;
  speed_mps: number | null;
  course_deg: number | null;
  accuracy_m: number | null;
  live: boolean;
}

export interface StreamGateway {
  id: string;
  online: boolean;
  status: GatewayStatus | null;
}
