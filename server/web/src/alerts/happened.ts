/** What happened in the minutes around an alert, in order: facts, and the alert's own opening and end. Pure. */

import type { Fact, OneAlert } from "../api/alert_types";
import { factWords } from "../words/facts";

export interface Happened {
  id: string;
  atMs: number;
  title: string;
  detail: string;
  /** It is the reason of the alert. */
  reason: boolean;
  /** Late data showed that it was not so. */
  withdrawn: boolean;
  /** It came to be known later than it happened. */
  late: boolean;
}

export function happened(one: OneAlert, facts: Fact[], place: (fence: string) => string): Happened[] {
  const reasons = new Set(one.facts.map(({ id }) => id));
  const all = new Map([...facts, ...one.facts].map((fact) => [fact.id, fact]));
  const rows = [...all.values()].map((fact) => ({
    id: fact.id,
    atMs: Date.parse(fact.at),
    ...factWords(fact, place),
    reason: reasons.has(fact.id),
    withdrawn: fact.withdrawn,
    late: fact.late,
  }));
  if (!reasons.size) rows.push(own("opened", one.opened_at, one.title));
  return rows.sort((a, b) => a.atMs - b.atMs);
}

const own = (id: string, at: string, title: string): Happened => ({
  id,
  atMs: Date.parse(at),
  title,
  detail: "",
  reason: true,
  withdrawn: false,
  late: false,
});
