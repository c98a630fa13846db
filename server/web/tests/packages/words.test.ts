import { describe, expect, it } from "vitest";

import { aboardRows } from "../../src/packages/aboard";
import { refusedFile, rowsOf } from "../../src/packages/csv";
import { story } from "../../src/packages/words";
import { anEvent, aSpan, names } from "../support/custody";
import { aLoad, aParcel, aStranger } from "../support/loads";

const NOW = Date.parse("2026-11-24T09:00:00Z");
const plain = (text: string): string => text.replaceAll("\u00a0", " ");

describe("a package's story", () => {
  it("says once what a span and an event both say", () => {
    const rows = story(
      {
        package: "A",
        spans: [aSpan("site:d", "06:00", "06:52"), aSpan("vehicle:v12", "06:52", "08:00")],
        others: [],
        events: [anEvent("loaded", "06:52")],
      },
      names,
      NOW,
    );
    expect(rows.map(({ title }) => title)).toEqual(["At the depot", "Loaded into Van 12"]);
    expect(plain(rows[0]!.detail)).toBe("97 to 99+ % sure, for 52 min");
  });

  it("keeps what late data took back, and says what became of it", () => {
    const late = anEvent("wrong_vehicle", "07:10");
    const events = [
      anEvent("wrong_vehicle", "07:20", { standing: false, superseded_by: late.id }),
      anEvent("missing", "07:30", { standing: false }),
      late,
    ];
    const rows = story({ package: "A", spans: [], others: [], events }, names, NOW);
    expect(rows.map(({ gone }) => gone.replace(/\d\d:\d\d/, "hh:mm"))).toEqual([
      "",
      "Late data moved this to hh:mm.",
      "It was not so: late data showed it.",
    ]);
    expect(rows[1]!.tone).toBe("plain");
  });

  it("says how late something was noticed", () => {
    const events = [anEvent("missing", "07:30", { noticed_at: "2026-11-24T07:34:00Z" })];
    expect(plain(story({ package: "A", spans: [], others: [], events }, names, NOW)[0]!.detail)).toContain(
      "Noticed 4 min later.",
    );
  });
});

describe("who is aboard", () => {
  it("strangers first, then what is missing, then the least sure; the others are counted", () => {
    const packages = [
      aParcel("sure"),
      aParcel("also"),
      aParcel("may", { aboard: "probably", p: 0.91 }),
      aParcel("gone", { aboard: "no", p: 0.97 }),
      aParcel("maybe", { aboard: "probably", p: 0.83 }),
    ];
    const { rows, sure } = aboardRows(aLoad({ state: "wrong", packages, strangers: [aStranger("odd")] }));
    expect(rows.map(({ id }) => id)).toEqual(["odd", "gone", "maybe", "may"]);
    expect(sure).toBe(2);
  });
});

describe("a file's lines", () => {
  const text = 'id,name\r\nA1,"two\nlines"\r\n\r\n,"no id"\r\nA3,plain';

  it("are counted as people count them, quotation marks and all", () => {
    expect(rowsOf(text).map(({ line }) => line)).toEqual([1, 2, 5, 6]);
  });

  it("come back with the reason when they were refused", () => {
    const file = refusedFile(text, [{ line: 5, why: 'It has no "id".' }]);
    expect(file).toBe('id,name,why\r\n,"no id","It has no ""id""."\r\n');
  });
});
