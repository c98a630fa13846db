/** The items that a table shows: read page by page by the filters in the URL. */

import { Unreachable } from "../api/http";

const PAGE = 200;

interface Page<T> {
  items: T[];
  next: string | null;
}

export class Pages<T extends { id: string }> {
  items = $state.raw<T[] | null>(null);
  next = $state<string | null>(null);
  loading = $state(false);
  failed = $state("");
  /** It failed because there was no way to the server: it is read again when there is. */
  away = $state(false);
  private asked: AbortController | null = null;
  private query = new URLSearchParams();

  constructor(private readonly fetch: (query: URLSearchParams, signal: AbortSignal) => Promise<Page<T>>) {}

  async load(query: URLSearchParams): Promise<void> {
    this.query = query;
    await this.read(null);
  }

  again = (): Promise<void> => this.read(null);
  more = (): Promise<void> => this.read(this.next);

  /** One that was changed here. */
  put(changed: T): void {
    this.items = this.items?.map((each) => (each.id === changed.id ? changed : each)) ?? null;
  }

  close(): void {
    this.asked?.abort();
  }

  private async read(cursor: string | null): Promise<void> {
    this.asked?.abort();
    const asked = (this.asked = new AbortController());
    this.loading = true;
    const query = new URLSearchParams({ ...Object.fromEntries(this.query), limit: String(PAGE) });
    if (cursor) query.set("cursor", cursor);
    try {
      const page = await this.fetch(query, asked.signal);
      this.items = cursor ? [...(this.items ?? []), ...page.items] : page.items;
      this.next = page.next;
      this.failed = "";
      this.away = false;
    } catch (error) {
      if (asked.signal.aborted) return;
      this.failed = error instanceof Error ? error.message : String(error);
      this.away = error instanceof Unreachable;
    }
    this.loading = false;
  }
}
