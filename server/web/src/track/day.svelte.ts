/** The track of one vehicle on one local day: loaded, loaded again while the day runs, and read as stretches. */

import * as api from "../api";
import { dayBounds } from "./dates";
import { flaggedFrom, lengthM, secondsOf, stretches, trackFrom, type Flagged, type Stretch, type Track } from "./track";

const AGAIN_MS = 30_000;

export interface DaySummary {
  track: Track;
  stretches: Stretch[];
  lengthM: number;
  drivingS: number;
  standingS: number;
  gapS: number;
  topMps: number;
  flagged: Flagged[];
}

export class DayTrack {
  summary = $state.raw<DaySummary | null>(null);
  failed = $state<string | null>(null);
  loading = $state(true);
  readonly from: Date;
  readonly to: Date;
  private readonly ended = new AbortController();
  private readonly timer: ReturnType<typeof setInterval> | undefined;

  /** `day` is YYYY-MM-DD in the browser's zone. Call `close` when it is no longer shown. */
  constructor(
    readonly vehicle: string,
    readonly day: string,
    now: Date,
  ) {
    [this.from, this.to] = dayBounds(day);
    void this.load();
    if (now < this.to) this.timer = setInterval(() => void this.load(), AGAIN_MS);
  }

  close(): void {
    this.ended.abort();
    clearInterval(this.timer);
  }

  async load(): Promise<void> {
    try {
      const feature = await api.track(this.vehicle, this.from, this.to, this.ended.signal);
      this.summary = summaryOf(trackFrom(feature), flaggedFrom(feature));
      this.failed = null;
    } catch (error) {
      if (this.ended.signal.aborted) return;
      this.failed = error instanceof Error ? error.message : String(error); // what was read before stays
    }
    this.loading = false;
  }
}

export function summaryOf(track: Track, flagged: Flagged[] = []): DaySummary {
  const found = stretches(track);
  let topMps = 0;
  for (const mps of track.speedMps) if (mps > topMps) topMps = mps;
  return {
    track,
    stretches: found,
    lengthM: lengthM(track),
    drivingS: secondsOf(found, "drive"),
    standingS: secondsOf(found, "stand"),
    gapS: secondsOf(found, "gap"),
    topMps,
    flagged,
  };
}
