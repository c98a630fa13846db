/** One function per endpoint of packages, what is on them, and what was scanned. */

import type { Binding, Imported, Package, PackageCustody, PutPackage, RouteRow, Scanned, Truth } from "./custody_types";
import { json, request } from "./http";
import type { Page } from "./types";

const V1 = "/api/v1";
const JSON_TYPE = { "Content-Type": "application/json" };
const path = (id: string): string => `${V1}/packages/${encodeURIComponent(id)}`;

export function packages(query: URLSearchParams, signal?: AbortSignal): Promise<Page<Package>> {
  return json(`${V1}/packages?${query}`, { signal });
}

export const onePackage = (id: string): Promise<Package> => json(path(id));

export const addPackage = (said: PutPackage & { id?: string }): Promise<Package> =>
  json(`${V1}/packages`, { method: "POST", headers: JSON_TYPE, body: JSON.stringify(said) });

export const changePackage = (id: string, said: PutPackage): Promise<Package> =>
  json(path(id), { method: "PUT", headers: JSON_TYPE, body: JSON.stringify(said) });

export async function closePackage(id: string): Promise<void> {
  await request(path(id), { method: "DELETE" });
}

export function custodyOf(id: string, signal?: AbortSignal): Promise<PackageCustody> {
  return json(`${path(id)}/custody`, { signal });
}

/** The file of its history, GS1 EPCIS 2.0. */
export const epcisUrl = (id: string): string => `${path(id)}/epcis`;

export async function bindingsOf(id: string): Promise<Binding[]> {
  return (await json<{ items: Binding[] }>(`${path(id)}/bindings`)).items;
}

export const bind = (packageId: string, tagId: string, move = false): Promise<Binding> =>
  json(`${V1}/bindings`, {
    method: "POST",
    headers: JSON_TYPE,
    body: JSON.stringify({ package_id: packageId, tag_id: tagId, move }),
  });

export async function unbind(packageId: string): Promise<void> {
  await request(`${V1}/bindings/${encodeURIComponent(packageId)}`, { method: "DELETE" });
}

/** Packages, or which tag is on which of them, from a file's text. */
export const importFile = (what: "packages" | "bindings", text: string): Promise<Imported> =>
  json(`${V1}/${what}/import`, { method: "POST", headers: { "Content-Type": "text/csv" }, body: text });

export const scan = (code: string): Promise<Scanned> => json(`${V1}/scan?${new URLSearchParams({ code })}`);

export async function routesOf(day: string): Promise<RouteRow[]> {
  return (await json<Page<RouteRow>>(`${V1}/routes?${new URLSearchParams({ day, limit: "1000" })}`)).items;
}

export const truth = (): Promise<Truth> => json(`${V1}/custody/truth`);
