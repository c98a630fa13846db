import { expect, test } from "vitest";

import type { Schedule } from "../../src/api/reports";
import { mailboxes, outcome, when } from "../../src/reports/timing";

const NOW = new Date("2026-11-23T12:00:00Z");
const schedule = (over: Partial<Schedule>): Schedule =>
  ({
    every: "week",
    on: 1,
    at: "07:00",
    enabled: true,
    next_at: "2026-11-30T05:00:00Z",
    last: null,
    ...over,
  }) as Schedule;
const last = (over: Partial<NonNullable<Schedule["last"]>>) =>
  ({ state: "sent", sent_at: null, error: null, ...over }) as Schedule["last"];

test("when it is sent is said as people say it", () => {
  expect(when({ every: "day", on: 1, at: "06:30" })).toBe("every day at 06:30");
  expect(when({ every: "week", on: 7, at: "07:00" })).toBe("every Sunday at 07:00");
  expect(
    [1, 2, 3, 11, 12, 13, 21, 22, 23].map((on) => when({ every: "month", on, at: "07:00" }).split(" ")[4]),
  ).toEqual(["1st", "2nd", "3rd", "11th", "12th", "13th", "21st", "22nd", "23rd"]);
});

test("what became of the last one comes before when the next one does", () => {
  expect(outcome(schedule({}), NOW).words).toMatch(/^First on 30 Nov/);
  expect(outcome(schedule({ last: last({ sent_at: "2026-11-23T05:00:00Z" }) }), NOW).tone).toBe("ok");
  expect(outcome(schedule({ last: last({ state: "failed", error: "No." }) }), NOW)).toEqual({
    tone: "crit",
    words: "Not sent. No.",
  });
  expect(outcome(schedule({ last: last({ state: "waiting", error: "Away." }) }), NOW).tone).toBe("warn");
  expect(outcome(schedule({ enabled: false, next_at: null }), NOW).words).toBe("Off");
});

test("mailboxes are what stands between commas or spaces", () => {
  expect(mailboxes(" a@b.example,c@d.example; e@f.example ")).toEqual({
    all: ["a@b.example", "c@d.example", "e@f.example"],
    wrong: null,
  });
  expect([mailboxes("").all, mailboxes("boss, a@b").wrong]).toEqual([[], "boss"]);
});
