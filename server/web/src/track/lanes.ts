/** Shapes of the day's lanes. Pure: a span of time on so many pixels. */

import { GAP_MS, indexAt, type Track } from "./track";

export interface Span {
  fromMs: number;
  toMs: number;
}

/** Where times stand on so many pixels. */
export interface Axis {
  span: Span;
  /** As a part of the whole. */
  part: (ms: number) => number;
  /** As a CSS length. */
  at: (ms: number) => string;
  /** In px. */
  wide: (fromMs: number, toMs: number) => number;
}

export function axisOf(span: Span, width: number): Axis {
  const part = (ms: number) => (ms - span.fromMs) / (span.toMs - span.fromMs);
  return {
    span,
    part,
    at: (ms) => `${(100 * part(ms)).toFixed(4)}%`,
    wide: (fromMs, toMs) => (part(toMs) - part(fromMs)) * width,
  };
}

/** Those that can be seen, cut to what is shown. */
export const within = <T extends Span>(items: T[], span: Span): T[] =>
  items
    .filter(({ fromMs, toMs }) => toMs > span.fromMs && fromMs < span.toMs)
    .map((item) => ({ ...item, fromMs: Math.max(item.fromMs, span.fromMs), toMs: Math.min(item.toMs, span.toMs) }));

export type Window = "day" | "hour" | "10 min";
const WINDOW_MS: Record<Exclude<Window, "day">, number> = { hour: 3_600_000, "10 min": 600_000 };
const STEPS_MIN = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360];

/** What the axis shows: all of the track, or a window whose middle is the playhead, kept inside the track. */
export function spanOf(track: Track, atMs: number, window: Window): Span {
  const all = { fromMs: track.atMs[0]!, toMs: Math.max(track.atMs[track.count - 1]!, track.atMs[0]! + 60_000) };
  if (window === "day" || all.toMs - all.fromMs <= WINDOW_MS[window]) return all;
  const fromMs = Math.min(all.toMs - WINDOW_MS[window], Math.max(all.fromMs, atMs - WINDOW_MS[window] / 2));
  return { fromMs, toMs: fromMs + WINDOW_MS[window] };
}

/** Whole local minutes for the axis, at most so many. */
export function ticks({ fromMs, toMs }: Span, most: number): number[] {
  const minutes = (toMs - fromMs) / 60_000;
  const step = (STEPS_MIN.find((candidate) => minutes / candidate <= Math.max(1, most)) ?? 720) * 60_000;
  const midnight = new Date(fromMs).setHours(0, 0, 0, 0);
  const found: number[] = [];
  const margin = (toMs - fromMs) * 0.02;
  for (let ms = midnight + Math.ceil((fromMs - midnight) / step) * step; ms <= toMs - margin; ms += step) {
    if (ms >= fromMs + margin) found.push(ms);
  }
  return found;
}

/** The top of the speed scale: the next 10 km/h, at least 50. */
export function topSpeedKmh(track: Track, span: Span): number {
  let top = 0;
  for (let i = Math.max(0, indexAt(track, span.fromMs)); i < track.count && track.atMs[i]! <= span.toMs; i++) {
    if (track.speedMps[i]! > top) top = track.speedMps[i]!;
  }
  return Math.max(50, Math.ceil((top * 3.6) / 10) * 10);
}

/** An area path, 56 high: the highest speed under each pixel, so that no peak is lost; nothing across gaps. */
export function speedArea(track: Track, span: Span, topKmh: number, width: number): string {
  const heights = new Float64Array(width + 1);
  const column = (ms: number) => Math.round((width * (ms - span.fromMs)) / (span.toMs - span.fromMs));
  for (let i = Math.max(1, indexAt(track, span.fromMs)); i < track.count && track.atMs[i - 1]! <= span.toMs; i++) {
    if (track.atMs[i]! - track.atMs[i - 1]! > GAP_MS) continue;
    const [left, right] = [column(track.atMs[i - 1]!), column(track.atMs[i]!)];
    const [a, b] = [track.speedMps[i - 1]! || 0, track.speedMps[i]! || 0];
    for (let x = Math.max(0, left); x <= Math.min(width, right); x++) {
      const mps = right > left ? a + ((b - a) * (x - left)) / (right - left) : Math.max(a, b);
      if (mps > heights[x]!) heights[x] = mps;
    }
  }
  let path = "M0 56";
  for (let x = 0; x <= width; x++) path += `L${x} ${(56 - Math.min(1, (heights[x]! * 3.6) / topKmh) * 52).toFixed(1)}`;
  return `${path}L${width} 56Z`;
}
