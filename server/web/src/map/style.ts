/** The base map as MapLibre layers over Protomaps' layer names: quiet paper, from the `--map-*` tokens.
 *
 * No shops, no icons, no shields, no hills. Streets are named along their line from zoom 14. There is no `glyphs`
 * address, so MapLibre draws the names with the machine's own fonts. */

import type { ExpressionSpecification, FilterSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";

import type { Tokens } from "./tokens";

const SYSTEM = ["-apple-system", "BlinkMacSystemFont", "Segoe UI", "Inter", "Roboto", "Noto Sans", "Liberation Sans"];
/** The first name only tells MapLibre the weight. */
export const FONT = {
  street: ["Street Medium", ...SYSTEM],
  place: ["Place Semibold", ...SYSTEM],
  water: ["Water Italic", ...SYSTEM],
};

const PARKS = ["park", "garden", "grass", "forest", "wood", "cemetery", "golf_course", "nature_reserve", "pitch"];
const MORE_PARKS = [
  "playground",
  "meadow",
  "scrub",
  "grassland",
  "recreation_ground",
  "village_green",
  "national_park",
];

export function mapStyle(token: Tokens, tiles: string | null): StyleSpecification {
  const ground: LayerSpecification = {
    id: "land",
    type: "background",
    paint: { "background-color": token("map-land") },
  };
  if (!tiles) return { version: 8, sources: {}, layers: [ground] };
  return {
    version: 8,
    sources: { base: { type: "vector", url: `pmtiles://${new URL(tiles, location.href)}` } },
    layers: [ground, ...grounds(token), ...roads(token), ...names(token)],
  };
}

function grounds(token: Tokens): LayerSpecification[] {
  return [
    { id: "earth", ...of("earth"), type: "fill", paint: { "fill-color": token("map-land") } },
    {
      id: "parks",
      ...of("landuse"),
      type: "fill",
      filter: ["in", ["get", "kind"], ["literal", [...PARKS, ...MORE_PARKS]]],
      paint: { "fill-color": token("map-park") },
    },
    {
      id: "water",
      ...of("water"),
      type: "fill",
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": token("map-water"), "fill-outline-color": token("map-shore") },
    },
    {
      id: "buildings",
      ...of("buildings"),
      type: "fill",
      minzoom: 14,
      paint: {
        "fill-color": token("map-block"),
        "fill-outline-color": token("map-block-line"),
        "fill-opacity": ["interpolate", ["linear"], ["zoom"], 14, 0.4, 15, 1],
      },
    },
  ];
}

interface Road {
  id: string;
  filter: FilterSpecification;
  minzoom: number;
  /** Width of the fill in px at zooms 11, 14, 16, 18; the casing is 1.6 px wider. */
  width: [number, number, number, number];
  main?: boolean;
}

const SMALL = ["service", "pedestrian", "footway", "path", "steps", "cycleway", "track"];

const ROADS: Road[] = [
  { id: "lane", minzoom: 14, width: [0, 0.9, 2.2, 6], filter: ["in", ["get", "kind_detail"], ["literal", SMALL]] },
  {
    id: "minor",
    minzoom: 12,
    width: [0.4, 2.3, 5, 15],
    filter: ["all", ["==", ["get", "kind"], "minor_road"], ["!=", ["get", "kind_detail"], "service"]],
  },
  { id: "tertiary", minzoom: 10, width: [0.8, 3.8, 7, 19], filter: detail("tertiary") },
  { id: "secondary", minzoom: 9, width: [1.2, 5.2, 9, 23], main: true, filter: detail("secondary") },
  { id: "primary", minzoom: 7, width: [1.6, 6.4, 11, 27], main: true, filter: detail("primary") },
  { id: "highway", minzoom: 5, width: [2, 7, 12, 30], main: true, filter: ["==", ["get", "kind"], "highway"] },
];

/** The layers that hold streets, for looking up what a vehicle drives on. */
export const ROAD_FILLS = ROADS.map(({ id }) => `road-${id}-fill`);

/** All casings lie under all fills, so that crossings stay open. */
function roads(token: Tokens): LayerSpecification[] {
  const casings = ROADS.map((road) => line(road, "case", token(road.main ? "map-main-case" : "map-case"), 1.6));
  const fills = ROADS.map((road) => line(road, "fill", token(road.main ? "map-main" : "map-road"), 0));
  const rail: LayerSpecification = {
    id: "rail",
    ...of("roads"),
    type: "line",
    filter: ["==", ["get", "kind"], "rail"],
    minzoom: 12,
    paint: { "line-color": token("map-rail"), "line-width": 1 },
  };
  return [rail, ...casings, ...fills];
}

function line(road: Road, part: "case" | "fill", colour: string, moreWidth: number): LayerSpecification {
  const [a, b, c, d] = road.width.map((width) => width + moreWidth * Math.min(1, width));
  return {
    id: `road-${road.id}-${part}`,
    ...of("roads"),
    type: "line",
    filter: road.filter,
    minzoom: road.minzoom,
    layout: { "line-cap": "round", "line-join": "round" },
    paint: {
      "line-color": colour,
      "line-width": ["interpolate", ["exponential", 1.4], ["zoom"], 11, a!, 14, b!, 16, c!, 18, d!],
    },
  };
}

function names(token: Tokens): LayerSpecification[] {
  const halo = { "text-halo-color": token("map-halo"), "text-halo-width": 1.6 };
  return [
    {
      id: "water-names",
      ...of("water"),
      type: "symbol",
      minzoom: 12,
      filter: ["has", "name"],
      layout: {
        "text-field": ["get", "name"],
        "text-font": FONT.water,
        "text-size": 11.5,
        "text-letter-spacing": 0.03,
      },
      paint: { "text-color": token("map-water-label") },
    },
    {
      id: "street-names",
      ...of("roads"),
      type: "symbol",
      minzoom: 14,
      filter: ["all", ["has", "name"], ["in", ["get", "kind"], ["literal", ["minor_road", "major_road", "highway"]]]],
      layout: {
        "symbol-placement": "line",
        "symbol-spacing": 420,
        "text-field": ["get", "name"],
        "text-font": FONT.street,
        "text-size": ["interpolate", ["linear"], ["zoom"], 14, 10.5, 17, 12],
        "text-letter-spacing": 0.01,
        "text-padding": 6,
        "symbol-sort-key": ["coalesce", ["get", "min_zoom"], 20],
      },
      paint: { "text-color": token("map-label"), ...halo },
    },
    {
      id: "places",
      ...of("places"),
      type: "symbol",
      filter: ["!=", ["get", "kind"], "country"],
      layout: {
        "text-field": ["get", "name"],
        "text-font": FONT.place,
        "text-size": size(),
        "text-transform": "uppercase",
        "text-letter-spacing": 0.09,
        "text-max-width": 8,
      },
      paint: { "text-color": token("map-place"), ...halo },
    },
  ];
}

const size = (): ExpressionSpecification => ["case", ["==", ["get", "kind_detail"], "city"], 13, 11];

function detail(kind: string): FilterSpecification {
  return [
    "all",
    ["==", ["get", "kind"], "major_road"],
    ["in", ["get", "kind_detail"], ["literal", [kind, `${kind}_link`]]],
  ];
}

function of(layer: string): { source: "base"; "source-layer": string } {
  return { source: "base", "source-layer": layer };
}
