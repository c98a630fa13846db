/** Who is aboard, in the order of doubt: strangers, then what is missing, then what we are least sure of. Pure. */

import type { Load, LoadPackage } from "../api/custody_types";
import { clock } from "../words/age";

export interface AboardRow {
  id: string;
  words: string;
  tone: "crit" | "warn" | "plain";
  /** Null: no figure says anything. */
  p: number | null;
}

const SURE = 0.99;

const rank = ({ tone, p }: AboardRow): number => (tone === "crit" ? 0 : tone === "warn" ? 1 : 2) + (p ?? 0) / 2;

export function aboardRows(load: Load): { rows: AboardRow[]; sure: number } {
  const strangers = load.strangers.map<AboardRow>((stranger) => ({
    id: stranger.id,
    words: stranger.vehicle_name ? `belongs to ${stranger.vehicle_name}` : "belongs elsewhere",
    tone: "crit",
    p: stranger.p,
  }));
  const rest = load.packages.map((parcel) => rowOf(parcel, load.state));
  const sure = rest.filter(({ tone, p, words }) => tone === "plain" && words === "aboard" && (p ?? 1) >= SURE);
  const unsure = rest.filter((row) => !sure.includes(row));
  return { rows: [...strangers, ...unsure].toSorted((a, b) => rank(a) - rank(b)), sure: sure.length };
}

function rowOf({ id, aboard, p, last_heard_at: at }: LoadPackage, state: Load["state"]): AboardRow {
  if (aboard === "yes") return { id, words: "aboard", tone: "plain", p };
  if (aboard === "probably") return { id, words: "probably aboard", tone: "plain", p };
  if (aboard === "not_known") return { id, words: at ? "not known" : "not heard", tone: "plain", p };
  const since = at ? `, ${clock(new Date(at))}` : "";
  if (state === "loading") return { id, words: "not aboard yet", tone: "plain", p: null };
  return { id, words: `not aboard${since}`, tone: "warn", p };
}
