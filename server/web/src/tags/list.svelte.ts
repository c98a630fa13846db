/** The tags that the table shows, by the filters in the URL. */

import type { Tag } from "../api/custody_types";
import { Unreachable } from "../api/http";
import { tags } from "../api/tags";

const PAGE = 200;

export class TagList {
  items = $state.raw<Tag[] | null>(null);
  next = $state<string | null>(null);
  loading = $state(false);
  failed = $state("");
  away = $state(false);
  private asked: AbortController | null = null;
  private query = new URLSearchParams();

  async load(query: URLSearchParams): Promise<void> {
    this.query = query;
    await this.read(null);
  }

  again = (): Promise<void> => this.read(null);
  more = (): Promise<void> => this.read(this.next);

  put(changed: Tag): void {
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
      const page = await tags(query, asked.signal);
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
