/** One heading of the inbox as a list: read page by page, read again when something happened, kept while it cannot be. */

import * as api from "../api/alerts";
import type { Alert, AlertCounts, AlertFilter } from "../api/alert_types";

const AGAIN_MS = 200;

export class AlertList {
  items = $state.raw<Alert[]>([]);
  counts = $state.raw<AlertCounts | null>(null);
  loading = $state(true);
  failed = $state<string | null>(null);
  next = $state<string | null>(null);
  /** Called with what was read. */
  read: (items: Alert[]) => void = () => undefined;

  private timer: ReturnType<typeof setTimeout> | undefined;
  private closed = false;

  constructor(readonly filter: AlertFilter) {}

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  /** The newest page; what is older stays when it was read before. */
  async load(): Promise<void> {
    try {
      const page = await api.alerts(this.filter);
      if (this.closed) return;
      this.items = page.items;
      this.next = page.next;
      this.counts = page.counts;
      this.failed = null;
      this.read(page.items);
    } catch (error) {
      if (this.loading) this.failed = error instanceof Error ? error.message : String(error);
    }
    this.loading = false;
  }

  async more(): Promise<void> {
    const page = await api.alerts(this.filter, this.next);
    const known = new Set(this.items.map(({ id }) => id));
    this.items = [...this.items, ...page.items.filter(({ id }) => !known.has(id))];
    this.next = page.next;
  }

  /** Once for many events: a storm brings one in each moment. */
  loadSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.load();
    }, AGAIN_MS);
  }

  /** What a deed made of an alert, before the list is read again. */
  put(alert: Alert): void {
    this.items = this.items.map((known) => (known.id === alert.id ? alert : known));
  }
}
