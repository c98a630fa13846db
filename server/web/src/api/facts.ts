/** One function per endpoint: what happened, and what it was before late data changed it. */

import type { Alert } from "./alert_types";
import { json } from "./http";
import type { Fact, FactWithHistory, Page } from "./types";

const V1 = "/api/v1";
const PAGE = 5000;

/** All of a vehicle's facts in from..to, withdrawn ones too, in the order of time. */
export async function factsOf(
  vehicle: string,
  from: Date,
  to: Date,
  kinds: string[],
  signal: AbortSignal,
): Promise<Fact[]> {
  const query = new URLSearchParams({
    from: from.toISOString(),
    to: to.toISOString(),
    kinds: kinds.join(","),
    withdrawn: "true",
    limit: String(PAGE),
  });
  const items: Fact[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    if (cursor) query.set("cursor", cursor);
    const page: Page<Fact> = await json(`${V1}/vehicles/${encodeURIComponent(vehicle)}/facts?${query}`, { signal });
    items.push(...page.items);
    cursor = page.next;
  }
  return items;
}

export const fact = (id: string, signal: AbortSignal): Promise<FactWithHistory> =>
  json(`${V1}/facts/${encodeURIComponent(id)}`, { signal });

/** The alerts of a vehicle that were open in from..to. */
export async function alertsOf(vehicle: string, from: Date, to: Date, signal: AbortSignal): Promise<Alert[]> {
  const query = new URLSearchParams({ vehicle, from: from.toISOString(), to: to.toISOString(), limit: "1000" });
  return (await json<{ items: Alert[] }>(`${V1}/alerts?${query}`, { signal })).items;
}
