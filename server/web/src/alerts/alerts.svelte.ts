/** The alerts that somebody has to know of: what is open, what the map marks, what is new, and what people do. */

import type { Alert } from "../api/alert_types";
import type { Fleet } from "../fleet/fleet.svelte";
import { toast } from "../parts/toast.svelte";
import { acknowledged } from "./deeds";
import { AlertList } from "./list.svelte";
import { toneOf, tonesOf } from "./need";

const REFRESH_MS = 60_000;
const NEWS_MS = 60_000;

/** A deed: what the toast says when it is done, and what takes it back. */
export interface Deed {
  name: string;
  call: () => Promise<Alert>;
  said: string;
  undo?: () => Promise<Alert>;
}

export class Alerts {
  readonly open = new AlertList("open");
  /** Counts up with every event: whoever shows alerts reads them again. */
  heard = $state(0);
  /** The deed that is on its way, as `acknowledge ID`. */
  busy = $state<string | null>(null);
  /** Whether this person may work on them. */
  may = $state(false);
  /** For screen readers: at most once a minute. */
  news = $state("");
  private known: Set<string> | null = null;
  private toldAtMs = -Infinity;

  constructor(private readonly fleet: Fleet) {
    this.open.read = (items) => this.read(items);
  }

  start(): () => void {
    const stop = this.fleet.listen((event) => {
      if (event === "alert" || event === "hello" || event === "reset") this.again();
    });
    const timer = setInterval(() => this.again(), REFRESH_MS);
    void this.open.load();
    return () => {
      stop();
      clearInterval(timer);
      this.open.close();
    };
  }

  /** Open and critical, and nobody has taken it. */
  get critical(): number {
    return this.open.counts?.critical ?? 0;
  }

  ofVehicle(id: string): Alert[] {
    return this.open.items.filter(({ vehicle }) => vehicle === id);
  }

  again(): void {
    this.heard++;
    this.open.loadSoon();
  }

  /** Do it; say what was done and offer the way back; when it fails, nothing has changed and the toast says so. */
  async do(alert: Alert, { name, call, said, undo }: Deed): Promise<Alert | null> {
    if (this.busy) return null;
    this.busy = `${name} ${alert.id}`;
    try {
      const made = await call();
      this.open.put(made);
      const back = () =>
        void this.do(alert, {
          name: "undo",
          call: undo!,
          said: `Taken back: ${said.charAt(0).toLowerCase()}${said.slice(1)}`,
        });
      this.busy = null;
      toast.say(said, undo ? back : null);
      return made;
    } catch (error) {
      toast.say(`${error instanceof Error ? error.message : String(error)} Nothing was changed.`);
      return null;
    } finally {
      this.busy = null;
      this.again();
    }
  }

  acknowledge(alert: Alert): Promise<Alert | null> {
    return this.do(alert, acknowledged(alert));
  }

  private read(items: Alert[]): void {
    this.fleet.mark(tonesOf(items));
    const fresh = items.filter(({ id, state }) => state === "open" && this.known && !this.known.has(id));
    const now = Date.now();
    if (this.known && fresh.length && now - this.toldAtMs < NEWS_MS) return; // they are told with the next ones
    this.known = new Set(items.map(({ id }) => id));
    if (!fresh.length) return;
    this.toldAtMs = now;
    const worst = fresh.find((alert) => toneOf(alert) === "crit") ?? fresh[0]!;
    this.news = fresh.length > 1 ? `${fresh.length} new alerts. ${worst.title}.` : `New alert. ${worst.title}.`;
  }
}
