import { describe, expect, it } from "vitest";

import { signalFor } from "../../src/dock/signals";
import { atDock, columnsFor, departure, sub, tileOf, todoOf, type Elsewhere } from "../../src/dock/words";
import { aLoad, aParcel, aStranger } from "../support/loads";

const NOW = Date.parse("2026-11-24T06:59:00Z");
const elsewhere: Elsewhere = {
  vehicleName: (id) => (id === "v9" ? "Van 9" : id),
  dockOf: (id) => (id === "v9" ? "2" : null),
};
const plain = (text: string): string => text.replaceAll("\u00a0", " ");
const lost = (id = "MP-A17K") =>
  aParcel(id, { aboard: "no", p: 0.98, place: "site:depot", last_heard_by: "vehicle:v9" });

describe("what to do", () => {
  it("names the stranger and where it belongs, before all else", () => {
    const load = aLoad({ state: "wrong", strangers: [aStranger("MP-2K9D")], packages: [aParcel("A"), lost()] });
    const todo = todoOf(load, NOW, elsewhere);
    expect(todo.heading).toBe("1 parcel is in the wrong van");
    expect(todo.cards[0]).toMatchObject({ verb: "Take out", id: "MP-2K9D", where: "to Van 21, dock 5" });
    expect(todo.aloud).toBe("1 parcel is in the wrong van. Take out MP-2K9D to Van 21, dock 5.");
    expect(sub(load, elsewhere)).toBe("Also missing: MP-A17K, last heard at dock 2.");
  });

  it("says where what is missing was heard last", () => {
    const [card] = todoOf(aLoad({ state: "missing", packages: [aParcel("A"), lost()] }), NOW, elsewhere).cards;
    expect(card).toMatchObject({ verb: "Find", id: "MP-A17K", where: "last heard at dock 2" });
    expect(plain(card!.more)).toMatch(/, 18 min ago\. 98 % sure it is not aboard\.$/);
  });

  it("names two and counts the others", () => {
    const todo = todoOf(aLoad({ state: "missing", packages: ["A", "B", "C", "D"].map(lost) }), NOW, elsewhere);
    expect(todo.cards).toHaveLength(2);
    expect(todo.rest).toBe("and C, D");
  });

  it("never says that each is 99 % sure when one is not", () => {
    const packages = [aParcel("A"), aParcel("B", { aboard: "probably", p: 0.962 })];
    const [card] = todoOf(aLoad({ packages }), NOW, elsewhere).cards;
    expect(card!.where).not.toContain("each");
    expect(plain(card!.more)).toBe("1 of them less than 99 % sure.");
    expect(plain(sub(aLoad({ state: "loading", packages }), elsewhere))).toBe("1 is 99 % sure, 1 is 96 % sure.");
  });

  it("knows no tag from a van that is empty", () => {
    const packages = [aParcel("A", { aboard: "not_known", p: null, place: null })];
    expect(todoOf(aLoad({ state: "loading", packages }), NOW, elsewhere).tone).toBe("silent");
    expect(todoOf(aLoad({ state: "none", packages: [] }), NOW, elsewhere).heading).toBe("Nothing to load");
  });

  it("does not forget what a van left without", () => {
    const todo = todoOf(aLoad({ state: "left", packages: [aParcel("A"), lost()] }), NOW, elsewhere);
    expect(plain(todo.heading)).toBe("Van 12 left without 1 parcel");
    expect(todo.tone).toBe("warn");
  });
});

describe("tiles", () => {
  it("are half below 99 %, hollow while loading, amber when missing, dashed when not heard", () => {
    expect(tileOf(aParcel("A"), "loading")).toBe("in");
    expect(tileOf(aParcel("A", { aboard: "probably" }), "loading")).toBe("may");
    expect(tileOf(lost(), "loading")).toBe("due");
    expect(tileOf(lost(), "missing")).toBe("miss");
    expect(tileOf(aParcel("A", { aboard: "not_known" }), "missing")).toBe("dark");
  });

  it("have room, however many there are", () => {
    expect(columnsFor(48)).toBe(12);
    for (const count of [1, 49, 120, 300]) {
      const columns = columnsFor(count);
      expect(Math.ceil(count / columns) * ((89 - 1.1 * (columns - 1)) / columns + 1.1)).toBeLessThanOrEqual(32.2);
    }
  });
});

describe("leaving", () => {
  const at = (iso: string) => departure(aLoad(), Date.parse(iso));
  it("counts minutes up, so that nobody has less time than is said", () => {
    expect(plain(at("2026-11-24T06:59:00Z")!.figure)).toBe("in 11 min");
    expect(plain(at("2026-11-24T07:09:20Z")!.figure)).toBe("in 40 s");
  });
  it("says when it should have left", () => {
    expect(at("2026-11-24T07:14:00Z")).toMatchObject({ late: true });
    expect(plain(at("2026-11-24T07:14:00Z")!.figure)).toBe("4 min ago");
  });
});

describe("the van of a dock", () => {
  it("is the next to leave; the one that left when there is none", () => {
    const first = aLoad({ vehicle_id: "v1", state: "left", departs_at: "2026-11-24T06:00:00Z" });
    const next = aLoad({ vehicle_id: "v2", state: "loading", departs_at: "2026-11-24T08:00:00Z" });
    const last = aLoad({ vehicle_id: "v3", state: "loading", departs_at: "2026-11-24T09:00:00Z" });
    expect(atDock([last, next, first], "3")).toBe(next);
    expect(atDock([first], "3")).toBe(first);
    expect(atDock([first], "4")).toBeUndefined();
  });
});

describe("sounds", () => {
  const wrong = aLoad({ state: "wrong", strangers: [aStranger("S")] });
  const missing = aLoad({ state: "missing", packages: [lost()] });

  it("wrong at once, and again each minute while it is so", () => {
    const [first, heard] = signalFor(null, wrong, NOW);
    expect(first).toBe("wrong");
    const [second, then] = signalFor(heard, wrong, NOW + 30_000);
    expect(second).toBeNull();
    expect(signalFor(then, wrong, NOW + 60_000)[0]).toBe("wrong");
    const two = { ...wrong, strangers: [...wrong.strangers, aStranger("T")] };
    expect(signalFor(then, two, NOW + 31_000)[0]).toBe("wrong");
  });

  it("complete once, and not for a screen that was just switched on", () => {
    expect(signalFor(null, aLoad(), NOW)[0]).toBeNull();
    const [, heard] = signalFor(null, missing, NOW);
    expect(signalFor(heard, aLoad(), NOW)[0]).toBe("complete");
  });

  it("missing is silent until five minutes before leaving", () => {
    const [none, heard] = signalFor(null, missing, NOW);
    expect(none).toBeNull();
    const [soon, then] = signalFor(heard, missing, Date.parse("2026-11-24T07:05:00Z"));
    expect(soon).toBe("missing");
    expect(signalFor(then, missing, Date.parse("2026-11-24T07:06:00Z"))[0]).toBeNull();
  });

  it("another van at the dock begins anew", () => {
    const [, heard] = signalFor(null, missing, NOW);
    expect(signalFor(heard, aLoad({ vehicle_id: "v13" }), NOW)[0]).toBeNull();
  });
});
