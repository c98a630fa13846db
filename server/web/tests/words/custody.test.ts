import { describe, expect, it } from "vitest";

import { custodyWords, dots, percent, type Names } from "../../src/words/custody";

const names: Names = {
  vehicle: (id) => `Van ${id.slice(1)}`,
  site: () => "the depot",
  stop: (id) => `stop ${id}`,
};
const plain = (text: string): string => text.replaceAll("\u00a0", " ");

describe("custody in words", () => {
  it("never says 100 and never rounds up over a limit", () => {
    expect(plain(percent(1))).toBe("99+ %");
    expect(plain(percent(0.99))).toBe("99+ %");
    expect(plain(percent(0.9899))).toBe("98 %");
    expect(plain(percent(0.57))).toBe("57 %");
  });

  it("has four dots: 50, 80, 95, 99 %", () => {
    expect([0.49, 0.5, 0.8, 0.95, 0.99].map(dots)).toEqual([0, 1, 2, 3, 4]);
  });

  it("says aboard, probably, maybe, not known", () => {
    expect(custodyWords("vehicle:v12", 0.995, names)).toBe("aboard Van 12");
    expect(custodyWords("vehicle:v12", 0.91, names)).toBe("probably aboard Van 12");
    expect(custodyWords("vehicle:v12", 0.64, names)).toBe("maybe in Van 12");
    expect(custodyWords("site:d", 0.64, names)).toBe("maybe at the depot");
    expect(custodyWords("vehicle:v12", 0.38, names, ["vehicle:v14"])).toBe("not known; Van 12 or Van 14");
    expect(custodyWords("unknown", 0.3, names)).toBe("not known");
    expect(custodyWords("unknown", 0.97, names)).toBe("probably in none of the known places");
  });
});
