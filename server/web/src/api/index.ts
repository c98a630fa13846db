/** One function per endpoint of `/api/v1`. */

import { json, request } from "./http";
import type { Gap, GatewayRow, LatestFeature, MapInfo, Page, Session, TrackFeature, VehicleRow } from "./types";

const API = "/api/v1";
const PAGE = 1000;

export async function signIn(name: string, password: string): Promise<void> {
  await request(`${API}/session`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name, password }),
  });
}

export const session = (): Promise<Session> => json(`${API}/session`);

export async function setPassword(password: string): Promise<void> {
  await request(`${API}/session/password`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ password }),
  });
}

export async function signOut(): Promise<void> {
  await request(`${API}/session`, { method: "DELETE" });
}

export const mapInfo = (): Promise<MapInfo> => json(`${API}/map`);

export const vehicles = (): Promise<VehicleRow[]> => all(`${API}/vehicles`);

export const gateways = (): Promise<GatewayRow[]> => all(`${API}/gateways`);

export async function latest(): Promise<LatestFeature[]> {
  return (await json<{ features: LatestFeature[] }>(`${API}/latest`)).features;
}

export async function gaps(gateway: string): Promise<Gap[]> {
  return (await json<{ items: Gap[] }>(`${API}/gateways/${encodeURIComponent(gateway)}/gaps`)).items;
}

export function track(vehicle: string, from: Date, to: Date, signal?: AbortSignal): Promise<TrackFeature> {
  return json(trackUrl(vehicle, from, to), { headers: { Accept: "application/geo+json" }, signal });
}

/** The same track as a file: for the export links. */
export function trackUrl(vehicle: string, from: Date, to: Date, format?: "csv" | "gpx" | "geojson"): string {
  const query = new URLSearchParams({ from: from.toISOString(), to: to.toISOString() });
  if (format) query.set("format", format);
  return `${API}/vehicles/${encodeURIComponent(vehicle)}/track?${query}`;
}

async function all<T>(path: string): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const query = new URLSearchParams({ limit: String(PAGE), ...(cursor ? { cursor } : {}) });
    const page: Page<T> = await json(`${path}?${query}`);
    items.push(...page.items);
    cursor = page.next;
  }
  return items;
}
