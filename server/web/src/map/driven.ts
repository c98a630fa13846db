/** What the chosen vehicle has driven in the last hour, as grey dots. */

import type { GeoJSONSource, Map as MapLibre } from "maplibre-gl";

import { GAP_MS, type Track } from "../track/track";
import { readTokens } from "./tokens";

const SOURCE = "driven";
const LAST_MS = 3_600_000;

export class DrivenDots {
  private shown: Track | null = null;

  constructor(private readonly map: MapLibre) {}

  add(): void {
    this.map.addSource(SOURCE, { type: "geojson", data: lines(this.shown) });
    this.map.addLayer({
      id: SOURCE,
      type: "line",
      source: SOURCE,
      layout: { "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": readTokens()("ink-3"),
        "line-opacity": 0.55,
        "line-width": 2.5,
        "line-dasharray": [0.04, 2],
      },
    });
  }

  restyle(): void {
    this.map.setPaintProperty(SOURCE, "line-color", readTokens()("ink-3"));
  }

  show(track: Track | null): void {
    if (track === this.shown) return;
    this.shown = track;
    void (this.map.getSource(SOURCE) as GeoJSONSource | undefined)?.setData(lines(track));
  }
}

function lines(track: Track | null): GeoJSON.Feature {
  const parts: [number, number][][] = [];
  const lastMs = track?.atMs[track.count - 1] ?? 0;
  for (let i = 0; track && i < track.count; i++) {
    if (track.atMs[i]! < lastMs - LAST_MS) continue;
    const joined = parts.length > 0 && track.atMs[i]! - track.atMs[i - 1]! <= GAP_MS;
    if (!joined) parts.push([]);
    parts.at(-1)!.push([track.lon[i]!, track.lat[i]!]);
  }
  const coordinates = parts.filter((part) => part.length > 1);
  return { type: "Feature", properties: {}, geometry: { type: "MultiLineString", coordinates } };
}
