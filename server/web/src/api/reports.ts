/** Reports, and those that are sent by themselves. */

import { json, request } from "./http";
import type { components } from "./schema";

export type Report = components["schemas"]["Report"];
export type ReportColumn = components["schemas"]["ReportColumn"];
export type ReportChart = components["schemas"]["ReportChart"];

export type Schedule = components["schemas"]["Schedule"];
export type PutSchedule = components["schemas"]["PutSchedule"];
export type Schedules = components["schemas"]["Schedules"];
export type Sending = components["schemas"]["Sending"];

const V1 = "/api/v1";

export const report = (kind: string, query: URLSearchParams, signal?: AbortSignal): Promise<Report> =>
  json(`${V1}/reports/${kind}?${query}`, { signal });

/** The report as a file, with the name that the server gives it. */
export async function reportFile(kind: string, query: URLSearchParams): Promise<{ name: string; content: Blob }> {
  const answer = await request(`${V1}/reports/${kind}?${query}`);
  const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1];
  return { name: name ?? `${kind}.json`, content: await answer.blob() };
}

export const schedules = (): Promise<Schedules> => json(`${V1}/report-schedules`);
export const addSchedule = (body: PutSchedule): Promise<Schedule> => send("POST", "", body);
export const changeSchedule = (id: string, body: PutSchedule): Promise<Schedule> => send("PUT", `/${id}`, body);
export const sendSchedule = (id: string): Promise<Sending> => send("POST", `/${id}/send`, {});

export async function removeSchedule(id: string): Promise<void> {
  await request(`${V1}/report-schedules/${id}`, { method: "DELETE" });
}

const send = <T>(method: string, path: string, body: object): Promise<T> =>
  json(`${V1}/report-schedules${path}`, {
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
