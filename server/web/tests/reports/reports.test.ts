import { describe, expect, test } from "vitest";

import { Cells, clocked, sorted } from "../../src/reports/cells";
import { formatsOf, groupsOf, queryOf, questionOf } from "../../src/reports/question";
import { daysOf, plusDays, todayIn } from "../../src/reports/windows";

const NOW = new Date("2026-11-25T22:30:00Z");
const from = (query: string) => {
  const said = new URLSearchParams(query);
  return questionOf((key) => said.get(key), "Europe/Helsinki", NOW);
};

describe("windows", () => {
  test("are whole days, weeks begin on Monday, months have their own length", () => {
    expect(daysOf("last-week", "2026-11-25")).toEqual({ from: "2026-11-16", to: "2026-11-22" });
    expect(daysOf("this-week", "2026-11-22")).toEqual({ from: "2026-11-16", to: "2026-11-22" });
    expect(daysOf("last-7", "2026-03-03")).toEqual({ from: "2026-02-25", to: "2026-03-03" });
    expect(daysOf("this-month", "2028-02-10")).toEqual({ from: "2028-02-01", to: "2028-02-29" });
    expect(daysOf("last-month", "2026-01-31")).toEqual({ from: "2025-12-01", to: "2025-12-31" });
    expect(daysOf("today", "2026-11-25")).toEqual({ from: "2026-11-25", to: "2026-11-25" });
    expect(daysOf("yesterday", "2026-01-01")).toEqual({ from: "2025-12-31", to: "2025-12-31" });
  });
  test("today is that of the report's zone", () => {
    expect([todayIn("Europe/Helsinki", NOW), todayIn("UTC", NOW)]).toEqual(["2026-11-26", "2026-11-25"]);
    expect(plusDays("2026-03-28", 2)).toBe("2026-03-30");
  });
});

describe("the question", () => {
  test("without a word it is the trips of the last seven days, at home", () => {
    expect(from("")).toMatchObject({ kind: "trips", window: "last-7", group: "", zone: "Europe/Helsinki" });
    expect(from("").days).toEqual({ from: "2026-11-20", to: "2026-11-26" });
  });
  test("what a URL says wrong is as usual", () => {
    const odd = from("report=custody&group=colour&zone=Mars&from=2026-13-99&to=x&window=ever");
    expect(odd).toEqual(from(""));
    expect(from("from=2026-11-22&to=2026-11-16").window).toBe("last-7");
    expect(from("report=trips&group=fence").group).toBe("");
    expect(from("report=visits&group=fence").group).toBe("fence");
  });
  test("the last day counts: the API's end is the day after it", () => {
    const query = queryOf(from("report=halts&from=2026-11-16&to=2026-11-22&vehicles=a,b&group=day&zone=UTC"), "csv");
    expect(query.toString()).toBe("from=2026-11-16&to=2026-11-23&time_zone=UTC&vehicle=a%2Cb&group=day&format=csv");
  });
  test("only what has places can be drawn, and groups have none", () => {
    const formats = (query: string) => formatsOf(from(query)).map(({ format }) => format);
    expect(formats("report=trips")).toContain("gpx");
    expect(formats("report=trips&group=day")).not.toContain("gpx");
    expect(formats("report=distance")).not.toContain("kml");
    expect(groupsOf("idling")).not.toContain("fence");
  });
});

describe("cells", () => {
  const week = { time_zone: "Europe/Helsinki", from: "2026-11-15T22:00:00Z", to: "2026-11-22T22:00:00Z" };
  const said = (kind: "time" | "day" | "duration" | "distance" | "speed" | "count" | "text", value: string | number) =>
    new Cells(week).said({ kind }, value).replaceAll("\u00a0", " ");
  test("are the words of the other formats", () => {
    expect(said("time", "2026-11-16T06:30:00.000Z")).toBe("16 Nov, 08:30:00");
    expect(said("day", "2026-11-16")).toBe("16 Nov");
    expect([said("duration", 3862), said("duration", 3_600_000), clocked(59)]).toEqual([
      "1:04:22",
      "1,000:00:00",
      "0:00:59",
    ]);
    expect([said("distance", 1204.5), said("speed", 50), said("count", 1204)]).toEqual(["1,204.50", "50.0", "1,204"]);
    expect(new Cells(week).said({ kind: "time" }, null)).toBe("");
  });
  test("have their year when the window lies in two", () => {
    const turn = new Cells({ time_zone: "UTC", from: "2025-12-29T00:00:00Z", to: "2026-01-05T00:00:00Z" });
    expect(turn.said({ kind: "day" }, "2026-01-01")).toBe("1\u00a0Jan\u00a02026");
    const december = new Cells({ time_zone: "UTC", from: "2025-12-29T00:00:00Z", to: "2026-01-01T00:00:00Z" });
    expect(december.said({ kind: "day" }, "2025-12-31")).toBe("31\u00a0Dec");
  });
  test("sort as people count, and what is not known comes last", () => {
    const rows = [{ n: "Van 12" }, { n: null }, { n: "Van 2" }];
    expect(sorted(rows, { key: "n", down: false }).map(({ n }) => n)).toEqual(["Van 2", "Van 12", null]);
    expect(sorted(rows, { key: "n", down: true }).map(({ n }) => n)).toEqual(["Van 12", "Van 2", null]);
    expect(sorted([{ n: 10 }, { n: 9 }], { key: "n", down: false })[0]).toEqual({ n: 9 });
    expect(sorted(rows, null)).toBe(rows);
  });
});
