/** When the dock makes a sound: pure, from what it showed before and what it shows now. */

import type { Load } from "../api/custody_types";
import type { Signal } from "./sound.svelte";
import { SOON_MS } from "./words";

/** What is wrong is said again while it is wrong. */
const AGAIN_MS = 60_000;

export interface Heard {
  vehicle: string;
  state: Load["state"];
  strangers: ReadonlySet<string>;
  out: ReadonlySet<string>;
  soon: boolean;
  saidAtMs: number;
}

/** The first look is silent but for what is wrong: a screen that was started again is no news. */
export function signalFor(before: Heard | null, load: Load, nowMs: number): [Signal | null, Heard] {
  const same = before?.vehicle === load.vehicle_id ? before : null;
  const now: Heard = {
    vehicle: load.vehicle_id,
    state: load.state,
    strangers: new Set(load.strangers.map(({ id }) => id)),
    out: new Set(load.packages.filter(({ aboard }) => aboard === "no").map(({ id }) => id)),
    soon: load.departs_at !== null && Date.parse(load.departs_at) - nowMs <= SOON_MS,
    saidAtMs: same?.saidAtMs ?? -Infinity,
  };
  const signal = pick(same, now, nowMs);
  return [signal, signal ? { ...now, saidAtMs: nowMs } : now];
}

function pick(before: Heard | null, now: Heard, nowMs: number): Signal | null {
  const fresh = (set: ReadonlySet<string>, old?: ReadonlySet<string>) => [...set].some((id) => !old?.has(id));
  if (now.state === "wrong")
    return fresh(now.strangers, before?.strangers) || nowMs - now.saidAtMs >= AGAIN_MS ? "wrong" : null;
  if (now.state === "complete") return before && before.state !== "complete" ? "complete" : null;
  if (now.state === "missing" && now.soon)
    return !before?.soon || before.state !== "missing" || fresh(now.out, before.out) ? "missing" : null;
  return null;
}
