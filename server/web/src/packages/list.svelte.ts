/** The packages that the table shows: read by the filters in the URL, kept by the stream. */

import type { Package, Place } from "../api/custody_types";
import { packages } from "../api/packages";
import { Unreachable } from "../api/http";

const PAGE = 200;

/** What the stream says of a package. */
interface Said {
  package_id: string;
  place: Place;
  p: number;
  alarm: string | null;
  at?: string;
}

export class PackageList {
  items = $state.raw<Package[] | null>(null);
  next = $state<string | null>(null);
  loading = $state(false);
  failed = $state("");
  /** It failed because there was no way to the server: it is read again when there is. */
  away = $state(false);
  private asked: AbortController | null = null;
  private query = new URLSearchParams();

  async load(query: URLSearchParams): Promise<void> {
    this.query = query;
    await this.read(null);
  }

  again = (): Promise<void> => this.read(null);
  more = (): Promise<void> => this.read(this.next);

  hear({ package_id, place, p, alarm, at }: Said, now: string): void {
    const found = this.items?.find(({ id }) => id === package_id);
    if (!found) return;
    const since = found.custody?.place === place ? found.custody.since : (at ?? now);
    const custody = { place, p, alarm, since, at: at ?? now, said: "" };
    this.put({ ...found, custody });
  }

  /** One that was changed here. */
  put(changed: Package): void {
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
      const page = await packages(query, asked.signal);
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
