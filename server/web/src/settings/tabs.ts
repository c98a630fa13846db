/** The tabs of the settings: one list. A tab is a component that is loaded when it is first opened; it gets what the page
 * got, and stands in the URL as `?page=settings&tab=ID`. Whoever lacks the word `may` does not see it. */

import type { Component } from "svelte";

import type { Session } from "../api/types";
import type { PageProps } from "../ops/pages";

type Word = Session["may"][number];

export interface SettingsTab {
  id: string;
  title: string;
  /** Whose it is: one's own, or the whole fleet's. */
  group: "You" | "Fleet";
  /** What one has to be allowed to do. */
  may?: Word;
  load: () => Promise<{ default: Component<PageProps> }>;
}

export const TABS: readonly SettingsTab[] = [
  { id: "account", title: "My account", group: "You", load: () => import("./Account.svelte") },
  {
    id: "notifications",
    title: "My notifications",
    group: "You",
    may: "alerts:read",
    load: () => import("./Notifications.svelte"),
  },
  {
    id: "rules",
    title: "Alert rules",
    group: "Fleet",
    may: "alerts:read",
    load: () => import("./Rules.svelte"),
  },
  {
    id: "channels",
    title: "Channels",
    group: "Fleet",
    may: "alerts:write",
    load: () => import("./Channels.svelte"),
  },
  { id: "people", title: "People", group: "Fleet", may: "admin", load: () => import("./People.svelte") },
  { id: "teams", title: "Teams", group: "Fleet", may: "admin", load: () => import("./Teams.svelte") },
  { id: "keys", title: "Keys", group: "Fleet", may: "admin", load: () => import("./Keys.svelte") },
  { id: "audit", title: "Audit log", group: "Fleet", may: "admin", load: () => import("./Audit.svelte") },
];

/** Those that somebody may open. */
export const tabsFor = (session: Session | null): SettingsTab[] =>
  TABS.filter(({ may }) => !may || session?.may.includes(may));
