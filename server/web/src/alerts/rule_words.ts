/** A rule of alerts as a sentence, so that whoever reads it knows what it will do. Pure. */

import type { AlertRule, Severity } from "../api/alert_types";
import { duration } from "../words/age";
import { firstName } from "../words/name";

export const SEVERITIES: Record<Severity, string> = { critical: "Act now", warning: "Look soon", info: "To know" };

/** How a rule's sentence begins. */
const URGES: Record<Severity, string> = { critical: "Act now", warning: "Look soon", info: "Know" };

/** What a rule can watch, as it is said after "when". */
export const EVENTS: Record<string, string> = {
  gateway_silent: "a gateway is silent",
  receiver_lost: "a receiver is lost",
  tamper: "somebody opens a gateway",
  battery_low: "a battery is low",
  wrong_vehicle: "a package is in the wrong van",
  left_behind: "a package is left behind",
  left_aboard: "a package is still aboard at its stop",
  wrong_stop: "a package is at the wrong stop",
  missing: "a package is missing",
  loaded: "a package is loaded",
  handed_over: "a package is handed over",
  found: "a package is found again",
  fence_entered: "a van enters a fence",
  fence_left: "a van leaves a fence",
  fence_crossed: "a van crosses a fence",
  dwell_reached: "a van waits too long in a fence",
  speeding_started: "a van drives faster than its limit",
  road_speeding: "a van drove faster than the road allows",
  idling_started: "an engine runs while the van stands",
  harsh_braking: "a van brakes hard",
  harsh_acceleration: "a van accelerates hard",
  harsh_cornering: "a van corners hard",
  trip_started: "a trip starts",
  trip_ended: "a trip ends",
  halt_started: "a van stops",
  halt_ended: "a van drives on",
  ignition_on: "an ignition is switched on",
  ignition_off: "an ignition is switched off",
  sensor_high: "a sensor reads too high",
  sensor_low: "a sensor reads too low",
  sensor_normal: "a sensor reads as it should",
  receiver_found: "a receiver is back",
  restarted: "a gateway restarts",
  gateway_heard: "a gateway is heard again",
  idling_ended: "an engine stops idling",
  speeding_ended: "a van is within its limit again",
};

export const eventWords = (kind: string): string => EVENTS[kind] ?? kind.replaceAll("_", " ");

/** What of a rule the sentence needs: a rule that is kept, or one that is being written. */
export type Described = Omit<AlertRule, "id" | "name" | "changed_at" | "enabled">;

export interface Naming {
  fence: (id: string) => string;
  vehicle: (id: string) => string;
  team: (id: string) => string;
}

/** "Act now when a van leaves a fence (Ruoholahti depot), Mon to Fri 20:00–05:00, for at least 5 min. It closes ..." */
export function ruleSentence(rule: Described, named: Naming): string {
  const what = rule.kinds.length ? list(rule.kinds.map(eventWords), "or") : "nothing happens";
  const where = rule.fences ? `, at ${list(rule.fences.map(named.fence), "or", 3)}` : "";
  const whom = whomWords(rule, named);
  const when = rule.hours ? `, ${hoursWords(rule.hours)} (${rule.time_zone})` : "";
  const wait = rule.wait_s ? ` and it lasts ${duration(rule.wait_s)}` : "";
  const first = `${URGES[rule.severity]} when ${what}${where}${whom}${when}${wait}.`;
  return [first, endWords(rule), escalationWords(rule)].filter(Boolean).join(" ");
}

function whomWords({ vehicles, teams }: Described, named: Naming): string {
  const all = [...(vehicles ?? []).map(named.vehicle), ...(teams ?? []).map((id) => `team ${named.team(id)}`)];
  if (!vehicles && !teams) return "";
  return `, only ${all.length ? list(all, "and", 3) : "for no van"}`;
}

/** "Mon to Fri 20:00–05:00" for "Mon-Fri 20:00-05:00". */
export const hoursWords = (hours: string): string =>
  hours.replace(/([A-Za-z])-([A-Za-z])/g, "$1 to $2").replace(/(\d)-(\d)/g, "$1–$2");

function endWords({ closes_by }: Described): string {
  return closes_by.length
    ? `It closes by itself when ${list(closes_by.map(eventWords), "or")}.`
    : "A person closes it.";
}

function escalationWords({ escalate_after_s, escalate_to }: Described): string {
  if (escalate_after_s === null || !escalate_to) return "";
  return `If nobody acts for ${duration(escalate_after_s)}, ${firstName(escalate_to)} is told.`;
}

/** "a, b or c"; of many only the first ones, and how many more. */
export function list(items: string[], word: "and" | "or", most = 6): string {
  const shown = items.length > most ? [...items.slice(0, most - 1), `${items.length - most + 1} more`] : items;
  if (shown.length < 2) return shown[0] ?? "";
  return `${shown.slice(0, -1).join(", ")} ${word} ${shown.at(-1)!}`;
}
