/** Where something was, one after the other: numbered circles, joined by a dotted line; one of them may be chosen. */

import type { Map as MapLibre } from "maplibre-gl";

import type { LonLat } from "../fences/ground";
import { collection, Source } from "./source";
import { FONT } from "./style";
import { readTokens } from "./tokens";

const ID = "places";

export interface DrawnPlace {
  at: LonLat;
  text: string;
  chosen: boolean;
}

export class PlaceCircles {
  private readonly source: Source;
  private shown: DrawnPlace[] = [];

  constructor(private readonly map: MapLibre) {
    this.source = new Source(map, ID);
  }

  add(): void {
    this.source.add(drawn(this.shown));
    this.map.addLayer({
      id: `${ID}-way`,
      type: "line",
      source: ID,
      filter: ["==", ["geometry-type"], "LineString"],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-width": 2.5, "line-dasharray": [0.04, 2], "line-opacity": 0.7 },
    });
    const points = ["==", ["geometry-type"], "Point"] as ["==", unknown, string];
    this.map.addLayer({
      id: `${ID}-dots`,
      type: "circle",
      source: ID,
      filter: points as never,
      paint: { "circle-radius": 9 },
    });
    this.map.addLayer({
      id: `${ID}-texts`,
      type: "symbol",
      source: ID,
      filter: points as never,
      layout: {
        "text-field": ["get", "text"],
        "text-font": FONT.place,
        "text-size": 11,
        "text-allow-overlap": true,
        "text-ignore-placement": true,
      },
    });
    this.restyle();
  }

  restyle(): void {
    const token = readTokens();
    const either = (yes: string, no: string) => ["case", ["get", "chosen"], token(yes), token(no)] as never;
    this.map.setPaintProperty(`${ID}-way`, "line-color", token("ink-3"));
    this.map.setPaintProperty(`${ID}-dots`, "circle-color", either("accent", "surface"));
    this.map.setPaintProperty(`${ID}-dots`, "circle-stroke-color", either("map-halo", "accent"));
    this.map.setPaintProperty(`${ID}-dots`, "circle-stroke-width", 2);
    this.map.setPaintProperty(`${ID}-texts`, "text-color", either("on-accent", "ink"));
  }

  show(places: DrawnPlace[]): void {
    this.shown = places;
    this.source.set(drawn(places));
  }
}

function drawn(places: DrawnPlace[]): GeoJSON.FeatureCollection {
  const way = places.map(({ at }) => at);
  const points = places.map(({ at, text, chosen }) => ({
    type: "Feature" as const,
    properties: { text, chosen },
    geometry: { type: "Point" as const, coordinates: at },
  }));
  const line = {
    type: "Feature" as const,
    properties: {},
    geometry: { type: "LineString" as const, coordinates: way },
  };
  return collection(way.length > 1 ? [line, ...points] : points);
}
