/** The console's pages: one table for the nav, the keys after `G`, the URL (`?page=ID`) and what is drawn.
 *
 * A page is a component that is loaded when it is first opened. It fills the room beside the nav (`grid-area: 2 / 2 / -1 / -1`),
 * reads and writes its own part of the URL by `place.get` and `place.go`, and may export `actions`, what its keys do. */

import type { Component } from "svelte";

import type { Alerts } from "../alerts/alerts.svelte";
import type { MapInfo, Session } from "../api/types";
import type { Fleet } from "../fleet/fleet.svelte";
import type { LiveMap } from "../map/live_map";
import type { Actions } from "./keys";
import type { Place } from "./place.svelte";

export interface PageProps {
  fleet: Fleet;
  alerts: Alerts;
  place: Place;
  session: Session | null;
  info: MapInfo | null;
  /** Something of it has changed: ask again who is signed in. */
  onsession: () => void;
  /** The console's map, for pages with `map: true`; null until its code has come. */
  map: LiveMap | null;
}

interface PageExports {
  actions?: Actions;
}

/** Those that there are, or will be soon. */
export type PageId = "live" | "alerts" | "packages" | "fences" | "gateways" | "reports" | "truth" | "settings";

export interface OpsPage {
  id: PageId;
  title: string;
  icon: string;
  /** The key after `G`. */
  key?: string;
  /** Who lacks this word does not see it. */
  may?: Session["may"][number];
  /** Stands at the foot of the nav. */
  foot?: true;
  /** Has its own place in a phone's nav, which has room for four; the others are in its menu. */
  phone?: true;
  /** Keeps the console's map in view behind it. */
  map?: true;
  load?: () => Promise<{ default: Component<PageProps, PageExports> }>;
}

export const PAGES: readonly OpsPage[] = [
  { id: "live", title: "Live", icon: "map", key: "l", phone: true, map: true },
  {
    id: "alerts",
    title: "Alerts",
    icon: "bell",
    key: "a",
    may: "alerts:read",
    phone: true,
    load: () => import("../alerts/Inbox.svelte"),
  },
  {
    id: "packages",
    title: "Packages",
    icon: "parcel",
    key: "p",
    may: "packages:read",
    phone: true,
    load: () => import("../packages/Packages.svelte"),
  },
  {
    id: "fences",
    title: "Fences",
    icon: "fence",
    key: "f",
    may: "fences:read",
    map: true,
    load: () => import("../fences/Fences.svelte"),
  },
  {
    id: "gateways",
    title: "Gateways",
    icon: "pulse",
    key: "g",
    may: "gateways:read",
    phone: true,
    load: () => import("./Gateways.svelte"),
  },
  {
    id: "reports",
    title: "Reports",
    icon: "chart",
    key: "r",
    may: "reports:read",
    load: () => import("../reports/Reports.svelte"),
  },
  {
    id: "truth",
    title: "Truth",
    icon: "truth",
    key: "t",
    may: "packages:read",
    load: () => import("../truth/Truth.svelte"),
  },
  {
    id: "settings",
    title: "Settings",
    icon: "gear",
    key: "s",
    foot: true,
    load: () => import("../settings/Settings.svelte"),
  },
];

export const pageOf = (id: string | null): OpsPage => PAGES.find((page) => page.id === id) ?? PAGES[0]!;

/** The pages of somebody; all of them while it is not known who that is. */
export const pagesFor = (session: Session | null): OpsPage[] =>
  PAGES.filter(({ may }) => !may || !session || session.may.includes(may));
