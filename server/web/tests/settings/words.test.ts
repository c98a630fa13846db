import { expect, test } from "vitest";

import type { Change } from "../../src/api/accounts";
import { refusal } from "../../src/login/refusal";
import { tabsFor, TABS } from "../../src/settings/tabs";
import { browser, byDay, details, MAY, sentence, WORD_SAYS } from "../../src/settings/words";

const change = (what: string, more: Partial<Change> = {}): Change => ({
  id: 1,
  at: "2026-11-22T10:00:00.000Z",
  who: "riikka",
  kind: "user",
  what,
  subject: "aino",
  detail: {},
  address: "192.0.2.7",
  ...more,
});

test("a change is a sentence about who did it", () => {
  expect(sentence(change("user_added"))).toBe("added the user aino");
  expect(sentence(change("signed_in", { detail: { way: "oidc" } }))).toBe("signed in by single sign-on");
  expect(sentence(change("sign_in_failed", { detail: { times: 7 } }))).toBe("failed to sign in, 7\u00a0times");
  expect(sentence(change("sessions_ended", { detail: { count: 2 } }))).toBe("ended 2\u00a0sessions of aino");
  expect(sentence(change("sessions_ended", { subject: "riikka", detail: { count: 1 } }))).toBe("ended 1\u00a0session");
});

test("what a newer server writes down is said as well as it can be", () => {
  const fence = change("fence_changed", { subject: "f7", detail: { name: { was: "Dock", is: "North dock" } } });
  expect(sentence(fence)).toBe("changed the fence North dock");
  expect(sentence(change("alert_rule_removed", { subject: "r1" }))).toBe("removed the alert rule r1");
});

test("details say what was and what is, and repeat nothing", () => {
  const detail = { role: { was: "viewer", is: "admin" }, teams: { was: [], is: ["n", "s"] }, name: "x", empty: null };
  expect(details(change("user_changed", { detail, subject: "x" }))).toEqual([
    "role: viewer, now admin",
    "teams: none, now n, s",
  ]);
});

test("changes stand under their days", () => {
  const days = byDay([
    change("a", { at: "2026-11-22T10:00:00.000Z" }),
    change("b", { at: "2026-11-22T09:00:00.000Z" }),
    change("c", { at: "2026-11-20T09:00:00.000Z" }),
  ]);
  expect(days.map(([, rows]) => rows.length)).toEqual([2, 1]);
});

test("a browser is known by what it says of itself", () => {
  expect(browser("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")).toBe("Firefox on Linux");
  expect(browser("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/140.0 Safari/537 Edg/140.0")).toBe(
    "Edge on Windows",
  );
  expect(browser("curl/8.5.0")).toBe("curl");
  expect(browser("")).toBe("");
});

test("tabs are for those who may", () => {
  const session = { name: "a", role: "viewer", one_time: false, machine: false, password: true, teams: null } as const;
  expect(tabsFor({ ...session, may: [] }).every(({ may }) => !may)).toBe(true);
  expect(tabsFor({ ...session, may: ["admin"] }).map(({ id }) => id)).toEqual(
    expect.arrayContaining(["account", "people", "audit"]),
  );
  expect(new Set(TABS.map(({ id }) => id)).size).toBe(TABS.length);
});

test("each role's words have their sentence", () => {
  for (const words of Object.values(MAY)) for (const word of words) expect(WORD_SAYS[word]).toBeTruthy();
});

test("whoever comes back without being signed in reads why", () => {
  expect(refusal(null, "Acme")).toBeNull();
  expect(refusal("away", "Acme")).toContain("Acme does not answer");
  expect(refusal("<b>", "Acme")).toContain("Try again");
});
