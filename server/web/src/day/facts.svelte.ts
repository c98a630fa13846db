/** What the rules and the alerts say of one vehicle on one day; read again when a fact or an alert is heard. */

import * as api from "../api/facts";
import type { Alert } from "../api/alert_types";
import type { Fact, FactWithHistory } from "../api/types";
import type { Fleet } from "../fleet/fleet.svelte";
import { isSpan } from "./spans";

const DAY_MS = 86_400_000;
const MOST_HISTORIES = 30;
const KINDS = [
  ...["trip_started", "trip_ended", "halt_started", "halt_ended"],
  ...["fence_entered", "fence_left", "fence_crossed", "dwell_reached"],
  ...["idling_started", "idling_ended", "speeding_started", "speeding_ended"],
  ...["harsh_braking", "harsh_acceleration", "harsh_cornering"],
  ...["tamper", "battery_low", "receiver_lost", "restarted", "sensor_high", "sensor_low"],
  ...["gateway_silent", "gateway_heard"],
];

export class DayFacts {
  /** Those that stand, also of the days beside, because a visit may last over midnight. */
  facts = $state.raw<Fact[]>([]);
  alerts = $state.raw<Alert[]>([]);
  /** What was withdrawn on this day and nothing stands in its place. */
  withdrawn = $state.raw<Fact[]>([]);
  histories = $state.raw<ReadonlyMap<string, FactWithHistory>>(new Map());
  failed = $state<string | null>(null);
  loaded = $state(false);
  private readonly ended = new AbortController();
  private readonly stop: () => void;
  private again: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly vehicle: string,
    readonly from: Date,
    readonly to: Date,
    fleet: Fleet,
  ) {
    void this.load();
    this.stop = fleet.listen((event, data) => {
      const mine = event === "fact" && data.includes(`"vehicle":${JSON.stringify(vehicle)}`);
      if (mine || event === "alert" || event === "reset") this.loadSoon();
    });
  }

  close(): void {
    this.stop();
    this.ended.abort();
    clearTimeout(this.again);
  }

  /** Facts of this day that are no spans. */
  readonly moments: Fact[] = $derived(this.facts.filter((fact) => !isSpan(fact) && this.isToday(fact)));

  async load(): Promise<void> {
    const { vehicle, from, to } = this;
    const signal = this.ended.signal;
    const [early, late] = [new Date(from.getTime() - DAY_MS), new Date(to.getTime() + DAY_MS)];
    try {
      const [found, alerts] = await Promise.all([
        api.factsOf(vehicle, early, late, KINDS, signal),
        api.alertsOf(vehicle, from, to, signal).catch(() => []), // who may see facts may not see alerts
      ]);
      this.take(found);
      this.alerts = alerts;
      this.failed = null;
      this.loaded = true;
      await this.readHistories();
    } catch (error) {
      if (signal.aborted) return;
      this.failed = error instanceof Error ? error.message : String(error);
    }
  }

  private take(found: Fact[]): void {
    this.facts = found.filter(({ withdrawn }) => !withdrawn);
    const replaced = new Set(this.facts.map(({ instead_of }) => instead_of));
    this.withdrawn = found.filter((fact) => fact.withdrawn && !replaced.has(fact.id) && this.isToday(fact));
  }

  private async readHistories(): Promise<void> {
    const changed = this.facts.filter((fact) => (fact.instead_of || fact.revision > 1) && this.isToday(fact));
    const known = this.histories;
    const wanted = changed.slice(0, MOST_HISTORIES).filter(({ id, revision }) => known.get(id)?.revision !== revision);
    if (!wanted.length) return;
    const read = await Promise.all(wanted.map(({ id }) => api.fact(id, this.ended.signal).catch(() => null)));
    const all = new Map(known);
    for (const fact of read) if (fact) all.set(fact.id, fact);
    this.histories = all;
  }

  private isToday({ at }: Fact): boolean {
    const ms = Date.parse(at);
    return ms >= this.from.getTime() && ms < this.to.getTime();
  }

  private loadSoon(): void {
    this.again ??= setTimeout(() => {
      this.again = undefined;
      void this.load();
    }, 1500);
  }
}
