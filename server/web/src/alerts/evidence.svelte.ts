/** What an alert rests on: its history, the track and the facts of the minutes around it, the fence. */

import * as api from "../api";
import * as alertsApi from "../api/alerts";
import type { Fact, OneAlert } from "../api/alert_types";
import type { TrackFeature } from "../api/types";
import { trackFrom, type Track } from "../track/track";

export class Evidence {
  one = $state.raw<OneAlert | null>(null);
  feature = $state.raw<TrackFeature | null>(null);
  track = $state.raw<Track | null>(null);
  facts = $state.raw<Fact[]>([]);
  failed = $state<string | null>(null);
  /** The track or the facts could not be read, which leaves the alert itself readable. */
  partly = $state<string | null>(null);
  private closed = false;

  constructor(readonly id: string) {
    void this.load();
  }

  close(): void {
    this.closed = true;
  }

  async load(): Promise<void> {
    try {
      const one = await alertsApi.alert(this.id);
      if (this.closed) return;
      const first = this.one === null;
      this.one = one;
      this.failed = null;
      if (first || this.partly) await this.loadAround(one);
    } catch (error) {
      if (!this.one) this.failed = error instanceof Error ? error.message : String(error);
    }
  }

  private async loadAround({ evidence: { vehicle, from, to } }: OneAlert): Promise<void> {
    if (!vehicle) return;
    try {
      const [track, facts] = await Promise.all([
        api.track(vehicle, new Date(from), new Date(to)),
        alertsApi.facts(vehicle, from, to),
      ]);
      if (this.closed) return;
      this.feature = track;
      this.track = trackFrom(track);
      this.facts = facts;
      this.partly = null;
    } catch (error) {
      this.partly = error instanceof Error ? error.message : String(error);
    }
  }
}
