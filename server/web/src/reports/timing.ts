/** When a report is sent by itself, in words and as choices. Pure. */

import type { PutSchedule, Schedule } from "../api/reports";
import { clockOrDate } from "../words/age";
import { KINDS, type Question } from "./question";

export const EVERY = [
  ["day", "Every day"],
  ["week", "Every week"],
  ["month", "Every month"],
] as const;

export const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

type When = Pick<PutSchedule, "every" | "on" | "at">;

/** "every Monday at 07:00" */
export function when({ every, on, at }: When): string {
  const day = every === "day" ? "day" : every === "week" ? WEEKDAYS[on! - 1] : "month";
  return `every ${day}${every === "month" ? ` on the ${ordinal(on!)}` : ""} at ${at}`;
}

/** What days such a report has, for the form's help. */
export const daysOfIt = (every: PutSchedule["every"]): string =>
  ({ day: "It has the day before.", week: "It has the seven days before.", month: "It has the month before." })[
    every ?? "week"
  ];

/** A new schedule of what is shown. */
export function scheduleOf(question: Question): PutSchedule {
  const { kind, group, vehicles, team, zone } = question;
  const name = KINDS.find(([id]) => id === kind)![1];
  return {
    name: group ? `${name} by ${group}` : name,
    report: kind,
    format: "pdf",
    vehicles: vehicles.length ? vehicles : null,
    team,
    fence: null,
    group: group || null,
    every: "week",
    on: 1,
    at: "07:00",
    time_zone: zone,
    recipients: [],
    enabled: true,
  };
}

/** The body that says the same schedule again. */
export function bodyOf(schedule: Schedule): PutSchedule {
  const { name, report, format, vehicles, team, fence, group } = schedule;
  const { every, on, at, time_zone, recipients, enabled } = schedule;
  return { name, report, format, vehicles, team, fence, group, every, on, at, time_zone, recipients, enabled };
}

/** What became of it: the last sending, or when the first comes. */
export function outcome(schedule: Schedule, now: Date): { tone: "ok" | "warn" | "crit" | null; words: string } {
  const { last, next_at } = schedule;
  if (last?.state === "failed") return { tone: "crit", words: `Not sent. ${last.error ?? ""}`.trim() };
  if (last?.state === "waiting" && last.error) return { tone: "warn", words: `Tried again soon. ${last.error}` };
  if (last?.sent_at) return { tone: "ok", words: `Sent ${clockOrDate(new Date(last.sent_at), now)}` };
  if (!schedule.enabled) return { tone: null, words: "Off" };
  return { tone: null, words: next_at ? `First on ${clockOrDate(new Date(next_at), now)}` : "" };
}

/** Mailboxes out of what somebody typed; what is none of them, if any. */
export function mailboxes(text: string): { all: string[]; wrong: string | null } {
  const all = text.split(/[\s,;]+/).filter(Boolean);
  return { all, wrong: all.find((each) => !/^[^@\s]+@[^@\s]+$/.test(each)) ?? null };
}

function ordinal(n: number): string {
  const end =
    n % 10 === 1 && n !== 11 ? "st" : n % 10 === 2 && n !== 12 ? "nd" : n % 10 === 3 && n !== 13 ? "rd" : "th";
  return `${n}${end}`;
}
