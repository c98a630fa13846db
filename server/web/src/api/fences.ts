/** One function per endpoint: fences, what one would have said, and hours in words. */

import { json, request } from "./http";
import type { FenceFeature, FencesTaken, Hours, NewFence, OpenVisit, Tried } from "./types";

const API = "/api/v1";
/** The file that `POST /fences` takes again. */
export const FENCES_URL = `${API}/fences`;

const path = (id: string): string => `${FENCES_URL}/${id.split("/").map(encodeURIComponent).join("/")}`;
const sending = (method: "POST" | "PUT", body: unknown): RequestInit => ({
  method,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

export async function fences(): Promise<FenceFeature[]> {
  return (await json<{ features: FenceFeature[] }>(FENCES_URL)).features;
}

export const fence = (id: string): Promise<FenceFeature> => json(path(id));

/** A new fence; the server makes its id. */
export async function addFence(feature: NewFence): Promise<string> {
  const { added } = await json<FencesTaken>(FENCES_URL, sending("POST", feature));
  return added[0]!;
}

export const changeFence = (id: string, feature: NewFence, version: number): Promise<FenceFeature> =>
  json(`${path(id)}?version=${version}`, sending("PUT", feature));

export async function endFence(id: string): Promise<void> {
  await request(path(id), { method: "DELETE" });
}

export const importFences = (document: string): Promise<FencesTaken> =>
  json(FENCES_URL, { method: "POST", headers: { "Content-Type": "application/geo+json" }, body: document });

export const tryFence = (feature: NewFence, from: Date, to: Date, signal?: AbortSignal): Promise<Tried> =>
  json(`${FENCES_URL}/preview`, { ...sending("POST", { feature, from, to }), signal });

export async function openVisits(): Promise<OpenVisit[]> {
  return (await json<{ items: OpenVisit[] }>(`${API}/visits`)).items;
}

export function hours(text: string, timeZone: string, holidays: string, signal?: AbortSignal): Promise<Hours> {
  const query = new URLSearchParams({ text, time_zone: timeZone, holidays });
  return json(`${API}/hours?${query}`, { signal });
}
