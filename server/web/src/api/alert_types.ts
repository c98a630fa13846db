/** The shapes of alerts, their rules and what people are told, by the names that the pages use. */

import type { components } from "./schema";

type Schemas = components["schemas"];

/** What else a fact says follows from its kind. */
export type Fact = Schemas["AlertFact"] & { [says: string]: unknown };
export type Alert = Omit<Schemas["Alert"], "facts"> & { facts: Fact[] };
export type OneAlert = Omit<Schemas["OneAlert"], "facts"> & { facts: Fact[] };
export type AlertPage = Omit<Schemas["Alerts"], "items"> & { items: Alert[] };
export type AlertCounts = Schemas["AlertCounts"];
export type AlertEvent = Schemas["AlertEvent"];
export type AlertState = Alert["state"];
export type AlertFilter = "open" | "mine" | "snoozed" | "closed";
export type Severity = Alert["severity"];
export type Delivery = Schemas["Delivery"];

export type AlertRule = Schemas["AlertRule"];
/** All rules, and the kinds of facts that a rule may select, each with what ends it by nature. */
export type AlertRules = Schemas["AlertRules"];
export type NewRule = Schemas["AlertRuleIn"];

export type Channel = Schemas["Channel"];
export type NewChannel = Schemas["ChannelIn"];
export type Subscription = Schemas["Subscription"];
export type Route = Schemas["Route"];
