/** All fences as they are kept, who is inside of them now, and what somebody has begun to change. One for the page. */

import * as api from "../api/fences";
import type { FenceFeature, OpenVisit } from "../api/types";
import type { DrawnFence } from "../map/fences";
import { byName } from "../words/name";
import { draftFrom, emptyDraft } from "./draft";
import { Drawing } from "./drawing.svelte";
import type { Kind } from "./shape";

export const NEW = "new";
const AGAIN_MS = 60_000;
export const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

class FenceBook {
  fences = $state.raw<FenceFeature[]>([]);
  loading = $state(true);
  failed = $state<string | null>(null);
  visits = $state.raw<OpenVisit[]>([]);
  /** By the fence's id, or NEW: going away and coming back loses nothing. */
  private again: ReturnType<typeof setTimeout> | undefined;
  private begun = new Map<string, Drawing>();
  begunIds = $state.raw<ReadonlySet<string>>(new Set());

  readonly drawn: DrawnFence[] = $derived(
    this.fences.map((feature) => {
      const { shape } = draftFrom(feature, HERE);
      return { id: feature.id, name: feature.properties.name ?? feature.id, shape };
    }),
  );
  readonly inside: ReadonlyMap<string, OpenVisit[]> = $derived.by(() => {
    const found = new Map<string, OpenVisit[]>();
    for (const visit of this.visits) found.set(visit.fence, [...(found.get(visit.fence) ?? []), visit]);
    return found;
  });

  /** Keeps itself fresh until the returned function is called. */
  start(): () => void {
    void this.load();
    const timer = setInterval(() => void this.load(), AGAIN_MS);
    return () => clearInterval(timer);
  }

  async load(): Promise<void> {
    try {
      this.fences = (await api.fences()).toSorted((a, b) => byName(named(a), named(b)));
      this.failed = null;
    } catch (error) {
      // what was read before stays
      if (this.loading) this.failed = error instanceof Error ? error.message : String(error);
    }
    this.loading = false;
    await this.loadVisits();
  }

  /** A fact was heard: ask again, once for many. */
  visitsSoon(): void {
    this.again ??= setTimeout(() => {
      this.again = undefined;
      void this.loadVisits();
    }, 1000);
  }

  private async loadVisits(): Promise<void> {
    this.visits = await api.openVisits().catch(() => this.visits);
  }

  one(id: string | null): FenceFeature | undefined {
    return this.fences.find((fence) => fence.id === id);
  }

  /** The change of a fence that somebody has begun, or begins now; undefined when there is no such fence. */
  drawing(id: string): Drawing | undefined {
    const known = this.begun.get(id);
    const feature = this.one(id);
    if (known?.touched || (known && known.version === (feature?.version ?? 0))) return known;
    const made =
      id === NEW
        ? new Drawing(emptyDraft("area", HERE), null, 0)
        : feature && new Drawing(draftFrom(feature, HERE), id, feature.version);
    if (made) this.begun.set(id, made);
    return made;
  }

  /** A new one of that kind, instead of the empty one that was there. */
  fresh(kind: Kind): Drawing {
    const made = new Drawing(emptyDraft(kind, HERE), null, 0);
    this.begun.set(NEW, made);
    return made;
  }

  note(id: string, touched: boolean): void {
    if (this.begunIds.has(id) === touched) return;
    const ids = new Set(this.begunIds);
    if (touched) ids.add(id);
    else ids.delete(id);
    this.begunIds = ids;
  }

  giveUp(id: string): void {
    this.begun.delete(id);
    this.note(id, false);
  }
}

const named = (fence: FenceFeature) => ({ name: fence.properties.name ?? fence.id });

export const fenceBook = new FenceBook();
