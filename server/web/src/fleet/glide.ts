/** How a mark moves between fixes. Lengths are Mercator units (the world is 1 wide), times are seconds.
 *
 * A van glides on a straight line to where it will be when it has run on for at most 2 s, then holds. A jump of more
 * than 200 m is not driven: the mark fades over to the new place. The layer's shader computes the same as `placeAt`. */

export interface Glide {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  t0S: number;
  durationS: number;
  course0: number;
  course1: number;
  /** Since when the mark fades in; -Infinity when it does not. */
  fadeS: number;
}

export interface Fix {
  lon: number;
  lat: number;
  speedMps: number;
  courseDeg: number | null;
}

const RUN_ON_S = 2;
const SETTLE_S = 0.6;
const JUMP_M = 200;
const EARTH_M = 40_075_016.686;

export const mercatorX = (lon: number): number => lon / 360 + 0.5;

export function mercatorY(lat: number): number {
  const rad = (Math.max(-85, Math.min(85, lat)) * Math.PI) / 180;
  return 0.5 - Math.log(Math.tan(Math.PI / 4 + rad / 2)) / (2 * Math.PI);
}

export const lonOf = (x: number): number => (x - 0.5) * 360;
export const latOf = (y: number): number => (Math.atan(Math.sinh((0.5 - y) * 2 * Math.PI)) * 180) / Math.PI;

/** One metre on the ground at this latitude, in Mercator units. */
export const metre = (lat: number): number => 1 / (EARTH_M * Math.cos((lat * Math.PI) / 180));

/** Where the mark is at `tS`. */
export function placeAt(glide: Glide, tS: number): [number, number] {
  const part = glide.durationS > 0 ? Math.min(1, Math.max(0, (tS - glide.t0S) / glide.durationS)) : 1;
  return [glide.x0 + (glide.x1 - glide.x0) * part, glide.y0 + (glide.y1 - glide.y0) * part];
}

export const isGliding = (glide: Glide, tS: number): boolean => tS < glide.t0S + glide.durationS;

/** A mark that stands where the fix is: the first fix, or when motion is unwanted. */
export function standAt(fix: Fix, tS: number, fadeS = -Infinity): Glide {
  const [x, y] = [mercatorX(fix.lon), mercatorY(fix.lat)];
  const course = ((fix.courseDeg ?? 0) * Math.PI) / 180;
  return { x0: x, y0: y, x1: x, y1: y, t0S: tS, durationS: 0, course0: course, course1: course, fadeS };
}

/** The way to a new fix from where the mark is now. `ageS` is how old the fix already is, `intervalS` the usual wait. */
export function glideTo(before: Glide, fix: Fix, tS: number, ageS: number, intervalS: number): Glide {
  const [x0, y0] = placeAt(before, tS);
  const unit = metre(fix.lat);
  const apart = Math.hypot(mercatorX(fix.lon) - x0, mercatorY(fix.lat) - y0) / unit;
  if (apart > JUMP_M) return standAt(fix, tS, tS);
  const moving = fix.courseDeg !== null && fix.speedMps > 0.5;
  const runS = moving ? Math.min(RUN_ON_S, Math.max(SETTLE_S, intervalS)) : SETTLE_S;
  const aheadS = moving ? Math.min(RUN_ON_S, Math.max(0, ageS) + runS) : 0;
  const course = fix.courseDeg === null ? before.course1 : (fix.courseDeg * Math.PI) / 180;
  return {
    x0,
    y0,
    x1: mercatorX(fix.lon) + Math.sin(course) * fix.speedMps * aheadS * unit,
    y1: mercatorY(fix.lat) - Math.cos(course) * fix.speedMps * aheadS * unit,
    t0S: tS,
    durationS: runS,
    course0: near(before.course1, course),
    course1: course,
    fadeS: before.fadeS,
  };
}

/** The same direction as `from`, written so that turning to `to` takes the short way. */
function near(from: number, to: number): number {
  const turn = 2 * Math.PI;
  return from + Math.round((to - from) / turn) * turn;
}
