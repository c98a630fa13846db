import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

const css = readFileSync(new URL("../../src/look/tokens.css", import.meta.url), "utf8").replace(/\/\*.*?\*\//gs, "");

/** The colours that a rule declares. */
function block(start: RegExp): Record<string, string> {
  const from = css.search(start);
  const body = css.slice(css.indexOf("{", from) + 1, css.indexOf("}", from));
  return Object.fromEntries(
    [...body.matchAll(/--([\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [name, value!.trim()]),
  );
}

const light = block(/:root, \[data-theme="light"\]/);
const dark = block(/^\[data-theme="dark"\]/m);
const system = block(/:root:not\(\[data-theme\]\)/);

/** WCAG 2.2, relative luminance of #rrggbb. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
}

const GROUNDS = ["canvas", "surface", "raised", "sunken", "hover", "pressed", "selected"];
const TEXTS = ["ink", "ink-2", "ink-3", "accent", "ok-text", "warn-text", "crit-text", "silent-text"];

describe("tokens", () => {
  test("dark by the system is dark by choice", () => expect(system).toEqual(dark));

  test.each([
    ["light", light],
    ["dark", dark],
  ])("every text of the %s theme can be read on every ground", (_name, theme) => {
    for (const text of TEXTS) {
      const own = text.endsWith("-text") ? [text.replace("-text", "-soft")] : [];
      for (const ground of [...GROUNDS, ...own]) {
        const found = contrast(theme[text]!, theme[ground]!);
        expect(found, `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
      }
    }
  });
});
