/** Builders of custody's spans and events. */
import type { CustodyEvent, CustodySpan } from "../../src/api/custody_types";
import type { Names } from "../../src/words/custody";

export const names: Names = {
  vehicle: (id) => `Van ${id.slice(1)}`,
  site: () => "the depot",
  stop: (id) => `stop ${id}`,
};

export const aSpan = (place: string, from: string, to: string, more: Partial<CustodySpan> = {}): CustodySpan => ({
  from: `2026-11-24T${from}:00Z`,
  to: `2026-11-24T${to}:00Z`,
  place,
  p_min: 0.97,
  p_max: 0.995,
  p_mean: 0.992,
  lon: 24.9,
  lat: 60.1,
  ...more,
});

export const anEvent = (kind: string, at: string, more: Partial<CustodyEvent> = {}): CustodyEvent => ({
  id: `${kind} ${at}`,
  kind,
  at: `2026-11-24T${at}:00Z`,
  noticed_at: `2026-11-24T${at}:20Z`,
  p: 0.995,
  because: "It moves with the van.",
  evidence: {},
  vehicle_id: "v12",
  stop_id: null,
  lon: null,
  lat: null,
  standing: true,
  superseded_by: null,
  ...more,
});
