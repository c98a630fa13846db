/** Builders of alerts, facts and rules: right by themselves, with what the test is about said in the call. */

import type { Alert, AlertRule, Fact, OneAlert } from "../../src/api/alert_types";
import { NOON } from "./builders";

const at = (ms: number): string => new Date(ms).toISOString();

/** Opened so many seconds before noon. */
export const anAlert = (agoS: number, over: Partial<Alert> = {}): Alert => ({
  id: `alert-${agoS}`,
  rule: "left",
  rule_name: "Left the depot at night",
  kind: "fence_left",
  severity: "warning",
  vehicle: "van-12",
  vehicle_name: "Van 12",
  fence: "depot",
  opened_at: at(NOON - 1000 * agoS),
  raised_at: at(NOON - 1000 * agoS + 2000),
  closed_at: null,
  state: "open",
  acknowledged_by: null,
  acknowledged_at: null,
  assigned_to: null,
  snoozed_until: null,
  escalated_at: null,
  closed_by: null,
  instead: null,
  title: "Van 12 left the depot",
  because: "It left after 34 min inside.",
  late: false,
  lon: 24.94,
  lat: 60.17,
  facts: [],
  count: 0,
  members: [],
  folded_into: null,
  ...over,
});

export const oneAlert = (over: Partial<OneAlert> = {}): OneAlert => ({
  ...anAlert(60),
  history: [],
  evidence: { vehicle: "van-12", from: at(NOON - 660_000), to: at(NOON + 540_000) },
  deliveries: [],
  ...over,
});

export const aFact = (kind: string, agoS: number, says: Record<string, unknown> = {}): Fact => ({
  id: `${kind}-${agoS}`,
  kind,
  vehicle: "van-12",
  at: at(NOON - 1000 * agoS),
  fence: null,
  late: false,
  recorded_at: at(NOON),
  withdrawn: false,
  ...says,
});

export const aRule = (over: Partial<AlertRule> = {}): AlertRule => ({
  id: "silent",
  name: "A gateway is silent",
  kinds: ["gateway_silent"],
  closes_by: ["gateway_heard"],
  vehicles: null,
  teams: null,
  fences: null,
  hours: null,
  time_zone: "UTC",
  severity: "warning",
  wait_s: 0,
  cool_down_s: 300,
  actionable_s: 3600,
  escalate_after_s: null,
  escalate_to: null,
  enabled: true,
  changed_at: at(NOON),
  ...over,
});
