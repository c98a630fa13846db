/** What one person is told, as fields and as a sentence. Pure. Times are of the person's own clock, as HH:MM. */

import { list, SEVERITIES } from "../alerts/rule_words";
import type { Route, Severity, Subscription } from "../api/alert_types";

export const LEVELS: readonly Severity[] = ["critical", "warning", "info"];

export interface ToldDraft {
  routes: { rules: string[] | null; severities: Severity[]; channels: string[] }[];
  quiet: boolean;
  from: string;
  to: string;
  criticalAnyway: boolean;
  /** Times with commas between them; empty: each at once. */
  digest: string;
  timeZone: string;
}

export const emptyRoute = (): ToldDraft["routes"][number] => ({
  rules: null,
  severities: ["critical", "warning"],
  channels: [],
});

export const toldDraft = (told: Subscription, here: string): ToldDraft => ({
  routes: told.routes.map(({ rules, severities, channels }: Route) => ({
    rules: rules ?? null,
    severities: [...severities],
    channels: [...channels],
  })),
  quiet: Boolean(told.quiet),
  from: told.quiet?.from ?? "22:00",
  to: told.quiet?.to ?? "06:00",
  criticalAnyway: told.quiet?.critical_anyway ?? true,
  digest: told.digest.join(", "),
  // nobody has chosen a zone yet: the one of this browser
  timeZone: told.routes.length || told.quiet || told.digest.length ? told.time_zone : here,
});

export const toldFrom = (draft: ToldDraft): Subscription => ({
  routes: draft.routes,
  quiet: draft.quiet ? { from: draft.from, to: draft.to, critical_anyway: draft.criticalAnyway } : null,
  digest: timesIn(draft.digest),
  time_zone: draft.timeZone.trim(),
});

export interface ToldProblems {
  digest?: string;
  quiet?: string;
  /** By route. */
  routes: string[];
}

export function toldProblems(draft: ToldDraft): ToldProblems {
  const wrong = timesIn(draft.digest).find((time) => !isTime(time));
  const found: ToldProblems = {
    routes: draft.routes.map(({ rules, severities, channels }) => {
      if (!channels.length) return "Choose at least one channel.";
      if (!severities.length) return "Choose how urgent it has to be.";
      return rules && !rules.length ? "Choose at least one rule, or all." : "";
    }),
  };
  if (wrong !== undefined) found.digest = `“${wrong}” is no time of the day. Write it as 07:30.`;
  if (draft.quiet && !(isTime(draft.from) && isTime(draft.to)))
    found.quiet = "Write times of the day, such as 22:00 and 06:00.";
  else if (draft.quiet && draft.from === draft.to) found.quiet = "Write two different times, or switch it off.";
  return found;
}

export const isRight = ({ digest, quiet, routes }: ToldProblems): boolean => !digest && !quiet && !routes.some(Boolean);

/** "“Act now” goes to Operations at once, also from 22:00 to 06:00. “Look soon” and “To know” stay in the inbox." */
export function toldSentence(draft: ToldDraft, channelName: (id: string) => string): string {
  const parts = LEVELS.map((level) => levelWords(draft, level, channelName));
  const told = parts.filter(Boolean);
  if (!told.length) return "Nothing is sent to you. Alerts stand in the inbox.";
  const rest = LEVELS.filter((_, i) => !parts[i]).map(quoted);
  return [...told, rest.length ? `${list(rest, "and")} ${rest.length > 1 ? "stay" : "stays"} in the inbox.` : ""]
    .filter(Boolean)
    .join(" ");
}

const quoted = (level: Severity): string => `“${SEVERITIES[level]}”`;

function levelWords(draft: ToldDraft, level: Severity, channelName: (id: string) => string): string {
  const routes = draft.routes.filter(({ severities, channels }) => severities.includes(level) && channels.length);
  if (!routes.length) return "";
  const to = [...new Set(routes.flatMap(({ channels }) => channels))].map(channelName);
  const of = routes.some(({ rules }) => rules === null) ? "" : " of some rules";
  return `${quoted(level)}${of} goes to ${list(to, "and", 4)} ${whenWords(draft, level)}.`;
}

function whenWords(draft: ToldDraft, level: Severity): string {
  const times = timesIn(draft.digest).filter(isTime);
  const gathered = level !== "critical" && times.length ? `gathered, at ${list(times, "and")}` : "at once";
  if (!draft.quiet) return gathered;
  const anyway = level === "critical" && draft.criticalAnyway;
  return anyway
    ? `${gathered}, also from ${draft.from} to ${draft.to}`
    : `${gathered}, but not from ${draft.from} to ${draft.to}`;
}

export const timesIn = (text: string): string[] => text.split(/[\s,;]+/).filter(Boolean);
const isTime = (text: string): boolean => /^([01][0-9]|2[0-3]):[0-5][0-9]$/.test(text);
