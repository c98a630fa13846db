/** Accounts in words: roles, what one may do, what was changed, which browser. */

import type { Change, Role, Word } from "../api/accounts";
import { longDay } from "../words/age";
import { plural } from "../words/units";

/** The roles that can be given now; the others come with what they may see. */
export const ROLES: readonly Role[] = ["viewer", "dispatcher", "installer", "admin"];

export const ROLE_SAYS: Record<Role, string> = {
  admin: "Everything, of every vehicle. Also people, teams and keys.",
  dispatcher: "Sees everything; changes fences, alerts, packages, tags, scheduled reports and names of vehicles.",
  viewer: "Sees everything and changes nothing.",
  installer: "Sees vehicles and gateways, and says where those at sites hear.",
  driver: "Sees nothing of operations yet.",
  shipper: "Sees nothing of operations yet.",
  carrier: "Sees nothing of operations yet.",
  recipient: "Sees nothing of operations yet.",
};

export const WORD_SAYS: Record<Word, string> = {
  "positions:read": "See vehicles, positions and tracks",
  "vehicles:write": "Change names and limits of vehicles",
  "gateways:read": "See gateways",
  "gateways:write": "Say at which site a gateway hears",
  "facts:read": "See trips, halts and visits",
  "fences:read": "See fences",
  "fences:write": "Change fences",
  "alerts:read": "See alerts",
  "alerts:write": "Work on alerts, change their rules",
  "reports:read": "Make reports",
  "reports:write": "Schedule reports",
  "packages:read": "See packages, routes and tags",
  "packages:write": "Plan packages and routes, put tags on and off",
  "metrics:read": "Read metrics",
  admin: "Change people, teams and keys",
};

/** What a role may, for the choice of a key's scopes. The server decides; this only spares a refused request. */
export const MAY: Record<string, readonly Word[]> = {
  installer: ["positions:read", "gateways:read", "gateways:write"],
  viewer: [
    "positions:read",
    "gateways:read",
    "facts:read",
    "fences:read",
    "alerts:read",
    "reports:read",
    "packages:read",
    "metrics:read",
  ],
  dispatcher: (Object.keys(WORD_SAYS) as Word[]).filter((word) => word !== "admin"),
  admin: Object.keys(WORD_SAYS) as Word[],
};

export const roleName = (role: string): string => role.charAt(0).toUpperCase() + role.slice(1);

/** "Firefox on Linux" out of what a browser says of itself; empty when it says nothing. */
export function browser(agent: string): string {
  const of = (table: [RegExp, string][]) => table.find(([pattern]) => pattern.test(agent))?.[1];
  const name = of([
    [/Edg\//, "Edge"],
    [/OPR\//, "Opera"],
    [/Firefox\//, "Firefox"],
    [/Chrom(e|ium)\//, "Chrome"],
    [/Safari\//, "Safari"],
  ]);
  const system = of([
    [/iPhone|iPad/, "iOS"],
    [/Android/, "Android"],
    [/Windows/, "Windows"],
    [/Mac OS/, "macOS"],
    [/Linux/, "Linux"],
  ]);
  return name && system ? `${name} on ${system}` : (name ?? agent.split("/")[0] ?? "").slice(0, 40);
}

const WAYS: Record<string, string> = { password: "by password", link: "by a link", oidc: "by single sign-on" };

/** What was done, in one sentence that begins after the name of who did it. */
export function sentence(change: Change): string {
  const { what, subject, detail } = change;
  const own: Record<string, () => string> = {
    signed_in: () => `signed in ${WAYS[String(detail["way"])] ?? ""}`.trim(),
    signed_out: () => "signed out",
    sign_in_failed: () => `failed to sign in, ${plural(Number(detail["times"] ?? 1), "time")}`,
    password_changed: () => "changed their password",
    password_reset: () => `gave ${subject} a new one-time password`,
    sessions_ended: () =>
      `ended ${plural(Number(detail["count"] ?? 1), "session")}${subject === change.who ? "" : ` of ${subject}`}`,
    link_made: () => `made a link that signs ${subject} in once`,
    user_linked: () => `knows ${subject} from now on`,
  };
  const said = own[what]?.();
  if (said) return said;
  const parts = what.split("_");
  const verb = parts.pop()!;
  return `${verb} the ${parts.join(" ")} ${label(change)}`.trim();
}

/** The name of what was changed, where its id says little. */
function label({ subject, detail }: Change): string {
  const name = detail["name"];
  const said = typeof name === "string" ? name : (name as { is?: unknown } | undefined)?.is;
  return typeof said === "string" ? said : subject;
}

/** What is new, one line each: "role: viewer, now dispatcher". */
export function details(change: Change): string[] {
  return Object.entries(change.detail)
    .filter(([key, value]) => !["way", "times", "last_at", "count"].includes(key) && value !== label(change))
    .map(([key, value]) => `${key.replaceAll("_", " ")}: ${changed(value)}`)
    .filter((line) => !line.endsWith(": "));
}

function changed(value: unknown): string {
  if (value && typeof value === "object" && "was" in value && "is" in value) {
    return `${shown(value.was)}, now ${shown(value.is)}`;
  }
  return value === null || (Array.isArray(value) && !value.length) ? "" : shown(value);
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length ? value.map(shown).join(", ") : "none";
  if (value === null || value === "") return "none";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The changes of each day, under the day's name; in the order in which they come. */
export function byDay(changes: readonly Change[]): [string, Change[]][] {
  const days: [string, Change[]][] = [];
  for (const change of changes) {
    const day = longDay(new Date(change.at));
    if (days.at(-1)?.[0] === day) days.at(-1)![1].push(change);
    else days.push([day, [change]]);
  }
  return days;
}
