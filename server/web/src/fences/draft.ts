/** A fence while it is changed: fields as they are typed, so that nothing is lost on a mistake. Pure.
 *
 * `draftFrom` and `featureFrom` go between it and the GeoJSON Feature that is kept; what is in the Feature and not ours
 * goes round in `rest`. */

import type { FenceFeature, NewFence } from "../api/types";
import type { LonLat } from "./ground";
import { emptyShape, isWhole, type Kind, type Ring, type Shape } from "./shape";

export interface Draft {
  shape: Shape;
  name: string;
  site: boolean;
  /** Metres. */
  margin: string;
  /** Minutes; empty: nobody is told that it waits. */
  wait: string;
  hours: string;
  timeZone: string;
  /** Dates, one after the other. */
  holidays: string;
  /** km/h; empty: none. */
  limit: string;
  /** Null: all of them. */
  vehicles: string[] | null;
  rest: Record<string, unknown>;
}

export const FIELDS = ["name", "size", "margin", "wait", "hours", "holidays", "limit", "vehicles", "shape"] as const;
export type Field = (typeof FIELDS)[number];
export type Problems = Partial<Record<Field, string>>;

const MARGIN_M = 25;
const OURS = ["name", "site", "radius_m", "width_m", "margin_m", "dwell_s", "hours", "time_zone", "holidays"];
const MORE = ["speed_limit_kmh", "vehicles"];

export const emptyDraft = (kind: Kind, timeZone: string): Draft => ({
  shape: emptyShape(kind),
  name: "",
  site: false,
  margin: String(MARGIN_M),
  wait: "",
  hours: "",
  timeZone,
  holidays: "",
  limit: "",
  vehicles: null,
  rest: {},
});

export function draftFrom({ geometry, properties: said }: FenceFeature, timeZone: string): Draft {
  const rest = Object.entries(said).filter(([key]) => ![...OURS, ...MORE].includes(key));
  return {
    shape: shapeFrom(geometry, said),
    name: said.name ?? "",
    site: said.site ?? false,
    margin: figure(said.margin_m ?? MARGIN_M),
    wait: said.dwell_s == null ? "" : figure(said.dwell_s / 60),
    hours: said.hours ?? "",
    timeZone: said.time_zone ?? timeZone,
    holidays: (said.holidays ?? []).join(", "),
    limit: said.speed_limit_kmh == null ? "" : figure(said.speed_limit_kmh),
    vehicles: said.vehicles ?? null,
    rest: Object.fromEntries(rest),
  };
}

/** The Feature to save; only for a draft without problems. */
export function featureFrom(draft: Draft): NewFence {
  const { shape } = draft;
  const margin = numberIn(draft.margin);
  const [wait, limit] = [numberIn(draft.wait), numberIn(draft.limit)];
  const properties = {
    ...draft.rest,
    name: draft.name.trim(),
    ...(draft.site ? { site: true } : {}),
    ...(shape.kind === "circle" ? { radius_m: shape.radiusM } : {}),
    ...(shape.kind === "corridor" ? { width_m: shape.widthM } : {}),
    margin_m: margin ?? MARGIN_M,
    ...(wait === null ? {} : { dwell_s: Math.round(wait * 60) }),
    ...(draft.hours.trim() ? { hours: draft.hours.trim(), time_zone: draft.timeZone } : {}),
    ...(draft.hours.trim() && draft.holidays.trim() ? { holidays: datesIn(draft.holidays) } : {}),
    ...(limit === null ? {} : { speed_limit_kmh: limit }),
    ...(draft.vehicles ? { vehicles: draft.vehicles } : {}),
  };
  return { type: "Feature", geometry: geometryFrom(shape), properties } as NewFence;
}

