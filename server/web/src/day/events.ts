/** What happened on a day, in words, in the order of time: the axis' twin for everybody who reads. Pure. */

import type { Alert } from "../api/alert_types";
import { openedMs, toneOf, type Tone } from "../alerts/need";
import type { Fact, FactWithHistory } from "../api/types";
import type { Stretch } from "../track/track";
import { clock, duration } from "../words/age";
import { momentWords, spanWords, type FenceName } from "./words";
import { changeWords, lateWords } from "./changes";
import type { FactSpan } from "./spans";

export interface DayEvent {
  id: string;
  atMs: number;
  toMs: number;
  /** A dot for driving and standing, an icon, or the shape of a tone. */
  mark: { dot: "drive" | "stand" } | { icon: string } | { tone: Tone };
  what: string;
  more: string;
  /** What late data did to it, or when it came to be known. */
  changed: string | null;
  late: string | null;
}

export interface Happened {
  spans: FactSpan[];
  /** Facts that are no spans, of this day. */
  moments: Fact[];
  alerts: Alert[];
  stretches: Stretch[];
  fenceName: FenceName;
  /** Whether a fence is a site. */
  isSite: (fence: string) => boolean;
  /** Facts with their history, where late data changed them. */
  histories: ReadonlyMap<string, FactWithHistory>;
}

const LEAST_MS = 60_000;
/** Told by their alerts and lanes; in the list they would hide the rest. */
const UNTOLD = new Set(["ignition_on", "ignition_off", "fix_flagged", "sensor_normal", "receiver_found"]);

export function eventsOf(day: Happened): DayEvent[] {
  const told = day.spans.filter((span) => isTold(span, day.spans)).map((span) => ofSpan(span, day));
  const moments = day.moments.filter(({ kind }) => !UNTOLD.has(kind)).map((fact) => ofMoment(fact, day));
  const known = told.length > 0 || moments.length > 0;
  const gaps = day.stretches.filter(({ kind }) => kind === "gap");
  const rest = known
    ? gaps
    : day.stretches.filter(({ kind, fromMs, toMs }) => kind === "gap" || toMs - fromMs >= LEAST_MS);
  return [...told, ...moments, ...rest.map(ofStretch), ...day.alerts.map(ofAlert)].toSorted(
    (a, b) => a.atMs - b.atMs || b.toMs - a.toMs,
  );
}

/** Not every red light; and standing at a site is a visit. */
function isTold(span: FactSpan, all: FactSpan[]): boolean {
  if (span.kind !== "halt") return true;
  if (span.halt === "traffic") return false;
  const { fence } = span.fact;
  return !(
    fence &&
    all.some(
      (one) => one.kind === "visit" && one.fact.fence === fence && one.toMs > span.fromMs && one.fromMs < span.toMs,
    )
  );
}

function ofSpan(span: FactSpan, day: Happened): DayEvent {
  const { fact, fromMs: atMs, toMs } = span;
  const [what, more] = spanWords(span, day.fenceName);
  const mark = markOf(span, day);
  const changed = changeWords(fact, day.histories.get(fact.id));
  return { id: fact.id, atMs, toMs, mark, what, more, changed, late: lateWords(fact) };
}

function markOf({ kind, halt, fact }: FactSpan, day: Happened): DayEvent["mark"] {
  if (kind === "trip") return { dot: "drive" };
  if (kind === "halt") return halt === "break" ? { icon: "break" } : { dot: "stand" };
  if (kind === "visit") return { icon: fact.fence && day.isSite(fact.fence) ? "home" : "fence" };
  if (kind === "silence") return { tone: "silent" };
  return { icon: kind === "idling" ? "pause" : "pulse" };
}

function ofMoment(fact: Fact, day: Happened): DayEvent {
  const [what, more] = momentWords(fact, day.fenceName);
  const atMs = Date.parse(fact.at);
  const mark = { icon: fact.fence ? (fact.kind === "dwell_reached" ? "clock" : "fence") : "pulse" };
  return {
    id: fact.id,
    atMs,
    toMs: atMs,
    mark,
    what,
    more,
    changed: changeWords(fact, day.histories.get(fact.id)),
    late: lateWords(fact),
  };
}

function ofStretch({ kind, fromMs, toMs }: Stretch): DayEvent {
  const long = duration((toMs - fromMs) / 1000);
  const words: Record<Stretch["kind"], [string, string]> = {
    gap: [`No fix for ${long}`, "Where it was is not known."],
    stand: [`Standing ${long}`, `until ${clock(new Date(toMs))}`],
    drive: [`Driving ${long}`, ""],
  };
  const mark: DayEvent["mark"] = kind === "gap" ? { tone: "silent" } : { dot: kind };
  const [what, more] = words[kind];
  return { id: `${kind} ${fromMs}`, atMs: fromMs, toMs, mark, what, more, changed: null, late: null };
}

function ofAlert(alert: Alert): DayEvent {
  const atMs = openedMs(alert);
  const toMs = alert.closed_at ? Date.parse(alert.closed_at) : Infinity;
  // what is over keeps the shape that it had
  const tone = toneOf({ ...alert, state: "open" });
  return {
    id: alert.id,
    atMs,
    toMs,
    mark: { tone },
    what: alert.title,
    more: alert.because,
    changed: null,
    late: null,
  };
}

/** Where an instant stands in the list: the last event that had begun. */
export const eventAt = (events: DayEvent[], ms: number): DayEvent | undefined =>
  events.findLast(({ atMs }) => atMs <= ms);

/** The beginning of the next or previous event; the ends of the day when there is none. */
export function beside(events: DayEvent[], ms: number, steps: 1 | -1, fromMs: number, toMs: number): number {
  const begins = events.map(({ atMs }) => Math.min(toMs, Math.max(fromMs, atMs)));
  if (steps > 0) return begins.find((begin) => begin > ms + 1) ?? toMs;
  return begins.findLast((begin) => begin < ms - 1500) ?? fromMs;
}
