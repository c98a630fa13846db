/** How long until the next frame shows something new. Pure. */

import { isGliding, type Glide } from "../../fleet/glide";

const STEP_PX = 0.3;
const SHORTEST_MS = 12;
const LONGEST_MS = 250;
const FADE_S = 0.34;
const WORLD_PX = 512;

/** Milliseconds until the fastest mark has moved a visible step; null when nothing moves at all. */
export function paceMs(vehicles: Iterable<{ glide: Glide | null }>, tS: number, zoom: number): number | null {
  let fastest = 0;
  let fading = false;
  let any = false;
  for (const { glide } of vehicles) {
    if (!glide) continue;
    if (tS - glide.fadeS < FADE_S) fading = true;
    if (!isGliding(glide, tS)) continue;
    any = true;
    const rate = Math.max(Math.abs(glide.x1 - glide.x0), Math.abs(glide.y1 - glide.y0)) / glide.durationS;
    if (rate > fastest) fastest = rate;
  }
  if (fading) return SHORTEST_MS;
  if (!any) return null;
  const pxPerS = fastest * WORLD_PX * 2 ** zoom;
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (1000 * STEP_PX) / pxPerS));
}
