import { describe, expect, test } from "vitest";

import { KeyReader, KEYS } from "../../src/ops/keys";
import { nextPath } from "../../src/login/next";

const press = (key: string, shiftKey = false) => ({ key, shiftKey });

describe("keys", () => {
  test("G waits for its second key, and only for a moment", () => {
    const reader = new KeyReader();
    expect([reader.read(press("g"), "list", 0), reader.read(press("g"), "list", 900)]).toEqual([null, "gateways"]);
    expect([reader.read(press("G"), "list", 2000), reader.read(press("l"), "list", 5000)]).toEqual([null, null]);
  });
  test("a key means what is shown: D is the list's, Space is the day's", () => {
    const reader = new KeyReader();
    expect([reader.read(press("d"), "list", 0), reader.read(press("d"), "day", 0)]).toEqual(["day", null]);
    expect([reader.read(press(" "), "list", 0), reader.read(press(" "), "day", 0)]).toEqual([null, "play"]);
    expect(reader.read(press("ArrowLeft", true), "day", 0)).toBe("minute-earlier");
  });
  test("no key has two meanings at one place", () => {
    for (const where of new Set(KEYS.map((key) => key.where))) {
      const keys = KEYS.filter((key) => key.where === where || key.where === "everywhere").flatMap((key) => key.keys);
      expect(new Set(keys).size).toBe(keys.length);
    }
  });
});

test("after signing in one goes only to a page of this server", () => {
  const to = (next: string) => nextPath(`?next=${encodeURIComponent(next)}`, "http://here");
  expect([
    to("/?vehicle=van-3"),
    to("//evil.example/x"),
    to("https://evil.example"),
    to("/login?next=/"),
    to("/\\evil.example"),
  ]).toEqual(["/?vehicle=van-3", "/", "/", "/", "/"]);
  expect(nextPath("", "http://here")).toBe("/");
});
