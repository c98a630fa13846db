/** A rule of alerts while it is written: fields as they are typed, so that nothing is lost on a mistake. Pure.
 *
 * Durations are minutes here and seconds in the rule. */

import type { AlertRule, NewRule, Severity } from "../api/alert_types";
import { numberIn } from "../fences/draft";
import type { Described } from "../alerts/rule_words";

export interface RuleDraft {
  name: string;
  kinds: string[];
  severity: Severity;
  /** Null: all of them. */
  fences: string[] | null;
  vehicles: string[] | null;
  teams: string[] | null;
  hours: string;
  timeZone: string;
  /** How it ends: by what ends it by nature, by a person, or as somebody wrote it through the API. */
  end: "nature" | "person" | "own";
  closesBy: string[];
  wait: string;
  coolDown: string;
  actionable: string;
  escalateAfter: string;
  escalateTo: string;
  enabled: boolean;
}

export type RuleField = "name" | "kinds" | "fences" | "vehicles" | "wait" | "coolDown" | "actionable" | "escalateAfter";
export type RuleProblems = Partial<Record<RuleField, string>>;
export type Ends = Record<string, string[]>;

const MOST_MIN = 525_600;
const LONGEST_ESCALATION_MIN = 43_200;
export const PLACES = [
  "fence_entered",
  "fence_left",
  "fence_crossed",
  "dwell_reached",
  "speeding_started",
  "speeding_ended",
];

export const emptyRule = (timeZone: string): RuleDraft => ({
  name: "",
  kinds: [],
  severity: "warning",
  fences: null,
  vehicles: null,
  teams: null,
  hours: "",
  timeZone,
  end: "nature",
  closesBy: [],
  wait: "",
  coolDown: "5",
  actionable: "60",
  escalateAfter: "",
  escalateTo: "",
  enabled: true,
});

/** What ends these kinds by nature. */
export const naturalEnds = (kinds: string[], ends: Ends): string[] => [
  ...new Set(kinds.flatMap((kind) => ends[kind] ?? [])),
];

export function ruleDraft(rule: AlertRule, ends: Ends): RuleDraft {
  const natural = naturalEnds(rule.kinds, ends);
  const same = natural.length === rule.closes_by.length && natural.every((kind) => rule.closes_by.includes(kind));
  return {
    name: rule.name,
    kinds: rule.kinds,
    severity: rule.severity,
    fences: rule.fences,
    vehicles: rule.vehicles,
    teams: rule.teams,
    hours: rule.hours ?? "",
    timeZone: rule.time_zone,
    end: same ? "nature" : rule.closes_by.length ? "own" : "person",
    closesBy: rule.closes_by,
    wait: rule.wait_s ? minutes(rule.wait_s) : "",
    coolDown: minutes(rule.cool_down_s),
    actionable: minutes(rule.actionable_s),
    escalateAfter: rule.escalate_after_s === null ? "" : minutes(rule.escalate_after_s),
    escalateTo: rule.escalate_to ?? "",
    enabled: rule.enabled,
  };
}

export function endsOf(draft: RuleDraft, ends: Ends): string[] {
  if (draft.end === "person") return [];
  return draft.end === "own" ? draft.closesBy : naturalEnds(draft.kinds, ends);
}

/** Whether a place means anything for what the rule watches. */
export const hasPlace = (draft: RuleDraft): boolean => draft.kinds.some((kind) => PLACES.includes(kind));

/** As the sentence reads it. */
export function described(draft: RuleDraft, ends: Ends): Described {
  const closes_by = endsOf(draft, ends);
  const escalates = Boolean(draft.escalateAfter.trim() && draft.escalateTo);
  return {
    kinds: draft.kinds,
    closes_by,
    vehicles: draft.vehicles,
    teams: draft.teams,
    fences: hasPlace(draft) ? draft.fences : null,
    hours: draft.hours.trim() || null,
    time_zone: draft.timeZone,
    severity: draft.severity,
    wait_s: closes_by.length ? seconds(draft.wait, 0) : 0,
    cool_down_s: seconds(draft.coolDown, 5),
    actionable_s: seconds(draft.actionable, 60),
    escalate_after_s: escalates ? seconds(draft.escalateAfter, 15) : null,
    escalate_to: escalates ? draft.escalateTo : null,
  };
}

/** The body to send; only for a draft without problems. */
export const ruleFrom = (draft: RuleDraft, ends: Ends): NewRule => ({
  ...described(draft, ends),
  name: draft.name.trim(),
  enabled: draft.enabled,
});

/** What has to be mended before it can be saved, by field: what to write. */
export function ruleProblems(draft: RuleDraft): RuleProblems {
  const found: RuleProblems = {};
  if (!draft.name.trim()) found.name = "Write a name, such as Left the depot at night.";
  if (!draft.kinds.length) found.kinds = "Choose at least one thing that it watches.";
  if (hasPlace(draft) && draft.fences && !draft.fences.length) found.fences = "Choose at least one fence, or all.";
  if (draft.vehicles && !draft.vehicles.length && !draft.teams?.length) found.vehicles = "Choose at least one, or all.";
  if (draft.wait.trim() && !within(draft.wait, 0, MOST_MIN))
    found.wait = "Write minutes, such as 5, or leave it empty.";
  if (!within(draft.coolDown, 0, MOST_MIN)) found.coolDown = "Write minutes, such as 5; 0 for none.";
  if (!within(draft.actionable, 0, MOST_MIN)) found.actionable = "Write minutes, such as 60.";
  if (draft.escalateTo && !within(draft.escalateAfter, 1, LONGEST_ESCALATION_MIN)) {
    found.escalateAfter = "Write minutes from 1 on, such as 15.";
  }
  return found;
}

const within = (text: string, least: number, most: number): boolean => {
  const number = numberIn(text);
  return number !== null && number >= least && number <= most;
};
const seconds = (text: string, otherwiseMin: number): number => Math.round(60 * (numberIn(text) ?? otherwiseMin));
const minutes = (s: number): string => String(Math.round((s / 60) * 100) / 100);
