import { describe, expect, test } from "vitest";

import type { GatewayRow } from "../../src/api/types";
import { ago, ageOrDate, clockOrDate, duration, shortAge } from "../../src/words/age";
import { gatewayLine, need, receiverWords } from "../../src/words/gateway";
import { byName, initials, markText, matches } from "../../src/words/name";
import { accuracy, distance, kilometres, speed, wind } from "../../src/words/units";
import { sentenceOf } from "../../src/words/vehicle";
import { aFix, aVehicle, NOON } from "../support/builders";

/** No-break spaces are part of the look; tests are read with plain ones. */
const plain = (text: string | null): string | null => text?.replaceAll("\u00a0", " ") ?? null;

describe("ages", () => {
  test.each([
    [-3, "0 s"],
    [4.9, "4 s"],
    [90, "90 s"],
    [91, "1 min"],
    [90 * 60 + 59, "90 min"],
    [91 * 60, "1 h"],
    [36 * 3600, "36 h"],
    [37 * 3600, null],
  ])("%d s is %s", (seconds, words) => expect(plain(shortAge(seconds))).toBe(words));

  test("what is older than an age can say is a date", () => {
    const at = new Date(2026, 10, 12, 9, 5);
    expect(ageOrDate(at, new Date(2026, 10, 22))).toBe("12 Nov");
    expect(ago(at, new Date(2026, 10, 22))).toBe("12 Nov");
    expect(plain(ago(at, new Date(2026, 10, 12, 9, 9)))).toBe("4 min ago");
  });

  test("a time of today needs no date, another one has it", () => {
    const at = new Date(2026, 10, 22, 13, 36);
    expect(clockOrDate(at, new Date(2026, 10, 22, 20, 0))).toBe("13:36");
    expect(clockOrDate(at, new Date(2026, 10, 23, 20, 0))).toBe("22 Nov, 13:36");
  });

  test.each([
    [40, "40 s"],
    [600, "10 min"],
    [3840, "1 h 04 min"],
    [7199.9, "2 h 00 min"],
  ])("a stretch of %d s is %s", (seconds, words) => expect(plain(duration(seconds))).toBe(words));
});

test("quantities have their units behind a no-break space", () => {
  expect(distance(12)).toBe("12\u00a0m");
  expect([600, 9_949, 48_100, 1_234_567].map(kilometres)).toEqual(["0.6", "9.9", "48", "1,235"]);
  expect(plain(speed(10))).toBe("36 km/h");
  expect([accuracy(4.2), accuracy(0.2), accuracy(null)].map(plain)).toEqual(["± 4 m", "± 1 m", "not said"]);
  expect([0, 44, 180, 350].map(wind)).toEqual(["north", "north-east", "south", "north"]);
});

test("a mark shows the last figures of a name, or its first letters", () => {
  expect(["Van 12", "van-007", "KA 48-2101", "Åke's", "x"].map(markText)).toEqual(["12", "7", "2101", "ÅK", "X"]);
});

test("a search finds words in any order and without accents", () => {
  expect(matches("12 van", "Van 12", null)).toBe(true);
  expect(matches("sornainen", "Sörnäinen 4")).toBe(true);
  expect(matches("van 3", "Van 12", "gw-0012")).toBe(false);
  expect(matches("van 1", "Van 21")).toBe(false);
  expect(matches("12", "Van 7", "gw-0012")).toBe(true);
  expect(matches("nwe", "Nordic Newell")).toBe(false);
});

test("van 2 comes before van 12", () => {
  expect(["Van 12", "Van 2"].map((name) => ({ name })).sort(byName)[0]!.name).toBe("Van 2");
  expect([initials("Riikka Salo"), initials("admin"), initials("")]).toEqual(["RS", "AD", "?"]);
});

describe("the sentence of now", () => {
  const where = { street: "Kaivokatu", standingSinceMs: null };
  const words = (...args: Parameters<typeof sentenceOf>) => plain(sentenceOf(...args).join(""));

  test("says how fast, where and where to", () => {
    expect(words(aVehicle(), "moving", NOON, where)).toBe("Driving 36 km/h on Kaivokatu, east.");
  });
  test("says for how long it stands", () => {
    const standing = { street: null, standingSinceMs: NOON - 120_000 };
    expect(words(aVehicle(), "standing", NOON, standing)).toBe("Standing, for 2 min.");
  });
  test("says how far a silent one may be, and never more than 2 km", () => {
    const said = words(aVehicle({ last: aFix({ speed_mps: 10 }) }), "silent", NOON + 600_000, where);
    expect(said).toMatch(/^Last seen \d\d:\d\d on Kaivokatu\. It may be up to 2\.0 km from there\.$/);
  });
});

describe("a gateway in words", () => {
  const status = {
    online: true,
    outbox: { waiting: 412, oldest_at: new Date(NOON - 420_000).toISOString() },
    receiver: { state: "fix", satellites: 14 },
  };
  test("what waits inside it is said with its age", () => {
    const [tone, words] = gatewayLine("gw-7", { id: "gw-7", online: true, status }, NOON);
    expect([tone, plain(words)]).toEqual([
      "ok",
      "gw-7: receiver has a fix, 14 satellites; 412 rows, oldest 7 min, waiting",
    ]);
  });
  test("one that is away is silent, not broken", () => {
    expect(gatewayLine("gw-7", { id: "gw-7", online: false, status: null }, NOON)[0]).toBe("silent");
    expect(receiverWords(null)).toBe("not said");
  });
  test("two boxes with one id come first", () => {
    const row: GatewayRow = {
      id: "g",
      vehicle: "v",
      site: null,
      claimed: true,
      online: true,
      last_seen_at: "2026-11-22T12:00:00.000Z",
      first_seen_at: "2026-11-22T12:00:00.000Z",
      status,
      stream: null,
      last_seq: 0,
      gaps: 0,
      missing_rows: 0,
      conflict: false,
    };
    const conflict = { ...row, conflict: true };
    const away = { ...row, online: false };
    expect(need(conflict, NOON)).toBeLessThan(need(away, NOON));
    expect(need(row, NOON)).toBeLessThan(need(row, NOON - 400_000));
  });
});
