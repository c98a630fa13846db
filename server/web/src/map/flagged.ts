/** Fixes that are not believed, as hollow diamonds: kept and shown, but they move nothing. */

import type { Map as MapLibre } from "maplibre-gl";

import type { Flagged } from "../track/track";
import { collection, Source } from "./source";
import { readTokens } from "./tokens";

const ID = "flagged";
const PX = 12;

export class FlaggedDiamonds {
  private readonly source: Source;
  private shown: Flagged[] = [];

  constructor(private readonly map: MapLibre) {
    this.source = new Source(map, ID);
  }

  add(): void {
    this.source.add(points(this.shown));
    this.map.addImage(ID, diamond(), { pixelRatio: 2 });
    this.map.addLayer({
      id: ID,
      type: "symbol",
      source: ID,
      layout: { "icon-image": ID, "icon-allow-overlap": true, "icon-ignore-placement": true },
    });
  }

  restyle(): void {
    this.map.updateImage(ID, diamond());
  }

  show(flagged: Flagged[]): void {
    if (flagged === this.shown) return;
    this.shown = flagged;
    this.source.set(points(flagged));
  }
}

const points = (flagged: Flagged[]): GeoJSON.FeatureCollection =>
  collection(
    flagged.map(({ lon, lat, why }) => ({
      type: "Feature",
      properties: { why },
      geometry: { type: "Point", coordinates: [lon, lat] },
    })),
  );

function diamond(): ImageData {
  const token = readTokens();
  const side = 2 * PX + 4;
  const context = new OffscreenCanvas(side, side).getContext("2d")!;
  context.translate(side / 2, side / 2);
  context.rotate(Math.PI / 4);
  const half = PX * 0.62;
  context.lineJoin = "round";
  for (const [width, colour] of [
    [7, token("map-halo")],
    [3, token("ink-2")],
  ] as const) {
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.strokeRect(-half, -half, 2 * half, 2 * half);
  }
  return context.getImageData(0, 0, side, side);
}
