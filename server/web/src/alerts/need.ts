/** Which alerts need somebody, in which order, and what tone they have. Pure. */

import type { Alert } from "../api/alert_types";

export type Tone = "crit" | "warn" | "silent" | "info" | "ok";

const UNKNOWN = ["gateway_silent", "receiver_lost"];
const ORDER: Record<Tone, number> = { crit: 0, warn: 1, silent: 2, info: 3, ok: 4 };
const NOW_MS = 60 * 60_000;

/** Act now, look soon, we do not know, changed; `ok` is what is over. */
export function toneOf({ severity, kind, state }: Alert): Tone {
  if (state === "closed") return "ok";
  if (severity === "critical") return "crit";
  if (UNKNOWN.includes(kind)) return "silent";
  return severity === "warning" ? "warn" : "info";
}

export const isLoud = (alert: Alert): boolean => alert.state === "open" && alert.severity === "critical";

export const openedMs = (alert: Alert): number => Date.parse(alert.opened_at);

/** The worst first, then the newest. What was acknowledged keeps its place, so that nothing jumps under the pointer. */
export function byNeed(a: Alert, b: Alert): number {
  return ORDER[toneOf(a)] - ORDER[toneOf(b)] || openedMs(b) - openedMs(a) || (a.id < b.id ? -1 : 1);
}

/** What stands above the vehicles: what nobody has taken yet, then the rest; members of a storm are in its row. */
export function needing(alerts: Alert[], most: number): Alert[] {
  const open = alerts.filter(({ folded_into }) => !folded_into).toSorted(byNeed);
  return [
    ...open.filter(({ state }) => state === "open"),
    ...open.filter(({ state }) => state === "acknowledged"),
  ].slice(0, most);
}

export interface Group {
  title: "Now" | "Today" | "Older";
  alerts: Alert[];
}

/** By when they opened (closed ones: by when they closed): within the hour, since midnight, before. */
export function groupsOf(alerts: Alert[], nowMs: number): Group[] {
  const midnight = new Date(nowMs).setHours(0, 0, 0, 0);
  const groups: Group[] = [
    { title: "Now", alerts: [] },
    { title: "Today", alerts: [] },
    { title: "Older", alerts: [] },
  ];
  for (const alert of alerts) {
    if (alert.folded_into) continue;
    const ms = alert.closed_at ? Date.parse(alert.closed_at) : openedMs(alert);
    groups[ms >= nowMs - NOW_MS ? 0 : ms >= midnight ? 1 : 2]!.alerts.push(alert);
  }
  for (const group of groups) group.alerts.sort(byNeed);
  return groups.filter((group) => group.alerts.length);
}

/** The worst tone that the map shows for each vehicle. */
export function tonesOf(alerts: Alert[]): Map<string, Tone> {
  const tones = new Map<string, Tone>();
  for (const alert of alerts) {
    if (!alert.vehicle || alert.state !== "open") continue;
    const tone = toneOf(alert);
    const known = tones.get(alert.vehicle);
    if (!known || ORDER[tone] < ORDER[known]) tones.set(alert.vehicle, tone);
  }
  return tones;
}
