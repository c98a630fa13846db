import { describe, expect, test } from "vitest";

import { described, emptyRule, endsOf, ruleDraft, ruleFrom, ruleProblems } from "../../src/settings/rule_draft";
import { aRule } from "../support/alerts";

const ENDS = { gateway_silent: ["gateway_heard"], fence_left: ["fence_entered"], tamper: [] };

describe("a rule while it is written", () => {
  test("goes into fields and comes back as it was", () => {
    const rules = [
      aRule(),
      aRule({ kinds: ["tamper"], closes_by: [] }),
      aRule({ kinds: ["fence_left"], closes_by: ["fence_entered", "trip_ended"], fences: ["depot"] }),
      aRule({ kinds: ["fence_left"], closes_by: [], hours: "Mon-Fri 20:00-05:00", time_zone: "Europe/Helsinki" }),
      aRule({ vehicles: ["van-1"], teams: ["north"], wait_s: 90, escalate_after_s: 900, escalate_to: "aino" }),
    ];
    for (const rule of rules) {
      const { id, changed_at } = rule; // these are the server's
      expect({ id, changed_at, ...ruleFrom(ruleDraft(rule, ENDS), ENDS) }).toEqual(rule);
    }
  });
  test("a fence is for what has a place: it goes when the rule watches something else", () => {
    const draft = ruleDraft(aRule({ kinds: ["fence_left"], closes_by: ["fence_entered"], fences: ["depot"] }), ENDS);
    expect(described({ ...draft, kinds: ["gateway_silent"] }, ENDS).fences).toBeNull();
  });
  test("what a person closes has nothing to wait for", () => {
    const draft = { ...ruleDraft(aRule({ wait_s: 300 }), ENDS), end: "person" as const };
    expect([endsOf(draft, ENDS), described(draft, ENDS).wait_s]).toEqual([[], 0]);
  });
  test("whoever is to be told needs a time, and a time needs somebody", () => {
    const draft = { ...ruleDraft(aRule(), ENDS), escalateAfter: "15" };
    expect(described(draft, ENDS).escalate_after_s).toBeNull();
    expect(ruleProblems({ ...draft, escalateTo: "aino", escalateAfter: "" })).toHaveProperty("escalateAfter");
  });
  test("what is missing or no figure is said by its field, with what to write", () => {
    const wrong = { ...emptyRule("UTC"), vehicles: [], coolDown: "soon", wait: "-3" };
    expect(Object.keys(ruleProblems(wrong)).sort()).toEqual(["coolDown", "kinds", "name", "vehicles", "wait"]);
    for (const words of Object.values(ruleProblems(wrong))) expect(words).toMatch(/^(Write|Choose) .*\.$/);
  });
  test("12,5 min is a figure for a Finn", () => {
    expect(described({ ...ruleDraft(aRule(), ENDS), wait: "12,5" }, ENDS).wait_s).toBe(750);
  });
});
