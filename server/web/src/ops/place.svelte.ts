/** Where we are: the URL is the state. `?page=gateways`, `?vehicle=van-3&day=2026-11-22`, `?show=moving&q=...`. */

import type { Motion } from "../fleet/motion";

export type Show = "all" | Motion;

const KEYS = ["page", "vehicle", "day", "show", "q", "gateway"] as const;
type Key = (typeof KEYS)[number];

export class Place {
  private query = $state.raw(new URLSearchParams(location.search));

  constructor() {
    addEventListener("popstate", () => (this.query = new URLSearchParams(location.search)));
  }

  get page(): "live" | "gateways" {
    return this.query.get("page") === "gateways" ? "gateways" : "live";
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
  url(change: Partial<Record<Key, string | null>>): string {
    const query = new URLSearchParams(this.query);
    for (const key of KEYS) {
      const value = change[key];
      if (value === undefined) continue;
      if (value === null || value === "") query.delete(key);
      else query.set(key, value);
    }
    return `${location.pathname}${query.size ? `?${query}` : ""}`;
  }

  go(change: Partial<Record<Key, string | null>>, how: "push" | "replace" = "push"): void {
    const url = this.url(change);
    if (url === location.pathname + location.search) return;
    history[how === "push" ? "pushState" : "replaceState"](null, "", url);
    this.query = new URLSearchParams(location.search);
  }
}
