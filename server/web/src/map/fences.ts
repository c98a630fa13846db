/** Fences under everything that moves: 5 % ink, a dashed line, the name outside of a corner; and the tracks of a preview. */

import type { Map as MapLibre, Point } from "maplibre-gl";

import type { LonLat } from "../fences/ground";
import { outlines, type Ring, type Shape } from "../fences/shape";
import { collection, Source } from "./source";
import { FONT } from "./style";
import { readTokens } from "./tokens";

export interface DrawnFence {
  id: string;
  name: string;
  shape: Shape;
}

const DASH = [3.6, 2.9];

export class FenceLayers {
  private readonly areas: Source;
  private readonly tracks: Source;
  private shown: DrawnFence[] = [];
  private lines: GeoJSON.FeatureCollection = collection([]);
  private chosen: string | null = null;
  private hidden: string | null = null;

  constructor(private readonly map: MapLibre) {
    this.areas = new Source(map, "fences");
    this.tracks = new Source(map, "fence-tracks");
  }

  add(): void {
    this.tracks.add(this.lines);
    this.areas.add(this.data());
    const ink = { "line-color": readTokens()("ink-3"), "line-width": 1.8, "line-opacity": 0.2 };
    const round = { "line-cap": "round", "line-join": "round" } as const;
    this.map.addLayer({ id: "fence-tracks", type: "line", source: "fence-tracks", layout: round, paint: ink });
    this.map.addLayer({
      id: "fences-ground",
      type: "fill",
      source: "fences",
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-opacity": 0.05 },
    });
    this.map.addLayer({
      id: "fences-edge",
      type: "line",
      source: "fences",
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "line-width": 1.4, "line-dasharray": DASH },
    });
    this.map.addLayer({
      id: "fences-names",
      type: "symbol",
      source: "fences",
      minzoom: 11,
      filter: ["==", ["geometry-type"], "Point"],
      layout: {
        "text-field": ["get", "name"],
        "text-font": FONT.place,
        "text-size": 11,
        "text-anchor": ["get", "anchor"],
        "text-offset": [0, -0.35],
        "text-max-width": 14,
        "text-justify": "left",
      },
      paint: { "text-halo-width": 1.6 },
    });
    this.restyle();
  }

  restyle(): void {
    const token = readTokens();
    const chosen = ["==", ["get", "id"], this.chosen ?? ""];
    const colour = ["case", chosen, token("accent"), token("ink-2")];
    const paint: [string, string, unknown][] = [
      ["fence-tracks", "line-color", token("ink-3")],
      ["fences-ground", "fill-color", ["case", chosen, token("accent"), token("ink")]],
      ["fences-edge", "line-color", colour],
      ["fences-names", "text-color", colour],
      ["fences-names", "text-halo-color", token("map-halo")],
    ];
    for (const [layer, name, value] of paint) {
      if (this.map.getLayer(layer)) this.map.setPaintProperty(layer, name as "fill-color", value as string);
    }
  }

  show(fences: DrawnFence[]): void {
    this.shown = fences;
    this.areas.set(this.data());
  }

  /** One is chosen; one is drawn by somebody else. */
  mark(chosen: string | null, hidden: string | null): void {
    if (chosen !== this.chosen) {
      this.chosen = chosen;
      this.restyle();
    }
    if (hidden === this.hidden) return;
    this.hidden = hidden;
    this.areas.set(this.data());
  }

  showTracks(lines: GeoJSON.FeatureCollection | null): void {
    this.lines = lines ?? collection([]);
    this.tracks.set(this.lines);
  }

  /** The smallest fence there. */
  at(point: Point): string | null {
    if (!this.map.getLayer("fences-ground")) return null;
    const found = this.map.queryRenderedFeatures(point, { layers: ["fences-ground"] });
    const sorted = found.toSorted((a, b) => Number(a.properties.size) - Number(b.properties.size));
    return (sorted[0]?.properties.id as string | undefined) ?? null;
  }

  private data(): GeoJSON.FeatureCollection {
    return collection(this.shown.filter(({ id }) => id !== this.hidden).flatMap(featuresOf));
  }
}

function featuresOf({ id, name, shape }: DrawnFence): GeoJSON.Feature[] {
  const { edge } = outlines(shape, 0);
  const corners = edge.flatMap(([first]) => first ?? []);
  if (!corners.length) return [];
  const { place, size } = labelled(corners);
  const areas = edge.map((rings): GeoJSON.Feature => {
    const closed = rings.map((ring) => [...ring, ring[0]!]);
    return { type: "Feature", properties: { id, size }, geometry: { type: "Polygon", coordinates: closed } };
  });
  const anchor = shape.kind === "circle" ? "bottom" : "bottom-left";
  const at = shape.kind === "circle" ? topOf(corners) : place;
  const label: GeoJSON.Feature = {
    type: "Feature",
    properties: { id, name, anchor },
    geometry: { type: "Point", coordinates: at },
  };
  return [...areas, label];
}

const topOf = (corners: Ring): LonLat => corners.reduce((best, corner) => (corner[1] > best[1] ? corner : best));

/** The corner at the upper left, and about how large it all is. */
function labelled(corners: Ring): { place: LonLat; size: number } {
  const squeeze = Math.cos((corners[0]![1] * Math.PI) / 180);
  const rank = ([lon, lat]: LonLat) => lat - lon * squeeze;
  const place = corners.reduce((best, corner) => (rank(corner) > rank(best) ? corner : best));
  const [lons, lats] = [corners.map(([lon]) => lon), corners.map(([, lat]) => lat)];
  const size = (Math.max(...lons) - Math.min(...lons)) * squeeze * (Math.max(...lats) - Math.min(...lats));
  return { place, size };
}