/** What has to be mended before it can be saved, by field: what to write. */
export function problemsOf(draft: Draft): Problems {
  const { shape } = draft;
  const found: Problems = {};
  if (!draft.name.trim()) found.name = "Write a name, such as Ruoholahti depot.";
  if (!isWhole(shape)) found.shape = MISSING[shape.kind];
  const size = shape.kind === "circle" ? shape.radiusM : shape.kind === "corridor" ? shape.widthM : 1;
  const most = shape.kind === "circle" ? 2_000_000 : 200_000;
  if (!(size >= 1 && size <= most)) found.size = `Write metres from 1 to ${most}.`;
  if (!within(draft.margin, 0, 10_000)) found.margin = "Write metres from 0 to 10000; 25 suits most places.";
  if (draft.wait.trim() && !within(draft.wait, 0.1, 43_200))
    found.wait = "Write minutes, such as 5, or leave it empty.";
  if (draft.limit.trim() && !within(draft.limit, 1, 500)) found.limit = "Write km/h from 1 to 500, or leave it empty.";
  if (draft.holidays.trim() && !datesIn(draft.holidays).every(isDate)) {
    found.holidays = "Write dates as 2026-12-24, with commas between them.";
  }
  if (draft.vehicles && !draft.vehicles.length) found.vehicles = "Choose at least one van, or all.";
  return found;
}

const MISSING: Record<Kind, string> = {
  circle: "Click on the map where its middle is.",
  area: "Draw at least three corners on the map.",
  corridor: "Draw at least two points on the map.",
};

/** "12,5" and "12.5 m" are the same figure; null when there is none. */
export function numberIn(text: string): number | null {
  const match = /^\s*(-?\d+(?:[.,]\d+)?)\s*(?:m|min|km\/h)?\s*$/.exec(text);
  return match ? Number(match[1]!.replace(",", ".")) : null;
}

const within = (text: string, least: number, most: number): boolean => {
  const number = numberIn(text);
  return number !== null && number >= least && number <= most;
};

const datesIn = (text: string): string[] => text.split(/[\s,;]+/).filter(Boolean);
const isDate = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
const figure = (value: number): string => String(Math.round(value * 100) / 100);

function shapeFrom(geometry: FenceFeature["geometry"], said: FenceFeature["properties"]): Shape {
  const open = (ring: Ring) => (ring.length > 1 && same(ring[0]!, ring.at(-1)!) ? ring.slice(0, -1) : ring);
  const { type, coordinates } = geometry as { type: string; coordinates: unknown };
  if (type === "Point") return { kind: "circle", centre: place(coordinates as LonLat), radiusM: said.radius_m ?? 50 };
  if (type === "Polygon") return { kind: "area", polygons: [(coordinates as Ring[]).map(places).map(open)] };
  if (type === "MultiPolygon") {
    return { kind: "area", polygons: (coordinates as Ring[][]).map((rings) => rings.map(places).map(open)) };
  }
  const lines = type === "LineString" ? [coordinates as Ring] : (coordinates as Ring[]);
  return { kind: "corridor", lines: lines.map(places), widthM: said.width_m ?? 40 };
}

/** Without a height, which some files have. */
const place = ([lon, lat]: LonLat): LonLat => [lon, lat];
const places = (ring: Ring): Ring => ring.map(place);
const same = (a: LonLat, b: LonLat): boolean => a[0] === b[0] && a[1] === b[1];

/** Rings are closed, and go round as RFC 7946 has it: the edge counter-clockwise, holes clockwise. */
function geometryFrom(shape: Shape): object {
  if (shape.kind === "circle") return { type: "Point", coordinates: shape.centre };
  if (shape.kind === "corridor") {
    const [first] = shape.lines;
    return shape.lines.length === 1
      ? { type: "LineString", coordinates: first }
      : { type: "MultiLineString", coordinates: shape.lines };
  }
  const polygons = shape.polygons.map((rings) => rings.map((ring, i) => closed(ring, i === 0)));
  return polygons.length === 1
    ? { type: "Polygon", coordinates: polygons[0] }
    : { type: "MultiPolygon", coordinates: polygons };
}

function closed(ring: Ring, left: boolean): Ring {
  let twice = 0;
  ring.forEach(([x, y], i) => {
    const [nextX, nextY] = ring[(i + 1) % ring.length]!;
    twice += x * nextY - nextX * y;
  });
  const turned = twice > 0 === left ? ring : ring.toReversed();
  return [...turned, turned[0]!];
}
