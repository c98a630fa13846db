/** One function per endpoint of alerts, and of the facts that they rest on. */

import type { Alert, AlertFilter, AlertPage, Fact, OneAlert } from "./alert_types";
import { json } from "./http";

const V1 = "/api/v1";

export function alerts(state: AlertFilter, cursor: string | null = null, limit = 100): Promise<AlertPage> {
  const query = new URLSearchParams({ state, limit: String(limit), ...(cursor ? { cursor } : {}) });
  return json(`${V1}/alerts?${query}`);
}

/** The members of a storm. */
export async function members(storm: string): Promise<Alert[]> {
  const query = new URLSearchParams({ storm, limit: "1000" });
  return (await json<AlertPage>(`${V1}/alerts?${query}`)).items;
}

export const alert = (id: string): Promise<OneAlert> => json(pathOf(id));

export const acknowledge = (id: string): Promise<Alert> => post(id, "acknowledge");
export const assign = (id: string, to: string | null): Promise<Alert> => post(id, "assign", { to });
export const comment = (id: string, text: string): Promise<Alert> => post(id, "comment", { text });
export const snooze = (id: string, minutes: number): Promise<Alert> => post(id, "snooze", { minutes });
export const close = (id: string, text: string | null): Promise<Alert> => post(id, "close", { text });
export const reopen = (id: string): Promise<Alert> => post(id, "reopen");

export async function facts(vehicle: string, from: string, to: string): Promise<Fact[]> {
  const query = new URLSearchParams({ from, to });
  return (await json<{ items: Fact[] }>(`${V1}/vehicles/${encodeURIComponent(vehicle)}/facts?${query}`)).items;
}

/** The names of those to whom an alert can be given. */
export async function people(): Promise<string[]> {
  return (await json<{ items: { name: string }[] }>(`${V1}/people`)).items.map(({ name }) => name);
}

const pathOf = (id: string): string => `${V1}/alerts/${encodeURIComponent(id)}`;

const post = (id: string, deed: string, body: object = {}): Promise<Alert> =>
  json(`${pathOf(id)}/${deed}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
