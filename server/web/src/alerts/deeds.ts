/** What people do with an alert: the call, what the toast says, and what takes it back. */

import * as api from "../api/alerts";
import type { Alert } from "../api/alert_types";
import { duration } from "../words/age";
import { firstName } from "../words/name";
import type { Deed } from "./alerts.svelte";

const MINUTES_A_DAY = 1440;
const MORNING_H = 7;

export const acknowledged = ({ id, title }: Alert): Deed => ({
  name: "acknowledge",
  call: () => api.acknowledge(id),
  said: `Acknowledged: ${title}`,
  undo: () => api.reopen(id),
});

export const assigned = ({ id, title, assigned_to }: Alert, to: string | null): Deed => ({
  name: "assign",
  call: () => api.assign(id, to),
  said: to ? `${firstName(to)} has it now: ${title}` : `Nobody has it now: ${title}`,
  undo: () => api.assign(id, assigned_to),
});

export const snoozed = ({ id, title }: Alert, minutes: number): Deed => ({
  name: "snooze",
  call: () => api.snooze(id, minutes),
  said: `Snoozed for ${duration(60 * minutes)}: ${title}`,
  undo: () => api.reopen(id),
});

export const closed = ({ id, title }: Alert): Deed => ({
  name: "close",
  call: () => api.close(id, null),
  said: `Closed: ${title}`,
  undo: () => api.reopen(id),
});

export const reopened = ({ id, title }: Alert): Deed => ({
  name: "reopen",
  call: () => api.reopen(id),
  said: `Open again: ${title}`,
});

export const commented = ({ id }: Alert, text: string): Deed => ({
  name: "comment",
  call: () => api.comment(id, text),
  said: "Comment added",
});

/** How long an alert can be put off, in minutes: tomorrow is 07:00 here. */
export function snoozes(now: Date): [string, number][] {
  const morning = new Date(now);
  morning.setHours(MORNING_H + (now.getHours() >= MORNING_H ? 24 : 0), 0, 0, 0);
  const untilMorning = Math.min(2 * MINUTES_A_DAY, Math.ceil((morning.getTime() - now.getTime()) / 60_000));
  const word = now.getHours() >= MORNING_H ? "Until tomorrow 07:00" : "Until 07:00";
  return [
    ["15\u00a0min", 15],
    ["1\u00a0h", 60],
    ["4\u00a0h", 240],
    [word, untilMorning],
  ];
}
