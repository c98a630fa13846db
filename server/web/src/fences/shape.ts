/** The shape of a fence while it is drawn, and how it is changed. Pure: every change gives a new shape.
 *
 * An area keeps polygons of rings (the first is its edge, the others are holes), without the closing corner; a corridor
 * keeps lines. A corner is named by its path: which polygon or line, which ring, which corner. */

import { areaM2, circleRing, eastNorth, lengthM, metresBetween, placeFrom, ringAlong, ringAround } from "./ground";
import type { EastNorth, LonLat } from "./ground";

export type Kind = "circle" | "area" | "corridor";
export type Ring = LonLat[];

export type Shape =
  | { kind: "circle"; centre: LonLat | null; radiusM: number }
  | { kind: "area"; polygons: Ring[][] }
  | { kind: "corridor"; lines: Ring[]; widthM: number };

export interface CornerPath {
  polygon: number;
  ring: number;
  corner: number;
}

export interface Corner extends CornerPath {
  at: LonLat;
}

export const FIRST: CornerPath = { polygon: 0, ring: 0, corner: 0 };
/** The circle's edge can be taken hold of at its east. */
export const EDGE: CornerPath = { polygon: 0, ring: 0, corner: 1 };
const LEAST_RADIUS_M = 1;

export function emptyShape(kind: Kind): Shape {
  if (kind === "circle") return { kind, centre: null, radiusM: 50 };
  return kind === "area" ? { kind, polygons: [] } : { kind, lines: [], widthM: 40 };
}

/** Places to 1e-7 degrees, as they are stored: 11 mm. */
export const rounded = ([lon, lat]: LonLat): LonLat => [Math.round(lon * 1e7) / 1e7, Math.round(lat * 1e7) / 1e7];

export const samePath = (a: CornerPath | null, b: CornerPath | null): boolean =>
  a === b || (!!a && !!b && a.polygon === b.polygon && a.ring === b.ring && a.corner === b.corner);

/** Everything that can be taken hold of. */
export function cornersOf(shape: Shape): Corner[] {
  if (shape.kind === "circle") {
    if (!shape.centre) return [];
    const edge = rounded(placeFrom(shape.centre, [shape.radiusM, 0]));
    return [
      { ...FIRST, at: shape.centre },
      { ...EDGE, at: edge },
    ];
  }
  return ringsOf(shape).flatMap(({ polygon, ring, places }) =>
    places.map((at, corner) => ({ polygon, ring, corner, at })),
  );
}

/** The middles of edges; taking hold of one makes a new corner there, at the path. */
export function middlesOf(shape: Shape): Corner[] {
  if (shape.kind === "circle") return [];
  return ringsOf(shape).flatMap(({ polygon, ring, places }) => {
    const edges = shape.kind === "area" ? (places.length < 3 ? 0 : places.length) : places.length - 1;
    return Array.from({ length: Math.max(0, edges) }, (_, i) => {
      const [a, b] = [places[i]!, places[(i + 1) % places.length]!];
      const [east, north] = eastNorth(a, b);
      return { polygon, ring, corner: i + 1, at: rounded(placeFrom(a, [east / 2, north / 2])) };
    });
  });
}

/** The next corner of what is being drawn: the circle's centre, or one more of the ring or line. */
export function withNext(shape: Shape, at: LonLat): Shape {
  const place = rounded(at);
  if (shape.kind === "circle") return { ...shape, centre: place };
  if (shape.kind === "corridor") {
    const [line = [], ...others] = shape.lines;
    return { ...shape, lines: [[...line, place], ...others] };
  }
  const [[edge = [], ...holes] = [], ...others] = shape.polygons;
  return { ...shape, polygons: [[[...edge, place], ...holes], ...others] };
}

export function moved(shape: Shape, path: CornerPath, to: LonLat): Shape {
  if (shape.kind === "circle") {
    if (path.corner === 0 || !shape.centre) return { ...shape, centre: rounded(to) };
    return { ...shape, radiusM: radiusTo(shape.centre, to) };
  }
  return withRing(shape, path, (places) => places.map((place, i) => (i === path.corner ? rounded(to) : place)));
}

/** By so many metres: what the arrow keys do. The circle's edge moves in and out. */
export function nudged(shape: Shape, path: CornerPath, [east, north]: EastNorth): Shape {
  if (shape.kind === "circle" && path.corner === 1) {
    const radiusM = Math.max(LEAST_RADIUS_M, Math.round((shape.radiusM + east + north) * 10) / 10);
    return { ...shape, radiusM };
  }
  const at = cornersOf(shape).find((corner) => samePath(corner, path))?.at;
  return at ? moved(shape, path, placeFrom(at, [east, north])) : shape;
}

