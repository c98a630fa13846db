/** Spans of a day in words; what happens at an instant is said by `words/facts`. Pure. */

import { clock, duration } from "../words/age";
import { factWords } from "../words/facts";
import { distance, speed, whole } from "../words/units";
import type { Fact } from "../api/types";
import type { FactSpan } from "./spans";

export type FenceName = (id: string) => string;

const KMH = 3.6;
const number = (value: unknown): number => (typeof value === "number" ? value : NaN);
const HALTS: Record<string, string> = { traffic: "in traffic", break: "a break", idle: "with the engine on" };

/** What it was, and more of it; `more` may be empty. */
export function spanWords(span: FactSpan, fenceName: FenceName): [string, string] {
  const { kind, fact, open } = span;
  const long = duration((span.toMs - span.fromMs) / 1000);
  const place = fact.fence ? fenceName(fact.fence) : "";
  const soFar = `for ${long} so far`;
  switch (kind) {
    case "trip":
      return open ? ["Driving", soFar] : drove(fact);
    case "halt":
      if (open) return ["Standing", soFar];
      return [`Stood ${long}${place ? ` in ${place}` : ""}`, place ? "" : (HALTS[span.halt ?? ""] ?? "")];
    case "visit":
      return open ? [`In ${place}`, soFar] : [`In ${place} for ${long}`, `until ${clock(new Date(span.toMs))}`];
    case "idling":
      return ["Engine on while standing", open ? soFar : `for ${long}`];
    case "speeding":
      return open ? [`Faster than ${speed(number(fact.limit_mps))}`, place] : sped(fact, place);
    case "silence":
      return open ? ["The gateway is silent", soFar] : [`The gateway was silent for ${long}`, ""];
  }
}

function drove(fact: Fact): [string, string] {
  const most = number(fact.max_speed_mps);
  const more = [`in ${duration(number(fact.duration_s))}`, most > 0 ? `up to ${speed(most)}` : ""];
  return [`Drove ${distance(number(fact.distance_m))}`, more.filter(Boolean).join(", ")];
}

/** "61 in a 40 zone, 9 s" */
function sped(fact: Fact, place: string): [string, string] {
  const [most, limit] = [number(fact.max_speed_mps) * KMH, number(fact.limit_mps) * KMH];
  const far = number(fact.distance_m);
  const more = [place, far > 0 ? `over ${distance(far)}` : ""].filter(Boolean).join(", ");
  return [`${whole(most)} in a ${whole(limit)} zone, ${duration(number(fact.duration_s))}`, more];
}

export const momentWords = (fact: Fact, fenceName: FenceName): [string, string] => {
  const { title, detail } = factWords(fact, fenceName);
  return [title, detail];
};
