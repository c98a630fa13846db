/** Facts as spans of time: a trip, a halt, a visit is its `_ended` fact; one that goes on has only its start. Pure. */

import type { Fact } from "../api/types";

export type SpanKind = "trip" | "halt" | "visit" | "idling" | "speeding" | "silence";
export type Halt = "site" | "stop" | "traffic" | "break" | "idle";

export interface FactSpan {
  id: string;
  kind: SpanKind;
  fromMs: number;
  toMs: number;
  /** It goes on. */
  open: boolean;
  /** Of a halt, once it is over. */
  halt: Halt | null;
  /** The fact that says it. */
  fact: Fact;
}

interface Pair {
  kind: SpanKind;
  began: string;
  ended: string;
  since: string;
}

const PAIRS: Pair[] = [
  { kind: "trip", began: "trip_started", ended: "trip_ended", since: "started_at" },
  { kind: "halt", began: "halt_started", ended: "halt_ended", since: "started_at" },
  { kind: "visit", began: "fence_entered", ended: "fence_left", since: "entered_at" },
  { kind: "idling", began: "idling_started", ended: "idling_ended", since: "started_at" },
  { kind: "speeding", began: "speeding_started", ended: "speeding_ended", since: "started_at" },
  { kind: "silence", began: "gateway_silent", ended: "gateway_heard", since: "silent_since" },
];
const SPAN_KINDS = new Set(PAIRS.flatMap(({ began, ended }) => [began, ended]));

export const isSpan = (fact: Fact): boolean => SPAN_KINDS.has(fact.kind);

/** The spans that touch from..to, cut to it, in the order of their beginnings. `facts` may reach beyond. */
export function spansOf(facts: Fact[], fromMs: number, toMs: number): FactSpan[] {
  const found = PAIRS.flatMap((pair) => spansOfPair(facts, pair, toMs));
  return found
    .filter((span) => span.toMs > fromMs && span.fromMs < toMs)
    .map((span) => ({ ...span, fromMs: Math.max(fromMs, span.fromMs), toMs: Math.min(toMs, span.toMs) }))
    .toSorted((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs);
}

function spansOfPair(facts: Fact[], { kind, began, ended, since }: Pair, toMs: number): FactSpan[] {
  const over = facts.filter((fact) => fact.kind === ended);
  const spans = over.map((fact): FactSpan => {
    const fromMs = Date.parse(String(fact[since]));
    const halt = kind === "halt" ? ((fact.halt as Halt | undefined) ?? "stop") : null;
    return { id: fact.id, kind, fromMs, toMs: Date.parse(fact.at), open: false, halt, fact };
  });
  const begins = new Set(spans.map(({ fromMs, fact }) => `${fact.fence} ${fromMs}`));
  for (const fact of facts) {
    if (fact.kind !== began) continue;
    const fromMs = kind === "silence" ? Date.parse(String(fact.last_seen_at ?? fact.at)) : Date.parse(fact.at);
    const ended = spans.some(
      (span) => !span.open && sameFence(kind, span.fact, fact) && span.fromMs <= fromMs && fromMs < span.toMs,
    );
    if (ended || begins.has(`${fact.fence} ${fromMs}`)) continue;
    spans.push({ id: fact.id, kind, fromMs, toMs, open: true, halt: null, fact });
  }
  return spans;
}

/** Visits of two fences may overlap; a halt says its site only at its end. */
const sameFence = (kind: SpanKind, a: Fact, b: Fact): boolean => kind !== "visit" || a.fence === b.fence;

interface Part {
  fromMs: number;
  toMs: number;
}

/** Driving: trips without the halts in them, nor the holes of the track. */
export function drives(spans: FactSpan[], holes: Part[] = []): Part[] {
  const halts = spans.filter(({ kind }) => kind === "halt");
  const out = [...halts, ...holes].toSorted((a, b) => a.fromMs - b.fromMs);
  return spans.filter(({ kind }) => kind === "trip").flatMap((trip) => without(trip, out));
}

function without({ fromMs, toMs }: Part, out: Part[]): Part[] {
  const parts: Part[] = [];
  let at = fromMs;
  for (const one of out) {
    if (one.toMs <= at || one.fromMs >= toMs) continue;
    if (one.fromMs > at) parts.push({ fromMs: at, toMs: one.fromMs });
    at = Math.max(at, one.toMs);
  }
  if (toMs > at) parts.push({ fromMs: at, toMs });
  return parts;
}

/** Rows so that nothing in one row overlaps; what does not fit into `most` rows goes into the last. */
export function inRows<T extends { fromMs: number; toMs: number }>(spans: T[], most: number): T[][] {
  const rows: T[][] = [];
  for (const span of spans) {
    const free = rows.find((row) => row.at(-1)!.toMs <= span.fromMs);
    if (free) free.push(span);
    else if (rows.length < most) rows.push([span]);
    else rows.at(-1)!.push(span);
  }
  return rows;
}

/** Stops of the day in their order: 1, 2, 3, by the span's id. */
export function stopNumbers(spans: FactSpan[]): ReadonlyMap<string, number> {
  const stops = spans.filter(({ kind, halt, open }) => kind === "halt" && halt === "stop" && !open);
  return new Map(stops.map(({ id }, i) => [id, i + 1]));
}
