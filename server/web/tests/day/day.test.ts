import { describe, expect, test } from "vitest";

import type { Fact, FactWithHistory } from "../../src/api/types";
import { changeWords, lateWords } from "../../src/day/changes";
import { beside, eventAt, eventsOf, type Happened } from "../../src/day/events";
import { drives, inRows, spansOf, stopNumbers } from "../../src/day/spans";
import { NOON } from "../support/builders";

/** No-break spaces are for the page. */
const plain = (text: string | null | undefined): string => (text ?? "").replaceAll("\u00a0", " ");
const at = (minutes: number): string => new Date(NOON + minutes * 60_000).toISOString();
let number = 0;

function aFact(kind: string, minutes: number, more: Partial<Fact> = {}): Fact {
  const said = { fence: null, late: false, recorded_at: at(minutes), withdrawn: false, revision: 1, instead_of: null };
  return { id: `f${number++}`, kind, vehicle: "van-12", at: at(minutes), ...said, ...more };
}

const ended = (kind: string, from: number, to: number, more: Partial<Fact> = {}): Fact =>
  aFact(kind, to, { started_at: at(from), entered_at: at(from), duration_s: (to - from) * 60, ...more });

const spans = (...facts: Fact[]) => spansOf(facts, NOON, NOON + 600 * 60_000);
const minutes = (list: { fromMs: number; toMs: number }[]) =>
  list.map(({ fromMs, toMs }) => [(fromMs - NOON) / 60_000, (toMs - NOON) / 60_000]);

const happened = (facts: Fact[], more: Partial<Happened> = {}): Happened => ({
  spans: spans(...facts),
  moments: facts.filter(({ kind }) => kind === "fence_crossed" || kind === "harsh_braking"),
  alerts: [],
  stretches: [],
  fenceName: (id) => id.toUpperCase(),
  isSite: (id) => id === "depot",
  histories: new Map(),
  ...more,
});

describe("spans", () => {
  test("a span is its end; its beginning is not told twice", () => {
    const found = spans(aFact("trip_started", 0), ended("trip_ended", 0, 30), aFact("halt_started", 30));
    expect(found.map(({ kind, open }) => [kind, open])).toEqual([
      ["trip", false],
      ["halt", true],
    ]);
    expect(minutes(found)).toEqual([
      [0, 30],
      [30, 600],
    ]);
  });
  test("a visit that lasts over midnight is cut to the day, and one around it fills it", () => {
    const found = spansOf([ended("fence_left", -60, 20, { fence: "depot" })], NOON, NOON + 600 * 60_000);
    expect(minutes(found)).toEqual([[0, 20]]);
    expect(minutes(spans(ended("fence_left", -60, 900, { fence: "depot" })))).toEqual([[0, 600]]);
    expect(spans(ended("trip_ended", -60, -30))).toEqual([]);
  });
  test("of two fences each has its visit", () => {
    const found = spans(
      aFact("fence_entered", 0, { fence: "a" }),
      aFact("fence_entered", 5, { fence: "b" }),
      ended("fence_left", 0, 20, { fence: "a" }),
    );
    expect(found.map(({ fact, open }) => [fact.fence, open])).toEqual([
      ["a", false],
      ["b", true],
    ]);
    expect(inRows(found, 2)).toHaveLength(2);
    expect(inRows(found, 1)).toHaveLength(1);
  });
  test("driving is trips without the halts in them", () => {
    const found = spans(ended("trip_ended", 0, 60), ended("halt_ended", 10, 13), ended("halt_ended", 60, 90));
    expect(minutes(drives(found))).toEqual([
      [0, 10],
      [13, 60],
    ]);
  });
  test("stops are numbered, other halts are not", () => {
    const halts = ["stop", "traffic", "break", "stop"].map((halt, i) =>
      ended("halt_ended", i * 10, i * 10 + 5, { halt }),
    );
    expect([...stopNumbers(spans(...halts)).values()]).toEqual([1, 2]);
  });
  test("a gateway's silence begins when it was last heard", () => {
    const silent = aFact("gateway_silent", 12, { last_seen_at: at(2) });
    expect(minutes(spans(silent))).toEqual([[2, 600]]);
    const heard = aFact("gateway_heard", 25, { silent_since: at(2), duration_s: 1380 });
    expect(minutes(spans(silent, heard))).toEqual([[2, 25]]);
  });
});

