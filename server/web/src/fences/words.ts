/** Fences in words. Pure. */

import type { FenceFeature } from "../api/types";
import { kilometres, plural, whole } from "../words/units";
import { draftFrom } from "./draft";
import type { LonLat } from "./ground";
import { measure, type Kind, type Shape } from "./shape";

const NBSP = "\u00a0";
export const KIND_WORDS: Record<Kind, string> = { circle: "Circle", area: "Area", corridor: "Corridor" };

/** "820 m²", "2.4 ha", "12 km²". */
export function areaWords(square: number): string {
  if (square < 10_000) return `${whole(square)}${NBSP}m²`;
  if (square < 1_000_000) return `${(square / 10_000).toFixed(1)}${NBSP}ha`;
  const km = square / 1e6;
  return `${km < 10 ? km.toFixed(1) : whole(km)}${NBSP}km²`;
}

/** Of a fence: whole metres under a kilometre. */
export const metres = (m: number): string => (m < 1000 ? `${Math.round(m)}${NBSP}m` : `${kilometres(m)}${NBSP}km`);

/** "60.16990 north, 24.93840 east". */
export function placeWords([lon, lat]: LonLat): string {
  const turn = ((((lon + 180) % 360) + 360) % 360) - 180;
  return `${Math.abs(lat).toFixed(5)} ${lat < 0 ? "south" : "north"}, ${Math.abs(turn).toFixed(5)} ${turn < 0 ? "west" : "east"}`;
}

/** "Circle, 120 m", "Area, 2.4 ha", "Corridor, 1.2 km by 40 m". */
export function shapeWords(shape: Shape): string {
  const { lengthM, areaM2 } = measure(shape);
  if (shape.kind === "circle") return `Circle, ${metres(shape.radiusM)}`;
  if (shape.kind === "corridor") return `Corridor, ${metres(lengthM)} by ${metres(shape.widthM)}`;
  return `Area, ${areaWords(areaM2)}`;
}

/** The second line of a fence in the list. */
export function fenceLine(feature: FenceFeature): string {
  const { hours, speed_limit_kmh: limit, vehicles } = feature.properties;
  const more = [
    hours ?? "",
    limit == null ? "" : `${limit}${NBSP}km/h`,
    vehicles ? plural(vehicles.length, "van") : "",
  ].filter(Boolean);
  return [shapeWords(draftFrom(feature, "UTC").shape), ...more].join(" · ");
}
