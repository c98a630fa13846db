import { describe, expect, test } from "vitest";

import { byNeed, groupsOf, isLoud, needing, toneOf, tonesOf } from "../../src/alerts/need";
import { rowsOf } from "../../src/fleet/view";
import { anAlert } from "../support/alerts";
import { aVehicle, NOON } from "../support/builders";

describe("the tone", () => {
  test("silence is a tone of its own, until somebody calls it critical", () => {
    const silent = anAlert(60, { kind: "gateway_silent" });
    expect([toneOf(silent), toneOf({ ...silent, severity: "critical" })]).toEqual(["silent", "crit"]);
  });
  test("what is over is as it should be", () => {
    expect(toneOf(anAlert(60, { severity: "critical", state: "closed" }))).toBe("ok");
  });
  test("only open and critical is loud", () => {
    const critical = anAlert(60, { severity: "critical" });
    expect([isLoud(critical), isLoud({ ...critical, state: "acknowledged" }), isLoud(anAlert(60))]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe("the order", () => {
  const [warning, critical, silent] = [
    anAlert(10),
    anAlert(500, { severity: "critical" }),
    anAlert(5, { kind: "gateway_silent" }),
  ];
  test("the worst stands first, whatever its age; then the newest", () => {
    expect([silent, anAlert(20), warning, critical].sort(byNeed).map(({ id }) => id)).toEqual([
      "alert-500",
      "alert-10",
      "alert-20",
      "alert-5",
    ]);
  });
  test("an acknowledged alert keeps its place in the inbox, so that nothing jumps under the pointer", () => {
    const before = [critical, warning].sort(byNeed);
    const after = [{ ...critical, state: "acknowledged" as const }, warning].sort(byNeed);
    expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  });
  test("above the vehicles, what nobody has taken stands before what somebody has", () => {
    const taken = { ...critical, state: "acknowledged" as const };
    expect(needing([taken, warning], 4).map(({ id }) => id)).toEqual(["alert-10", "alert-500"]);
    expect(needing([taken, warning, silent], 2)).toHaveLength(2);
  });
  test("members of a storm are in its row", () => {
    const member = anAlert(7, { folded_into: "storm" });
    expect([needing([member], 4), groupsOf([member], NOON)]).toEqual([[], []]);
  });
});

test("groups are of the last hour, of today, and older; closed ones by when they closed", () => {
  const yesterday = anAlert(90_000, { state: "closed", closed_at: new Date(NOON - 60_000).toISOString() });
  const groups = groupsOf([anAlert(60), anAlert(7200), anAlert(100_000), yesterday], NOON);
  expect(groups.map(({ title, alerts }) => [title, alerts.length])).toEqual([
    ["Now", 2],
    ["Today", 1],
    ["Older", 1],
  ]);
});

describe("what the map marks", () => {
  test("a vehicle has the worst tone of its open alerts; what somebody took marks nothing", () => {
    const alerts = [
      anAlert(5),
      anAlert(60, { severity: "critical" }),
      anAlert(70, { vehicle: "van-3", state: "acknowledged" }),
      anAlert(80, { vehicle: null }),
    ];
    expect([...tonesOf(alerts)]).toEqual([["van-12", "crit"]]);
  });
  test("rows stand by need: act now, look soon, silent, then as the fleet has them", () => {
    const van = (id: string, atMs = NOON) => aVehicle({ id, atMs });
    const fleet = [van("a"), van("b", NOON - 3_600_000), van("c"), van("d")];
    const tones = new Map([
      ["c", "warn"],
      ["d", "crit"],
    ]);
    expect(rowsOf(fleet, NOON, tones).map(({ vehicle }) => vehicle.id)).toEqual(["d", "c", "b", "a"]);
  });
});