describe("events", () => {
  test("red lights are not told, and standing at a site is its visit", () => {
    const told = eventsOf(
      happened([
        ended("trip_ended", 0, 60, { distance_m: 6120, max_speed_mps: 13.9 }),
        ended("halt_ended", 10, 12, { halt: "traffic" }),
        ended("halt_ended", 62, 80, { halt: "site", fence: "depot" }),
        ended("fence_left", 60, 82, { fence: "depot" }),
        ended("halt_ended", 100, 110, { halt: "stop" }),
      ]),
    );
    expect(told.map(({ what }) => plain(what))).toEqual(["Drove 6.1 km", "In DEPOT for 22 min", "Stood 10 min"]);
    expect(told[1]!.mark).toEqual({ icon: "home" });
  });
  test("without facts the track says what it can", () => {
    const stretches = [
      { kind: "drive" as const, fromMs: NOON, toMs: NOON + 600_000 },
      { kind: "gap" as const, fromMs: NOON + 600_000, toMs: NOON + 900_000 },
    ];
    expect(eventsOf(happened([], { stretches })).map(({ what }) => plain(what))).toEqual([
      "Driving 10 min",
      "No fix for 5 min",
    ]);
    const known = eventsOf(happened([aFact("harsh_braking", 1, { mps2: 5.2, speed_mps: 10 })], { stretches }));
    expect(known.map(({ what }) => plain(what))).toEqual(["Braked hard", "No fix for 5 min"]);
  });
  test("next and previous go from event to event, and end at the ends of the day", () => {
    const told = eventsOf(happened([ended("trip_ended", 0, 60), ended("halt_ended", 60, 70, { halt: "stop" })]));
    const [from, to] = [NOON, NOON + 100 * 60_000];
    expect(beside(told, NOON + 5000, 1, from, to)).toBe(NOON + 60 * 60_000);
    expect(beside(told, NOON + 61 * 60_000, 1, from, to)).toBe(to);
    expect(beside(told, NOON + 60 * 60_000, -1, from, to)).toBe(NOON);
    expect(beside([], NOON + 5000, -1, from, to)).toBe(from);
  });
  test("an instant stands at the last event that had begun", () => {
    const told = eventsOf(
      happened([ended("fence_left", 0, 90, { fence: "a" }), ended("halt_ended", 10, 20, { halt: "stop" })]),
    );
    expect(plain(eventAt(told, NOON + 15 * 60_000)?.what)).toBe("Stood 10 min");
    expect(plain(eventAt(told, NOON + 50 * 60_000)?.what)).toBe("Stood 10 min");
    expect(eventAt(told, NOON - 1)).toBeUndefined();
  });
});

describe("late data", () => {
  const told = (fact: Fact, more: Partial<FactWithHistory>): FactWithHistory =>
    ({ ...fact, history: [], moved_from: null, ...more }) as FactWithHistory;
  const clock = /\d\d:\d\d/g;

  test("a fact that moved says from when", () => {
    const fact = aFact("trip_started", 52, { instead_of: "old", recorded_at: at(60) });
    const words = changeWords(fact, told(fact, { moved_from: { id: "old", at: at(43) } }));
    expect(words?.replace(clock, "T")).toBe("Changed at T: late data moved this from T");
    expect(changeWords(fact, undefined)).toMatch(/late data moved this$/);
  });
  test("a move of seconds is told with seconds", () => {
    const fact = aFact("trip_started", 52, { instead_of: "old" });
    const words = changeWords(fact, told(fact, { moved_from: { id: "old", at: at(52.25) } }));
    expect(words).toMatch(/\d\d:\d\d:15 to \d\d:\d\d:00$/);
  });
  test("a fact that says something else now says what", () => {
    const fact = ended("halt_ended", 10, 30, { revision: 2 });
    const was = (body: Record<string, unknown>) =>
      told(fact, { history: [{ recorded_at: at(0), until: at(1), withdrawn: false, body }] });
    expect(changeWords(fact, was({ started_at: at(14), duration_s: 960 }))).toContain("moved its beginning from");
    expect(plain(changeWords(fact, was({ started_at: at(10), duration_s: 960 })))).toContain(
      "it 20 min instead of 16 min",
    );
    expect(changeWords(fact, was({ duration_s: 1200, halt: "stop" }))).toContain("instead of a stop");
    expect(changeWords(aFact("trip_started", 1), undefined)).toBeNull();
  });
  test("what came late but in order says when it was known", () => {
    expect(plain(lateWords(aFact("fence_entered", 0, { late: true, recorded_at: at(23) })))).toContain("23 min later");
    expect(lateWords(aFact("fence_entered", 0, { late: true, recorded_at: at(1) }))).toBeNull();
    expect(lateWords(aFact("fence_entered", 0, { recorded_at: at(23) }))).toBeNull();
  });
});
