/** What late data made of facts, in words. Pure. */

import type { Fact, FactWithHistory } from "../api/types";
import { clock, clockSeconds, duration } from "../words/age";

const BEGINS = ["started_at", "entered_at", "silent_since"];

/** "Changed at 13:52: late data moved this from 13:43"; null for a fact that late data did not touch. `known` is the same
 * fact with its history, once that was read. */
export function changeWords(fact: Fact, known: FactWithHistory | undefined): string | null {
  const changedAt = clock(new Date(fact.recorded_at));
  if (known?.moved_from) {
    return `Changed at ${changedAt}: late data moved this from ${instants(known.moved_from.at, fact.at)}`;
  }
  if (fact.instead_of) return `Changed at ${changedAt}: late data moved this`;
  if (fact.revision <= 1) return null;
  const before = known?.history.at(-1);
  return `Changed at ${changedAt}: ${before ? difference(before.body, fact) : "late data changed this"}`;
}

/** A time among others: with seconds only where minutes would not tell them apart. */
function instants(before: string, now: string): string {
  const [a, b] = [new Date(before), new Date(now)];
  return clock(a) === clock(b) ? `${clockSeconds(a)} to ${clockSeconds(b)}` : clock(a);
}

function difference(before: Record<string, unknown>, now: Fact): string {
  for (const key of BEGINS) {
    const [was, is] = [before[key], now[key]];
    if (typeof was === "string" && typeof is === "string" && was !== is) {
      return `late data moved its beginning from ${instants(was, is)}`;
    }
  }
  const [was, is] = [before.duration_s, now.duration_s];
  if (typeof was === "number" && typeof is === "number" && duration(was) !== duration(is)) {
    return `late data made it ${duration(is)} instead of ${duration(was)}`;
  }
  if (before.halt !== now.halt) return `late data made it a ${String(now.halt)} instead of a ${String(before.halt)}`;
  return "late data changed its figures";
}

/** Facts that came long after they happened: "Known at 13:52", with the delay; null when they came in time. */
export function lateWords(fact: Fact): string | null {
  if (!fact.late || fact.instead_of || fact.revision > 1) return null;
  const lateS = (Date.parse(fact.recorded_at) - Date.parse(fact.at)) / 1000;
  return lateS > 90 ? `Known at ${clock(new Date(fact.recorded_at))}, ${duration(lateS)} later` : null;
}
