/** Plays a day: a playhead that runs at a rate, can be put anywhere, and stops at the end. */

import { advance, type Rate } from "./advance";
import type { DaySummary } from "./day.svelte";

export class Replay {
  atMs = $state(NaN);
  playing = $state(false);
  rate = $state<Rate>(60);
  private summary: DaySummary | null = null;
  private frame = 0;
  private last = 0;

  get fromMs(): number {
    return this.summary?.track.atMs[0] ?? NaN;
  }

  get toMs(): number {
    return this.summary?.track.atMs.at(-1) ?? NaN;
  }

  /** A new or longer track: a playhead at its end stays at the end. */
  load(summary: DaySummary): void {
    const atEnd = !(this.atMs < this.toMs);
    this.summary = summary;
    if (atEnd || Number.isNaN(this.atMs)) this.atMs = this.toMs;
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  play(): void {
    if (!this.summary?.track.count) return;
    if (this.atMs >= this.toMs - 1000) this.atMs = this.fromMs;
    this.playing = true;
    this.last = performance.now();
    this.frame = requestAnimationFrame((now) => this.step(now));
  }

  pause(): void {
    this.playing = false;
    cancelAnimationFrame(this.frame);
  }

  seek(ms: number): void {
    if (Number.isFinite(ms)) this.atMs = Math.min(this.toMs, Math.max(this.fromMs, ms));
  }

  private step(now: number): void {
    if (!this.playing || !this.summary) return;
    this.seek(advance(this.summary.stretches, this.atMs, Math.min(250, now - this.last), this.rate));
    this.last = now;
    if (this.atMs >= this.toMs) this.pause();
    else this.frame = requestAnimationFrame((next) => this.step(next));
  }
}
