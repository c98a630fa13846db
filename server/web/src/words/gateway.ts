/** How a gateway is, in words: worst first. Pure. */

import type { GatewayRow, GatewayStatus, StreamGateway } from "../api/types";
import { shortAge } from "./age";
import { plural } from "./units";

export type Tone = "ok" | "warn" | "crit" | "silent";

const BEHIND_MS = 60_000;

const RECEIVER: Record<string, string> = {
  searching: "searching",
  fix: "has a fix",
  no_fix: "no fix",
  silent: "says nothing",
  garbage: "not understood",
  absent: "not found",
};

export const receiverWords = (status: GatewayStatus | null): string => {
  const receiver = status?.receiver;
  if (!receiver?.state) return "not said";
  const words = RECEIVER[receiver.state] ?? receiver.state;
  return receiver.satellites ? `${words}, ${plural(receiver.satellites, "satellite")}` : words;
};

export const receiverTone = (status: GatewayStatus | null): Tone | null => {
  const state = status?.receiver?.state;
  if (!state) return null;
  return state === "fix" ? "ok" : state === "searching" ? null : "warn";
};

export const waitingOf = (status: GatewayStatus | null): number => status?.outbox?.waiting ?? 0;

/** It has something that the server should have had a minute ago: it was away, or is slower than its data. */
export function isCatchingUp(status: GatewayStatus | null, nowMs: number): boolean {
  const oldest = status?.outbox?.oldest_at;
  return waitingOf(status) > 0 && (!oldest || nowMs - Date.parse(oldest) > BEHIND_MS);
}

/** "412 rows, oldest 7 min" */
export function waitingWords(status: GatewayStatus | null, nowMs: number): string {
  const waiting = waitingOf(status);
  const oldest = status?.outbox?.oldest_at;
  const age = oldest ? shortAge((nowMs - Date.parse(oldest)) / 1000) : null;
  return `${plural(waiting, "row")}${age ? `, oldest ${age}` : ""}`;
}

/** One line at the foot of a vehicle's panel. */
export function gatewayLine(id: string, gateway: StreamGateway | undefined, nowMs: number): [Tone, string] {
  if (!gateway) return ["silent", `${id}: nothing is known of it yet`];
  const { online, status } = gateway;
  if (!online) return ["silent", `${id} is not connected; what it sees waits inside`];
  if (status?.problems?.length) return ["warn", `${id}: ${status.problems.join(", ")}`];
  const waiting = waitingOf(status);
  const rest = waiting ? `${waitingWords(status, nowMs)}, waiting` : "nothing waiting";
  const tone = receiverTone(status) === "warn" ? "warn" : "ok";
  return [tone, `${id}: receiver ${receiverWords(status)}; ${rest}`];
}

/** Two boxes with one id first, then those that are away, then those with holes or rows waiting. */
export function need(row: GatewayRow, nowMs: number): number {
  if (row.conflict) return 0;
  if (row.status?.problems?.length) return 1;
  if (!row.online) return 2;
  if (row.missing_rows > 0 || isCatchingUp(row.status, nowMs)) return 3;
  return 4;
}

/** Where a gateway has its time from. */
export function clockWords(status: GatewayStatus | null): string {
  const words: Record<string, string> = { gnss: "Satellites", synchronised: "Network", unknown: "Not set" };
  return words[status?.clock ?? ""] ?? "Not said";
}
