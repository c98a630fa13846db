/** Alarms and events of custody in words. Pure. */

import type { CustodyEvent, CustodySpan, Package, PackageCustody } from "../api/custody_types";
import { clock, duration } from "../words/age";
import { custodyWords, percent, placeName, type Names } from "../words/custody";

export type Tone = "ok" | "warn" | "crit" | "info" | "plain";

/** In a table's cell: an open alarm in two or three words. */
export const ALARMS: Record<string, [tone: Tone, words: string]> = {
  wrong_vehicle: ["crit", "Wrong van"],
  left_behind: ["crit", "Left behind"],
  left_aboard: ["warn", "Left aboard"],
  wrong_stop: ["crit", "Wrong stop"],
  missing: ["warn", "Missing"],
};

export const alarmWords = (kind: string): [Tone, string] =>
  ALARMS[kind] ?? ["warn", kind.charAt(0).toUpperCase() + kind.slice(1).replaceAll("_", " ")];

export function eventTitle({ kind, vehicle_id, stop_id }: CustodyEvent, names: Names): string {
  const van = vehicle_id ? names.vehicle(vehicle_id) : "a van";
  const stop = stop_id ? names.stop(stop_id) : "a place that is not planned";
  const words: Record<string, string> = {
    loaded: `Loaded into ${van}`,
    wrong_vehicle: `In the wrong van: ${van}`,
    left_behind: `Left behind by ${van}`,
    left_aboard: `Still aboard ${van} when it left ${stop_id ? stop : "the stop"}`,
    handed_over: `Handed over at ${stop}`,
    wrong_stop: `Left ${van} at the wrong stop`,
    missing: "Missing",
    found: "Found",
  };
  return words[kind] ?? alarmWords(kind)[1];
}

export function eventTone({ kind, standing }: CustodyEvent): Tone {
  if (!standing) return "plain";
  if (kind === "found") return "ok";
  return ALARMS[kind]?.[0] ?? "plain";
}

export interface StoryRow {
  key: string;
  atMs: number;
  title: string;
  detail: string;
  tone: Tone;
  /** It no longer stands: what became of it. */
  gone: string;
  /** Where it was, for the map. */
  at: [number, number] | null;
}

const SAME_MS = 90_000;

/** What happened and where it was, in one line of time. Where an event says what a span says, the event says it. */
export function story({ spans, events }: PackageCustody, names: Names, nowMs: number): StoryRow[] {
  const standing = events.filter((event) => event.standing);
  const rows = [...events.map((event) => eventRow(event, events, names))];
  for (const span of spans) {
    const fromMs = Date.parse(span.from);
    const said = standing.some((event) => isOf(event, span) && Math.abs(Date.parse(event.at) - fromMs) < SAME_MS);
    if (!said) rows.push(spanRow(span, names, nowMs));
  }
  return rows.toSorted((a, b) => a.atMs - b.atMs);
}

const isOf = (event: CustodyEvent, { place }: CustodySpan): boolean =>
  (event.kind === "handed_over" &&
    place.startsWith("stop:") &&
    place.split(/[:/]/).at(-1) === event.stop_id?.split("/").at(-1)) ||
  (["loaded", "wrong_vehicle"].includes(event.kind) && place === `vehicle:${event.vehicle_id}`);

function spanRow(span: CustodySpan, names: Names, nowMs: number): StoryRow {
  const words = custodyWords(span.place, span.p_mean, names);
  return {
    key: `${span.from} ${span.place}`,
    atMs: Date.parse(span.from),
    title: words.charAt(0).toUpperCase() + words.slice(1),
    detail: `${rangeOf(span)} sure, for ${duration((Math.min(Date.parse(span.to), nowMs) - Date.parse(span.from)) / 1000)}`,
    tone: "plain",
    gone: "",
    at: span.lon === null || span.lat === null ? null : [span.lon, span.lat],
  };
}

export function rangeOf({ p_min, p_max }: CustodySpan): string {
  const [least, most] = [percent(p_min), percent(p_max)];
  return least === most ? least : `${least.replace("\u00a0%", "")} to ${most}`;
}

function eventRow(event: CustodyEvent, all: CustodyEvent[], names: Names): StoryRow {
  const late = (Date.parse(event.noticed_at) - Date.parse(event.at)) / 1000;
  const noticed = late > 60 ? ` Noticed ${duration(late)} later.` : "";
  return {
    key: event.id,
    atMs: Date.parse(event.at),
    title: eventTitle(event, names),
    detail: `${event.because} ${percent(event.p)} sure.${noticed}`.trim(),
    tone: eventTone(event),
    gone: event.standing ? "" : goneWords(event, all, names),
    at: event.lon === null || event.lat === null ? null : [event.lon, event.lat],
  };
}

function goneWords(event: CustodyEvent, all: CustodyEvent[], names: Names): string {
  const instead = all.find(({ id }) => id === event.superseded_by);
  if (!instead) return "It was not so: late data showed it.";
  const at = clock(new Date(instead.at));
  return instead.kind === event.kind
    ? `Late data moved this to ${at}.`
    : `Late data changed this: ${eventTitle(instead, names).toLowerCase().replace(/van/g, "Van")} at ${at}.`;
}

/** For the title: what is planned for it. */
export function planWords({ vehicle_id, stop, stop_id, route_id }: Package, names: Names): string {
  const van = vehicle_id ? names.vehicle(vehicle_id) : null;
  const to = stop ? stop.name || `stop ${stop_id}` : null;
  if (!van && !to) return route_id ? `Route ${route_id}` : "Nothing is planned for it.";
  return [van && `Planned for ${van}`, to && `${van ? "to" : "To"} ${to}`].filter(Boolean).join(", ");
}

/** Worst first: open alarms, then what we are least sure of. */
export function need({ custody }: Package): number {
  if (!custody) return 4;
  if (custody.alarm) return alarmWords(custody.alarm)[0] === "crit" ? 0 : 1;
  return custody.p < 0.8 ? 2 : 3;
}

export { custodyWords, placeName };
