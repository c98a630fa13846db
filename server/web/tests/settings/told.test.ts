import { describe, expect, test } from "vitest";

import type { Channel, Subscription } from "../../src/api/alert_types";
import { stateOf } from "../../src/settings/channel_words";
import { emptyRoute, isRight, toldDraft, toldFrom, toldProblems, toldSentence } from "../../src/settings/told";
import { NOON } from "../support/builders";

const TOLD: Subscription = {
  routes: [{ rules: null, severities: ["critical", "warning"], channels: ["ops"] }],
  quiet: { from: "22:00", to: "06:00", critical_anyway: true },
  digest: ["07:30", "15:00"],
  time_zone: "Europe/Helsinki",
};
const NOTHING: Subscription = { routes: [], quiet: null, digest: [], time_zone: "UTC" };
const said = (told: Subscription) => toldSentence(toldDraft(told, "UTC"), (id) => (id === "ops" ? "Operations" : id));

describe("what somebody is told", () => {
  test("goes into fields and comes back as it was", () => {
    for (const told of [TOLD, { ...TOLD, quiet: null }, { ...NOTHING, digest: ["07:30"] }]) {
      expect(toldFrom(toldDraft(told, "UTC"))).toEqual(told);
    }
  });
  test("is one sentence a level, and what is not sent is said too", () => {
    expect(said(TOLD)).toBe(
      "“Act now” goes to Operations at once, also from 22:00 to 06:00. “Look soon” goes to Operations gathered, " +
        "at 07:30 and 15:00, but not from 22:00 to 06:00. “To know” stays in the inbox.",
    );
    expect(said(NOTHING)).toBe("Nothing is sent to you. Alerts stand in the inbox.");
  });
  test("whoever has chosen nothing yet gets the zone of their browser", () => {
    expect(toldDraft(NOTHING, "Europe/Helsinki").timeZone).toBe("Europe/Helsinki");
    expect(toldDraft(TOLD, "UTC").timeZone).toBe("Europe/Helsinki");
  });
  test("a line without a channel, a time that is none and a night without length are told", () => {
    const draft = { ...toldDraft(TOLD, "UTC"), routes: [emptyRoute()], digest: "7:30, noon", to: "22:00" };
    const problems = toldProblems(draft);
    expect(isRight(problems)).toBe(false);
    expect([problems.routes[0], problems.digest, problems.quiet]).toEqual([
      "Choose at least one channel.",
      "“7:30” is no time of the day. Write it as 07:30.",
      "Write two different times, or switch it off.",
    ]);
    expect(isRight(toldProblems(toldDraft(TOLD, "UTC")))).toBe(true);
  });
});

test("a channel says whether it works, and why not", () => {
  const channel: Channel = {
    id: "ops",
    name: "Operations",
    kind: "email",
    target: "ops@fleet.example",
    enabled: true,
    state: "ok",
    created_by: "admin",
    created_at: new Date(NOON).toISOString(),
    sent_at: null,
    failing_since: null,
    error: null,
  };
  const state = (over: Partial<Channel>) => stateOf({ ...channel, ...over }, NOON).slice(0, 2);
  expect([
    state({}),
    state({ state: "failing", error: "500" }),
    state({ state: "gone" }),
    state({ state: "off" }),
  ]).toEqual([
    ["ok", "Nothing sent yet"],
    ["crit", "Does not deliver"],
    ["crit", "Gone"],
    ["silent", "Switched off"],
  ]);
});
