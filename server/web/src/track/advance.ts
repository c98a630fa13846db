/** The replay's clock. Pure. */

import type { Stretch } from "./track";

export const RATES = [1, 10, 60, 300] as const;
export type Rate = (typeof RATES)[number];
const SKIPPED_MS = 60_000;
/** So much of a stand is shown before and after the jump, so that one sees that it is one. */
const SHOWN_MS = 3_000;

/** The playhead `deltaMs` later; stands and gaps of more than a minute are jumped over. */
export function advance(stretches: Stretch[], atMs: number, deltaMs: number, rate: number): number {
  const next = atMs + deltaMs * rate;
  const shownMs = SHOWN_MS * Math.max(1, rate / 10);
  for (const { kind, fromMs, toMs } of stretches) {
    if (kind === "drive" || toMs - fromMs < SKIPPED_MS + shownMs) continue;
    if (next > fromMs + shownMs && atMs < toMs - shownMs && next < toMs)
      return toMs - Math.min(shownMs, (toMs - fromMs) / 4);
  }
  return next;
}
