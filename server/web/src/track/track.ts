/** A vehicle's track as columns, and what can be read from it: speed classes, gaps, stands, the state at a time. Pure. */

import type { TrackFeature } from "../api/types";
import { MOVING_MPS } from "../fleet/motion";

export interface Track {
  count: number;
  /** ms since 1970, never decreasing. */
  atMs: Float64Array;
  lon: Float64Array;
  lat: Float64Array;
  /** NaN where the receiver did not say. */
  speedMps: Float64Array;
  courseDeg: Float64Array;
  accuracyM: Float64Array;
}

export interface Stretch {
  kind: "drive" | "stand" | "gap";
  fromMs: number;
  toMs: number;
}

/** No fix for so long is a gap: the line is not drawn across it. */
export const GAP_MS = 120_000;
const SHORTEST_STAND_MS = 60_000;
const EARTH_M = 6_371_008.8;

/** A fix that is not believed: kept, and shown when somebody asks for it. */
export interface Flagged {
  atMs: number;
  lon: number;
  lat: number;
  why: string;
}

/** The fixes that are believed. */
export function trackFrom(feature: TrackFeature): Track {
  const places = feature.geometry?.coordinates ?? [];
  const { times, speed_mps, course_deg, accuracy_m, flags } = feature.properties.coordinateProperties;
  const kept = places.flatMap((_, i) => (flags[i] ? [] : [i]));
  const column = (values: (number | null)[]) => Float64Array.from(kept, (i) => values[i] ?? NaN);
  return {
    count: kept.length,
    atMs: Float64Array.from(kept, (i) => Date.parse(times[i]!)),
    lon: Float64Array.from(kept, (i) => places[i]![0]),
    lat: Float64Array.from(kept, (i) => places[i]![1]),
    speedMps: column(speed_mps),
    courseDeg: column(course_deg),
    accuracyM: column(accuracy_m),
  };
}

/** The others, with why. */
export function flaggedFrom(feature: TrackFeature): Flagged[] {
  const { times, flags } = feature.properties.coordinateProperties;
  return (feature.geometry?.coordinates ?? []).flatMap(([lon, lat], i) =>
    flags[i] ? [{ atMs: Date.parse(times[i]!), lon, lat, why: flags[i] }] : [],
  );
}

/** 0-10, 10-30, 30-50, over 50 km/h: the classes of the tokens v0..v3. */
export function speedClass(mps: number): 0 | 1 | 2 | 3 {
  const kmh = mps * 3.6;
  if (!(kmh >= 10)) return 0;
  if (kmh < 30) return 1;
  return kmh < 50 ? 2 : 3;
}

/** The last fix at or before a time; -1 before the first. */
export function indexAt(track: Track, ms: number): number {
  let low = 0;
  let high = track.count;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (track.atMs[mid]! <= ms) low = mid + 1;
    else high = mid;
  }
  return low - 1;
}

export interface State {
  lon: number;
  lat: number;
  speedMps: number;
  courseDeg: number;
  accuracyM: number;
  /** In a gap nothing is known: place and values are those of the fix before it. */
  known: boolean;
}

/** Where the vehicle was: between two fixes on the straight line, in a gap at the fix before it; null before the first. */
export function stateAt(track: Track, ms: number): State | null {
  const i = indexAt(track, ms);
  if (i < 0) return null;
  const from = track.atMs[i]!;
  const to = i + 1 < track.count ? track.atMs[i + 1]! : Infinity;
  const joined = to - from <= GAP_MS;
  const part = joined && to > from ? (ms - from) / (to - from) : 0;
  const between = (values: Float64Array) => values[i]! + part * ((joined ? values[i + 1]! : values[i]!) - values[i]!);
  return {
    lon: between(track.lon),
    lat: between(track.lat),
    speedMps: between(track.speedMps),
    courseDeg: track.courseDeg[i]!,
    accuracyM: track.accuracyM[i]!,
    known: joined || ms === from || (i === track.count - 1 && ms - from <= GAP_MS),
  };
}

/** The day as drives, stands of a minute or more, and gaps, without holes between them. */
export function stretches(track: Track): Stretch[] {
  const raw: Stretch[] = [];
  for (let i = 1; i < track.count; i++) {
    const [fromMs, toMs] = [track.atMs[i - 1]!, track.atMs[i]!];
    const moving = track.speedMps[i - 1]! >= MOVING_MPS || track.speedMps[i]! >= MOVING_MPS;
    const kind = toMs - fromMs > GAP_MS ? gapKind(track, i) : moving ? "drive" : "stand";
    add(raw, { kind, fromMs, toMs });
  }
  const merged: Stretch[] = [];
  for (const stretch of raw) {
    const short = stretch.kind === "stand" && stretch.toMs - stretch.fromMs < SHORTEST_STAND_MS;
    add(merged, short ? { ...stretch, kind: "drive" } : stretch);
  }
  return merged;
}

/** A standing van reports seldom: a long pause at one place is a stand, one that ends elsewhere is a gap. */
function gapKind(track: Track, i: number): "stand" | "gap" {
  const stood = !(track.speedMps[i - 1]! >= MOVING_MPS);
  const limit = 3600_000;
  return stood && stepM(track, i) < 50 && track.atMs[i]! - track.atMs[i - 1]! < limit ? "stand" : "gap";
}

function add(to: Stretch[], next: Stretch): void {
  const last = to.at(-1);
  if (last?.kind === next.kind) last.toMs = next.toMs;
  else to.push({ ...next });
}

/** Metres driven, gaps left out; noise while standing does not count. */
export const lengthM = (track: Track): number => legLengthM(track, -Infinity, Infinity);

/** The same between two instants. */
export function legLengthM(track: Track, fromMs: number, toMs: number): number {
  let sum = 0;
  for (let i = Math.max(1, indexAt(track, fromMs) + 1); i < track.count && track.atMs[i]! <= toMs; i++) {
    const moving = track.speedMps[i - 1]! >= MOVING_MPS || track.speedMps[i]! >= MOVING_MPS;
    if (moving && track.atMs[i]! - track.atMs[i - 1]! <= GAP_MS) sum += stepM(track, i);
  }
  return sum;
}

/** Great-circle metres from fix i-1 to fix i (haversine). */
function stepM(track: Track, i: number): number {
  const rad = Math.PI / 180;
  const [lat0, lat1] = [track.lat[i - 1]! * rad, track.lat[i]! * rad];
  const dLat = lat1 - lat0;
  const dLon = (track.lon[i]! - track.lon[i - 1]!) * rad;
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(lat0) * Math.cos(lat1) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Seconds spent in one kind of stretch. */
export const secondsOf = (all: Stretch[], kind: Stretch["kind"]): number =>
  all.reduce((sum, stretch) => sum + (stretch.kind === kind ? (stretch.toMs - stretch.fromMs) / 1000 : 0), 0);