export function inserted(shape: Shape, path: CornerPath, at: LonLat): Shape {
  if (shape.kind === "circle") return shape;
  return withRing(shape, path, (places) => places.toSpliced(path.corner, 0, rounded(at)));
}

/** Without that corner; a ring with fewer than three goes, and so does a circle without its centre. */
export function removed(shape: Shape, path: CornerPath): Shape {
  if (shape.kind === "circle") return path.corner === 0 ? { ...shape, centre: null } : shape;
  const less = withRing(shape, path, (places) => places.toSpliced(path.corner, 1));
  if (less.kind === "corridor") return { ...less, lines: keep(less.lines, (line) => line.length >= 2) };
  if (less.kind !== "area") return less;
  const withoutHoles = less.polygons.map(([edge = [], ...holes]) => [
    edge,
    ...holes.filter((ring) => ring.length >= 3),
  ]);
  return { ...less, polygons: keep(withoutHoles, ([edge]) => edge!.length >= 3) };
}

export function isWhole(shape: Shape): boolean {
  if (shape.kind === "circle") return shape.centre !== null;
  if (shape.kind === "corridor") return shape.lines.length > 0 && shape.lines.every((line) => line.length >= 2);
  return shape.polygons.length > 0 && shape.polygons.every((rings) => rings.every((ring) => ring.length >= 3));
}

/** Rings to draw: the fence's own edge, and the one a vehicle has to be beyond to have left. */
export function outlines(shape: Shape, marginM: number): { edge: Ring[][]; margin: Ring[] } {
  if (shape.kind === "circle") {
    if (!shape.centre) return { edge: [], margin: [] };
    const { centre, radiusM } = shape;
    return {
      edge: [[circleRing(centre, radiusM)]],
      margin: marginM > 0 ? [circleRing(centre, radiusM + marginM)] : [],
    };
  }
  if (shape.kind === "corridor") {
    const [lines, half] = [shape.lines.filter((line) => line.length >= 2), shape.widthM / 2];
    const edge = lines.map((line) => [ringAlong(line, half)]);
    return { edge, margin: marginM > 0 ? lines.map((line) => ringAlong(line, half + marginM)) : [] };
  }
  const edge = shape.polygons.filter(([first]) => first && first.length >= 3);
  return { edge, margin: marginM > 0 ? edge.map(([first]) => ringAround(first!, marginM)) : [] };
}

/** How much ground: for the words beside the pointer. */
export function measure(shape: Shape): { lengthM: number; areaM2: number } {
  if (shape.kind === "circle") return { lengthM: shape.radiusM, areaM2: Math.PI * shape.radiusM ** 2 };
  if (shape.kind === "corridor") {
    const metres = shape.lines.reduce((sum, line) => sum + lengthM(line), 0);
    return { lengthM: metres, areaM2: metres * shape.widthM };
  }
  let [metres, square] = [0, 0];
  for (const rings of shape.polygons) {
    const [edge = [], ...holes] = rings;
    if (edge.length) metres += lengthM([...edge, edge[0]!]);
    square += areaM2(edge) - holes.reduce((sum, hole) => sum + areaM2(hole), 0);
  }
  return { lengthM: metres, areaM2: Math.max(0, square) };
}

export const radiusTo = (centre: LonLat, edge: LonLat): number =>
  Math.max(LEAST_RADIUS_M, Math.round(metresBetween(centre, edge) * 10) / 10);

interface PlacedRing {
  polygon: number;
  ring: number;
  places: Ring;
}

function ringsOf(shape: Exclude<Shape, { kind: "circle" }>): PlacedRing[] {
  if (shape.kind === "corridor") return shape.lines.map((places, polygon) => ({ polygon, ring: 0, places }));
  return shape.polygons.flatMap((rings, polygon) => rings.map((places, ring) => ({ polygon, ring, places })));
}

function withRing(shape: Exclude<Shape, { kind: "circle" }>, path: CornerPath, change: (ring: Ring) => Ring): Shape {
  if (shape.kind === "corridor") {
    return { ...shape, lines: shape.lines.map((line, p) => (p === path.polygon ? change(line) : line)) };
  }
  const polygons = shape.polygons.map((rings, p) =>
    p === path.polygon ? rings.map((ring, r) => (r === path.ring ? change(ring) : ring)) : rings,
  );
  return { ...shape, polygons };
}

/** Those that are whole; the only one stays, because it is being drawn. */
const keep = <T>(parts: T[], whole: (part: T) => boolean): T[] => (parts.length > 1 ? parts.filter(whole) : parts);
