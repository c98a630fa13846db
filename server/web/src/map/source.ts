/** A GeoJSON source that takes the newest: one `setData` at a time, because calls that overtake each other starve. */

import type { GeoJSONSource, Map as MapLibre } from "maplibre-gl";

export class Source {
  private next: GeoJSON.GeoJSON | null = null;
  private busy = false;

  constructor(
    private readonly map: MapLibre,
    readonly id: string,
  ) {}

  add(data: GeoJSON.GeoJSON): void {
    this.map.addSource(this.id, { type: "geojson", data });
  }

  set(data: GeoJSON.GeoJSON): void {
    this.next = data;
    if (!this.busy) this.send();
  }

  private send(): void {
    const source = this.map.getSource(this.id) as GeoJSONSource | undefined;
    const data = this.next;
    this.next = null;
    if (!data || !source) return;
    this.busy = true;
    void source.setData(data).finally(() => {
      this.busy = false;
      this.send();
    });
  }
}

export const collection = (features: GeoJSON.Feature[]): GeoJSON.FeatureCollection => ({
  type: "FeatureCollection",
  features,
});
