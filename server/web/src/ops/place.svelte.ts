/** Where we are: the URL is the state. `?page=gateways`, `?vehicle=van-3&day=2026-11-22`, `?show=moving&q=...`. */

import type { Motion } from "../fleet/motion";
import { pageOf, type PageId } from "./pages";

export type Show = "all" | Motion;

/** What stays in the URL when one goes to another page: where one was on the live page. */
const STAYS = ["vehicle", "show", "q"];

type Change = Record<string, string | null>;

export class Place {
  private query = $state.raw(new URLSearchParams(location.search));

  constructor() {
    addEventListener("popstate", () => (this.query = new URLSearchParams(location.search)));
  }

  get page(): PageId {
    return pageOf(this.query.get("page")).id;
  }

  /** A page's own part of the URL. */
  get(key: string): string | null {
    return this.query.get(key);
  }

  get vehicle(): string | null {
    return this.query.get("vehicle");
  }

  /** The local day that is looked at, as YYYY-MM-DD. */
  get day(): string | null {
    const day = this.query.get("day");
    return this.vehicle && day && /^\d{4}-\d\d-\d\d$/.test(day) ? day : null;
  }

  get gateway(): string | null {
    return this.query.get("gateway");
  }

  get show(): Show {
    const show = this.query.get("show");
    return show === "moving" || show === "standing" || show === "silent" ? show : "all";
  }

  get q(): string {
    return this.query.get("q") ?? "";
  }

  /** The URL with some parts changed; null takes a part away. */
  url(change: Change): string {
    const query = new URLSearchParams(this.query);
    for (const [key, value] of Object.entries(change)) {
      if (value === null || value === "") query.delete(key);
      else query.set(key, value);
    }
    return `${location.pathname}${query.size ? `?${query}` : ""}`;
  }

  /** The change that leads to another page; what belongs to this one is left behind. */
  toPage(id: PageId): Change {
    const left = [...this.query.keys()].filter((key) => !STAYS.includes(key)).map((key) => [key, null]);
    return { ...(Object.fromEntries(left) as Change), page: id === "live" ? null : id };
  }

  /** A click on a link to another state; a new tab is the browser's business. */
  follow(event: MouseEvent, change: Change): void {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    this.go(change);
  }

  go(change: Change, how: "push" | "replace" = "push"): void {
    const url = this.url(change);
    if (url === location.pathname + location.search) return;
    history[how === "push" ? "pushState" : "replaceState"](null, "", url);
    this.query = new URLSearchParams(location.search);
  }
}
