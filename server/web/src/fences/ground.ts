/** Lengths, areas and outlines on the ground, in true metres. Pure. Places are [longitude, latitude] in degrees. */

export type LonLat = [number, number];

/** East and north of an origin, in metres. */
export type EastNorth = [number, number];

const EARTH_M = 6_371_008.8;
const RAD = Math.PI / 180;
const ARC_STEP = Math.PI / 12;

/** The short way from one longitude to another: a fence over the antimeridian is as small as any. */
const turn = (deg: number): number => ((((deg + 180) % 360) + 360) % 360) - 180;

/** Metres east and north of the origin: a plane that is good for what one draws on a city's map. */
export function eastNorth(origin: LonLat, place: LonLat): EastNorth {
  const scale = EARTH_M * RAD;
  return [turn(place[0] - origin[0]) * scale * Math.cos(origin[1] * RAD), (place[1] - origin[1]) * scale];
}

export function placeFrom(origin: LonLat, [east, north]: EastNorth): LonLat {
  const scale = EARTH_M * RAD;
  const lat = Math.max(-90, Math.min(90, origin[1] + north / scale));
  return [origin[0] + east / (scale * Math.max(1e-6, Math.cos(origin[1] * RAD))), lat];
}

/** Great-circle metres (haversine: sure for short ways). */
export function metresBetween(a: LonLat, b: LonLat): number {
  const [lat1, lat2] = [a[1] * RAD, b[1] * RAD];
  const dLat = lat2 - lat1;
  const dLon = turn(b[0] - a[0]) * RAD;
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(lat1) * Math.cos(lat2) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

export function lengthM(line: LonLat[]): number {
  let metres = 0;
  for (let i = 1; i < line.length; i++) metres += metresBetween(line[i - 1]!, line[i]!);
  return metres;
}

/** Square metres inside a ring, whichever way round it goes. */
export const areaM2 = (ring: LonLat[]): number => Math.abs(signedArea(flat(ring)));

/** The ring around a circle. */
export function circleRing(centre: LonLat, radiusM: number, corners = 64): LonLat[] {
  return Array.from({ length: corners }, (_, i) => {
    const angle = (2 * Math.PI * i) / corners;
    return placeFrom(centre, [radiusM * Math.sin(angle), radiusM * Math.cos(angle)]);
  });
}

/** The ring that runs `metres` outside of this one: round at its corners. */
export function ringAround(ring: LonLat[], metres: number): LonLat[] {
  const points = flat(ring);
  if (signedArea(points) < 0) points.reverse();
  return outside(points, metres).map((point) => placeFrom(ring[0]!, point));
}

/** The ring around a line, `halfM` to each side, with round ends. */
export function ringAlong(line: LonLat[], halfM: number): LonLat[] {
  const points = flat(line);
  if (points.length < 2) return points.length ? circleRing(line[0]!, halfM) : [];
  const backAndForth = [...points, ...points.slice(1, -1).reverse()];
  return outside(backAndForth, halfM).map((point) => placeFrom(line[0]!, point));
}

/** Neighbours in the same place say nothing. */
function flat(places: LonLat[]): EastNorth[] {
  const points = places.map((place) => eastNorth(places[0]!, place));
  return points.filter((point, i) => i === 0 || distance(point, points[i - 1]!) > 1e-3);
}

function signedArea(points: EastNorth[]): number {
  let twice = 0;
  for (let i = 0; i < points.length; i++) {
    const [a, b] = [points[i]!, points[(i + 1) % points.length]!];
    twice += a[0] * b[1] - b[0] * a[1];
  }
  return twice / 2;
}

/** Each edge of a counter-clockwise ring is moved to its right; corners that stick out get an arc, the others are cut. */
function outside(ring: EastNorth[], metres: number): EastNorth[] {
  const found: EastNorth[] = [];
  const count = ring.length;
  for (let i = 0; i < count; i++) {
    const [before, at, after] = [ring[(i + count - 1) % count]!, ring[i]!, ring[(i + 1) % count]!];
    const [first, second] = [rightOf(before, at), rightOf(at, after)];
    const bend = turnOf(first, second);
    if (bend > -1e-9) found.push(...arc(at, first, bend, metres));
    else found.push(innerCorner(before, at, after, metres));
  }
  return found;
}

function arc(at: EastNorth, normal: EastNorth, bend: number, metres: number): EastNorth[] {
  const steps = Math.max(1, Math.ceil(bend / ARC_STEP));
  const start = Math.atan2(normal[1], normal[0]);
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = start + (bend * i) / steps;
    return [at[0] + metres * Math.cos(angle), at[1] + metres * Math.sin(angle)] as EastNorth;
  });
}

/** Where the two moved edges meet; never farther along than the shorter edge is long. */
function innerCorner(before: EastNorth, at: EastNorth, after: EastNorth, metres: number): EastNorth {
  const [n1, n2] = [rightOf(before, at), rightOf(at, after)];
  const sum: EastNorth = [n1[0] + n2[0], n1[1] + n2[1]];
  const square = sum[0] ** 2 + sum[1] ** 2;
  const along = square < 1e-6 ? Infinity : (2 * metres) / square;
  const least = Math.min(distance(before, at), distance(at, after));
  const long = along * Math.sqrt(square);
  const part = long > Math.hypot(least, metres) ? Math.hypot(least, metres) / long : 1;
  return Number.isFinite(long) ? [at[0] + sum[0] * along * part, at[1] + sum[1] * along * part] : at;
}

/** The unit vector to the right of the way from a to b. */
function rightOf(a: EastNorth, b: EastNorth): EastNorth {
  const long = distance(a, b) || 1;
  return [(b[1] - a[1]) / long, -(b[0] - a[0]) / long];
}

/** From one direction to the next, -pi to pi, left is positive; straight back counts as left: an end of a line. */
function turnOf(a: EastNorth, b: EastNorth): number {
  const angle = Math.atan2(a[0] * b[1] - a[1] * b[0], a[0] * b[0] + a[1] * b[1]);
  return angle < -Math.PI + 1e-6 ? Math.PI : angle;
}

const distance = (a: EastNorth, b: EastNorth): number => Math.hypot(a[0] - b[0], a[1] - b[1]);
