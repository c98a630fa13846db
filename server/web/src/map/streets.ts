/** Which street the base map shows at a place. */

import type { Map as MapLibre } from "maplibre-gl";

import { ROAD_FILLS } from "./style";

interface Px {
  x: number;
  y: number;
}

const REACH_PX = 30;

/** The name of the street that is drawn closest, within 30 px; null when none is in view. */
export function streetAt(map: MapLibre, lon: number, lat: number): string | null {
  const at = map.project([lon, lat]);
  const box: [[number, number], [number, number]] = [
    [at.x - REACH_PX, at.y - REACH_PX],
    [at.x + REACH_PX, at.y + REACH_PX],
  ];
  let best: string | null = null;
  let least = REACH_PX;
  for (const { geometry, properties } of map.queryRenderedFeatures(box, { layers: ROAD_FILLS })) {
    if (!properties.name) continue;
    const px = distancePx(map, geometry, at);
    if (px >= least) continue;
    least = px;
    best = String(properties.name);
  }
  return best;
}

function distancePx(map: MapLibre, geometry: GeoJSON.Geometry, at: Px): number {
  let least = Infinity;
  for (const line of linesOf(geometry)) {
    const points = line.map((place) => map.project(place as [number, number]));
    for (let i = 1; i < points.length; i++) least = Math.min(least, segmentDistance(at, points[i - 1]!, points[i]!));
  }
  return least;
}

function linesOf(geometry: GeoJSON.Geometry): GeoJSON.Position[][] {
  if (geometry.type === "LineString") return [geometry.coordinates];
  return geometry.type === "MultiLineString" ? geometry.coordinates : [];
}

function segmentDistance(at: Px, a: Px, b: Px): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const long = dx * dx + dy * dy;
  const part = long ? Math.min(1, Math.max(0, ((at.x - a.x) * dx + (at.y - a.y) * dy) / long)) : 0;
  return Math.hypot(at.x - a.x - part * dx, at.y - a.y - part * dy);
}
