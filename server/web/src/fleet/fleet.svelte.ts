/** The fleet as it is now: loaded once, kept by the stream, and honest about the connection.
 *
 * Vehicles are plain objects; `version` says that some changed (at most a few times a second), `nowMs` ticks each
 * second by the server's clock, so that ages count on even when nothing comes. */

import * as api from "../api";
import type { ServerEvent } from "../api/events";
import { follow } from "../api/stream";
import type { StreamGateway, StreamPosition } from "../api/types";
import { byName } from "../words/name";
import { fixFromFeature, takeFix, vehicleFrom, type Moment, type Vehicle } from "./vehicle";

export type Connection = "connecting" | "live" | "lost";

const SHOW_EVERY_MS = 400;
const REFRESH_MS = 60_000;
const BEHIND_S = 10;
/** A lag that nothing has confirmed for so long is over: the stream is idle. */
const LAG_KNOWN_MS = 10_000;

export class Fleet {
  /** In the order of their names. */
  vehicles: Vehicle[] = [];
  version = $state(0);
  nowMs = $state(Date.now());
  loading = $state(true);
  failed = $state<string | null>(null);
  connection = $state<Connection>("connecting");
  lostAtMs = $state(0);
  /** How far the stream is behind the server's present, in whole seconds; 0 when it keeps up. */
  behindS = $state(0);
  gateways = $state.raw(new Map<string, StreamGateway>());

  /** Vehicles whose place changed since the map looked. */
  readonly moved = new Set<Vehicle>();
  /** The map's: called when `moved` has something new. */
  wake: () => void = () => undefined;

  /** What the map marks: vehicles with an open alert, by the worst of them. */
  tones: ReadonlyMap<string, string> = new Map();

  private byId = new Map<string, Vehicle>();
  private readonly listeners = new Set<(event: string, data: string) => void>();
  private clockOffsetMs = 0;
  private shownAtMs = 0;
  private lagS = 0;
  private heardAtMs = 0;
  private reload: ReturnType<typeof setTimeout> | undefined;
  readonly still = matchMedia("(prefers-reduced-motion: reduce)");

  /** Starts everything; the returned function ends it. */
  start(): () => void {
    const tick = setInterval(() => this.tick(), 1000);
    const refresh = setInterval(() => void this.load(), REFRESH_MS);
    const stop = follow({
      event: (event) => this.hear(event),
      connected: () => this.connected(),
      lost: () => this.lost(),
    });
    void this.load();
    return () => {
      clearInterval(tick);
      clearInterval(refresh);
      clearTimeout(this.reload);
      stop();
    };
  }

  vehicle(id: string | null): Vehicle | undefined {
    return id === null ? undefined : this.byId.get(id);
  }

  /** Call back with the name and the data of every event of the stream; the returned function ends it. */
  listen(heard: (event: string, data: string) => void): () => void {
    this.listeners.add(heard);
    return () => this.listeners.delete(heard);
  }

  mark(tones: ReadonlyMap<string, string>): void {
    this.tones = tones;
    this.show();
  }

  /** Names, distances and last fixes of all; what the stream brought meanwhile stays when it is newer. */
  async load(): Promise<void> {
    try {
      const [rows, gateways] = await Promise.all([api.vehicles(), api.gateways()]);
      const moment = this.moment();
      for (const row of rows) this.take(row, moment);
      this.keepOnly(new Set(rows.map((row) => row.id)));
      this.gateways = new Map(gateways.map((g) => [g.id, { id: g.id, online: g.online, status: g.status }]));
      this.failed = null;
    } catch (error) {
      // Old data stays; the first time there is none, and the list says so.
      if (this.loading) this.failed = error instanceof Error ? error.message : "The vehicles could not be read.";
    }
    this.loading = false;
    this.show();
  }

  private take(row: Parameters<typeof vehicleFrom>[0], moment: Moment): void {
    let vehicle = this.byId.get(row.id);
    if (!vehicle) {
      vehicle = vehicleFrom(row);
      this.byId.set(row.id, vehicle);
    }
    Object.assign(vehicle, { ...vehicleFrom(row), ...kept(vehicle) });
    if (row.last && takeFix(vehicle, row.last, moment)) this.moved.add(vehicle);
  }

  private keepOnly(ids: Set<string>): void {
    for (const id of this.byId.keys()) if (!ids.has(id)) this.byId.delete(id);
    this.vehicles = [...this.byId.values()].sort(byName);
    this.wake();
  }

  private hear(event: ServerEvent): void {
    if (event.event === "positions") this.positions(JSON.parse(event.data) as StreamPosition[]);
    else if (event.event === "gateway") this.gateway(JSON.parse(event.data) as StreamGateway);
    else if (event.event === "hello") this.hello(JSON.parse(event.data) as { now: string });
    else if (event.event === "reset") void this.reset();
    for (const heard of this.listeners) heard(event.event, event.data);
  }

  private hello({ now }: { now: string }): void {
    this.clockOffsetMs = Date.parse(now) - Date.now();
    this.tick();
  }

  private positions(batch: StreamPosition[]): void {
    const moment = this.moment();
    for (const position of batch) {
      const vehicle = this.byId.get(position.vehicle);
      if (!vehicle) this.loadSoon();
      else if (takeFix(vehicle, position, moment)) this.moved.add(vehicle);
    }
    const newest = Math.max(...batch.map((position) => Date.parse(position.received_at)));
    this.lagS = Math.max(0, (moment.nowMs - newest) / 1000);
    this.heardAtMs = moment.nowMs;
    this.wake();
    if (performance.now() - this.shownAtMs > SHOW_EVERY_MS) this.show();
  }

  private gateway(gateway: StreamGateway): void {
    this.gateways = new Map(this.gateways).set(gateway.id, gateway);
  }

  /** The server dropped what we missed: ask for the newest of all. */
  private async reset(): Promise<void> {
    const features = await api.latest().catch(() => []);
    const moment = this.moment();
    for (const feature of features) {
      const vehicle = this.byId.get(feature.properties.vehicle);
      if (!vehicle) this.loadSoon();
      else if (takeFix(vehicle, fixFromFeature(feature), moment)) this.moved.add(vehicle);
    }
    this.wake();
    this.show();
  }

  /** A vehicle nobody told us about has reported: read the list again, once for many. */
  private loadSoon(): void {
    this.reload ??= setTimeout(() => {
      this.reload = undefined;
      void this.load();
    }, 500);
  }

  private connected(): void {
    const again = this.connection === "lost";
    this.connection = "live";
    if (again || this.failed) void this.load();
  }

  private lost(): void {
    if (this.connection !== "lost") this.lostAtMs = this.nowMs;
    this.connection = "lost";
    this.lagS = 0;
  }

  private tick(): void {
    this.nowMs = Date.now() + this.clockOffsetMs;
    const known = this.connection === "live" && this.nowMs - this.heardAtMs < LAG_KNOWN_MS;
    this.behindS = known && this.lagS > BEHIND_S ? Math.round(this.lagS) : 0;
  }

  private show(): void {
    this.shownAtMs = performance.now();
    this.version++;
  }

  private moment(): Moment {
    return {
      nowMs: Date.now() + this.clockOffsetMs,
      tS: performance.now() / 1000,
      still: this.still.matches,
    };
  }
}

/** What a fresh row must not undo. */
const kept = ({ last, atMs, intervalS, glide }: Vehicle) => ({ last, atMs, intervalS, glide });
