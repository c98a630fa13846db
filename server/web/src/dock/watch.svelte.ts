/** What the dock knows, read again when the stream says so and every ten seconds, and how far it can be trusted.
 *
 * A screen that nobody touches must never show yesterday as today: whenever the newest answer is not of now, `trouble`
 * says since when and why. */

import type { Load, SiteLoad } from "../api/custody_types";
import { Problem } from "../api/http";
import { siteLoad, vehicleLoad } from "../api/load";
import { follow } from "../api/stream";

export interface Asked {
  site: string | null;
  dock: string | null;
  vehicle: string | null;
}

export interface Trouble {
  /** away: no answer; old: an answer about the past; closed: not signed in, or not allowed; failed: it answers an error. */
  kind: "away" | "old" | "closed" | "failed";
  sinceMs: number;
  says: string;
}

const AGAIN_MS = 10_000;
const ANSWER_MS = 8_000;
const SOON_MS = 250;
/** Statements are made every ten seconds and are at most a minute old in a server that keeps up. */
const OLD_MS = 120_000;

export class Watch {
  read = $state.raw<SiteLoad | null>(null);
  nowMs = $state(Date.now());
  private failure = $state.raw<Trouble | null>(null);
  private readAtMs = 0;
  private offsetMs = 0;
  private version: string | null = null;
  private reading = false;
  private asksAgain = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly asked: Asked) {}

  /** Starts everything; the returned function ends it. */
  start(): () => void {
    const stop = follow({
      event: ({ event, data }) => this.hear(event, data),
      connected: () => void this.load(),
      lost: () => this.fail("away", "The server does not answer."),
    });
    const tick = setInterval(() => (this.nowMs = Date.now() + this.offsetMs), 1000);
    const again = setInterval(() => void this.load(), AGAIN_MS);
    void this.load();
    return () => {
      stop();
      clearInterval(tick);
      clearInterval(again);
      clearTimeout(this.timer);
    };
  }

  get trouble(): Trouble | null {
    if (this.failure) return this.failure;
    const atMs = this.read ? Date.parse(this.read.at) : this.nowMs;
    return this.nowMs - atMs > OLD_MS ? { kind: "old", sinceMs: atMs, says: "The server is behind." } : null;
  }

  private hear(event: string, data: string): void {
    if (event === "hello") {
      const { now, version } = JSON.parse(data) as { now: string; version: string };
      this.offsetMs = Date.parse(now) - Date.now();
      if (this.version !== null && this.version !== version) location.reload(); // a newer server has newer pages
      this.version = version;
    } else if (event === "custody" || event === "reset") {
      clearTimeout(this.timer); // many tags are heard at once
      this.timer = setTimeout(() => void this.load(), SOON_MS);
    }
  }

  private async load(): Promise<void> {
    if (!this.asked.site && !this.asked.vehicle) return;
    if (this.reading) {
      this.asksAgain = true;
      return;
    }
    this.reading = true;
    try {
      const read = await this.ask(AbortSignal.timeout(ANSWER_MS));
      this.read = read;
      this.readAtMs = this.nowMs = Date.now() + this.offsetMs;
      this.failure = null;
    } catch (error) {
      this.refused(error);
    }
    this.reading = false;
    if (!this.asksAgain) return;
    this.asksAgain = false;
    void this.load();
  }

  private async ask(signal: AbortSignal): Promise<SiteLoad> {
    const { site, vehicle } = this.asked;
    if (site) return siteLoad(site, signal);
    const load: Load & { at?: string } = await vehicleLoad(vehicle!, signal);
    const at = load.at ?? new Date(Date.now() + this.offsetMs).toISOString();
    return { at, site: { id: "", name: "" }, vehicles: [load] };
  }

  private refused(error: unknown): void {
    if (!(error instanceof Problem)) this.fail("away", "The server does not answer.");
    else if (error.status === 401) this.fail("closed", "This screen is not signed in.");
    else if (error.status === 403) this.fail("closed", "Whoever is signed in here may not see parcels.");
    else this.fail("failed", error.message);
  }

  private fail(kind: Trouble["kind"], says: string): void {
    const sinceMs = this.failure?.sinceMs ?? (this.readAtMs || Date.now() + this.offsetMs);
    if (this.failure?.kind === "closed" && kind === "away") return; // it does answer: it asks who we are
    this.failure = { kind, sinceMs, says };
  }
}
