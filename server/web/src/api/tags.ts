/** One function per endpoint of tags. An id may hold slashes; they are written as %2F. */

import type { Binding, Limit, Tag, TagReadings } from "./custody_types";
import { json, request } from "./http";
import type { Page } from "./types";

const V1 = "/api/v1/tags";
const path = (id: string): string => `${V1}/${encodeURIComponent(id)}`;
const sending = (method: "POST" | "PUT", body: object): RequestInit => ({
  method,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

export function tags(query: URLSearchParams, signal?: AbortSignal): Promise<Page<Tag>> {
  return json(`${V1}?${query}`, { signal });
}

export const tag = (id: string): Promise<Tag> => json(path(id));

export const addTag = (said: { id: string; name: string; limits: Limit[] }): Promise<Tag> =>
  json(V1, sending("POST", said));

export const changeTag = (id: string, said: Pick<Tag, "name" | "format" | "limits">): Promise<Tag> =>
  json(path(id), sending("PUT", said));

export async function removeTag(id: string): Promise<void> {
  await request(path(id), { method: "DELETE" });
}

export async function bindingsOfTag(id: string): Promise<Binding[]> {
  return (await json<{ items: Binding[] }>(`${path(id)}/bindings`)).items;
}

export function readings(
  id: string,
  quantity: string,
  from: Date,
  to: Date,
  signal?: AbortSignal,
): Promise<TagReadings> {
  const query = new URLSearchParams({ quantity, from: from.toISOString(), to: to.toISOString() });
  return json(`${path(id)}/readings?${query}`, { signal });
}
