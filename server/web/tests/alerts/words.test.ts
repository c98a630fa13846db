import { describe, expect, test } from "vitest";

import { snoozes } from "../../src/alerts/deeds";
import { happened } from "../../src/alerts/happened";
import { hoursWords, list, ruleSentence } from "../../src/alerts/rule_words";
import { metaWords, stateWords } from "../../src/alerts/words";
import { factWords } from "../../src/words/facts";
import { firstName } from "../../src/words/name";
import { aFact, anAlert, aRule, oneAlert } from "../support/alerts";
import { NOON } from "../support/builders";

const plain = (text: string): string => text.replaceAll("\u00a0", " ");
const ago = (s: number): string => new Date(NOON - 1000 * s).toISOString();
const named = { fence: (id: string) => `the ${id}`, vehicle: (id: string) => id, team: (id: string) => id };

describe("what an alert says beside its reason", () => {
  test("its age, and how much later it was known when that matters", () => {
    const late = anAlert(900, { late: true, raised_at: ago(600) });
    expect(metaWords(late, NOON).map(plain)).toEqual(["15 min ago", "known 5 min later"]);
    expect(metaWords(anAlert(40), NOON).map(plain)).toEqual(["40 s ago"]);
  });
  test("who has it and since when; an assignment counts more", () => {
    const taken = anAlert(900, { state: "acknowledged", acknowledged_by: "riikka.salo", acknowledged_at: ago(60) });
    expect(stateWords(taken, NOON)).toMatch(/^Riikka has it since \d\d:\d\d$/);
    expect(stateWords({ ...taken, assigned_to: "aino" }, NOON)).toBe("Aino has it");
  });
  test("how it ended: by itself, by late data, by a person", () => {
    const by = (closed_by: string) => stateWords(anAlert(900, { state: "closed", closed_at: ago(0), closed_by }), NOON);
    expect(by("rule")).toMatch(/^Closed by itself \d\d:\d\d$/);
    expect(by("late data")).toMatch(/^Late data showed that it was not so, \d\d:\d\d$/);
    expect(by("aino@fleet.example")).toMatch(/^Closed by Aino \d\d:\d\d$/);
  });
});

describe("a rule as a sentence", () => {
  test("says what, where, when, how long, how it ends and who is told", () => {
    const rule = aRule({
      kinds: ["fence_left", "fence_crossed"],
      closes_by: ["fence_entered"],
      fences: ["depot"],
      hours: "Mon-Fri 20:00-05:00",
      time_zone: "Europe/Helsinki",
      severity: "critical",
      wait_s: 300,
      escalate_after_s: 900,
      escalate_to: "aino.virtanen",
    });
    expect(plain(ruleSentence(rule, named))).toBe(
      "Act now when a van leaves a fence or a van crosses a fence, at the depot, Mon to Fri 20:00–05:00 " +
        "(Europe/Helsinki) and it lasts 5 min. It closes by itself when a van enters a fence. " +
        "If nobody acts for 15 min, Aino is told.",
    );
  });
  test("what ends by nobody but a person says so", () => {
    expect(ruleSentence(aRule({ kinds: ["tamper"], closes_by: [] }), named)).toMatch(/A person closes it\.$/);
  });
  test("of many vehicles the first ones, and how many more", () => {
    expect(list(["a", "b", "c", "d", "e"], "and", 3)).toBe("a, b and 3 more");
    expect(hoursWords("Sat-Sun 08:00-20:00")).toBe("Sat to Sun 08:00–20:00");
  });
});

describe("facts in words", () => {
  test("a visit names its fence and its length", () => {
    const left = aFact("fence_left", 0, { fence: "depot", duration_s: 2040 });
    expect(Object.values(factWords(left, named.fence)).map(plain)).toEqual(["Left the depot", "after 34 min inside"]);
  });
  test("a kind that nobody knows yet is still said", () => {
    expect(factWords(aFact("door_opened", 0), named.fence)).toEqual({ title: "Door opened", detail: "" });
  });
  test("figures that are missing leave no gap", () => {
    expect(factWords(aFact("trip_ended", 0, { distance_m: 4200 }), named.fence).detail).not.toContain(",");
  });
});

test("around an alert each fact stands once, in order, and its reasons are marked", () => {
  const reason = aFact("fence_left", 60);
  const rows = happened(oneAlert({ facts: [reason] }), [aFact("trip_ended", 10), reason], named.fence);
  expect(rows.map(({ id, reason: why }) => [id, why])).toEqual([
    ["fence_left-60", true],
    ["trip_ended-10", false],
  ]);
});

test("tomorrow's morning is the one that comes", () => {
  const at = (hour: number) =>
    plain(
      snoozes(new Date(2026, 10, 22, hour))
        .at(-1)!
        .join(" "),
    );
  expect([at(15), at(5)]).toEqual(["Until tomorrow 07:00 960", "Until 07:00 120"]);
});

test("first names for people", () => {
  expect(["Riikka Salo", "riikka.salo", "aino@fleet.example", "admin"].map(firstName)).toEqual([
    "Riikka",
    "Riikka",
    "Aino",
    "Admin",
  ]);
});
