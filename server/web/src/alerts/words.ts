/** What an alert says of itself beside its title and its reason. Pure; "now" is a parameter. */

import type { Alert, AlertEvent } from "../api/alert_types";
import { ago, clockOrDate, duration } from "../words/age";
import { firstName } from "../words/name";
import { plural } from "../words/units";

const LATE_S = 120;

export const atWords = (at: string, nowMs: number): string => clockOrDate(new Date(at), new Date(nowMs));

/** Who has it, how long it is quiet, how it ended; empty while it waits for somebody. */
export function stateWords(alert: Alert, nowMs: number): string {
  if (alert.state === "closed") return closedWords(alert, nowMs);
  if (alert.state === "snoozed" && alert.snoozed_until) return `Quiet until ${atWords(alert.snoozed_until, nowMs)}`;
  if (alert.assigned_to) return `${firstName(alert.assigned_to)} has it`;
  if (alert.state === "acknowledged" && alert.acknowledged_by && alert.acknowledged_at) {
    return `${firstName(alert.acknowledged_by)} has it since ${atWords(alert.acknowledged_at, nowMs)}`;
  }
  return alert.escalated_at ? `Nobody acted; told others ${atWords(alert.escalated_at, nowMs)}` : "";
}

function closedWords({ closed_at, closed_by }: Alert, nowMs: number): string {
  const at = closed_at ? ` ${atWords(closed_at, nowMs)}` : "";
  if (closed_by === "rule") return `Closed by itself${at}`;
  if (closed_by === "late data") return `Late data showed that it was not so,${at}`;
  return closed_by ? `Closed by ${firstName(closed_by)}${at}` : `Closed${at}`;
}

/** The captions under the reason: age, lateness, how many are in it. */
export function metaWords(alert: Alert, nowMs: number): string[] {
  const lateS = (Date.parse(alert.raised_at) - Date.parse(alert.opened_at)) / 1000;
  return [
    ago(new Date(alert.opened_at), new Date(nowMs)),
    alert.late && lateS > LATE_S ? `known ${duration(lateS)} later` : "",
    alert.count ? `${plural(alert.count, "alert")} folded into one` : "",
    stateWords(alert, nowMs),
  ].filter(Boolean);
}

/** What somebody did, after their first name; null where a rule did it and the server's own words are best. */
export function deedWords({ what, to, until }: AlertEvent, nowMs: number): string | null {
  const words: Partial<Record<AlertEvent["what"], string>> = {
    acknowledged: "acknowledged it",
    assigned: to ? `gave it to ${firstName(to)}` : "gave it to nobody",
    commented: "wrote",
    snoozed: until ? `put it off until ${atWords(until, nowMs)}` : "put it off",
    closed: "closed it",
    reopened: "opened it again",
  };
  return words[what] ?? null;
}
