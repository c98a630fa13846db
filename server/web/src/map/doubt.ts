/** Circles of doubt: how far a silent vehicle may have come since its last fix. */

import type { GeoJSONSource, Map as MapLibre } from "maplibre-gl";

import type { Fleet } from "../fleet/fleet.svelte";
import { metre } from "../fleet/glide";
import { doubtM, motionOf } from "../fleet/motion";
import type { Vehicle } from "../fleet/vehicle";
import { readTokens } from "./tokens";

const SOURCE = "doubt";
const CORNERS = 48;
const MOST = 60;
const SMALL_ZOOM = 12;

export class DoubtCircles {
  private busy = false;
  private drawn = "";

  constructor(
    private readonly map: MapLibre,
    private readonly fleet: Fleet,
  ) {}

  add(): void {
    const colour = readTokens()("silent-fill");
    this.map.addSource(SOURCE, { type: "geojson", data: collection([]) });
    this.map.addLayer({
      id: "doubt-ground",
      type: "fill",
      source: SOURCE,
      // a wide circle would grey the whole city: the surer, the darker
      paint: {
        "fill-color": colour,
        "fill-opacity": ["interpolate", ["linear"], ["get", "radius_m"], 200, 0.11, 1000, 0.04, 2000, 0.02],
      },
    });
    this.map.addLayer({
      id: "doubt-edge",
      type: "line",
      source: SOURCE,
      paint: { "line-color": colour, "line-width": 1.4, "line-dasharray": [3, 3] },
    });
  }

  restyle(): void {
    const colour = readTokens()("silent-fill");
    this.map.setPaintProperty("doubt-ground", "fill-color", colour);
    this.map.setPaintProperty("doubt-edge", "line-color", colour);
  }

  /** One `setData` at a time: calls that overtake each other starve. */
  refresh(chosen: string | null, none: boolean): void {
    if (this.busy) return;
    const far = this.map.getZoom() < SMALL_ZOOM;
    const silent = none ? [] : this.fleet.vehicles.filter((vehicle) => this.shown(vehicle, chosen, far)).slice(0, MOST);
    const drawn = silent.map((vehicle) => this.look(vehicle)).join();
    if (drawn === this.drawn) return; // the map would lay out its tiles again for nothing that anybody sees
    this.drawn = drawn;
    this.busy = true;
    void (this.map.getSource(SOURCE) as GeoJSONSource)
      .setData(collection(silent.map((vehicle) => circle(vehicle, this.fleet.nowMs))))
      .finally(() => (this.busy = false));
  }

  private shown(vehicle: Vehicle, chosen: string | null, far: boolean): boolean {
    if (!vehicle.last || motionOf(vehicle, this.fleet.nowMs) !== "silent") return false;
    if (vehicle.id === chosen) return true;
    const place: [number, number] = [vehicle.last.lon, vehicle.last.lat];
    return (
      !far && this.map.getBounds().contains(place) && this.radiusPx(vehicle) < this.map.getCanvas().clientHeight / 4
    );
  }

  /** What one sees of a circle: its place, and its size to half a px. */
  private look(vehicle: Vehicle): string {
    return `${vehicle.id} ${vehicle.last!.lon} ${vehicle.last!.lat} ${Math.round(2 * this.radiusPx(vehicle))}`;
  }

  private radiusPx(vehicle: Vehicle): number {
    return radiusM(vehicle, this.fleet.nowMs) * metre(vehicle.last!.lat) * 512 * 2 ** this.map.getZoom();
  }
}

function radiusM(vehicle: Vehicle, nowMs: number): number {
  const { speed_mps, accuracy_m } = vehicle.last!;
  return doubtM(speed_mps, (nowMs - vehicle.atMs) / 1000, accuracy_m);
}

function circle(vehicle: Vehicle, nowMs: number): GeoJSON.Feature {
  const { lon, lat } = vehicle.last!;
  const radius = radiusM(vehicle, nowMs);
  const north = radius / 111_195;
  const east = north / Math.cos((lat * Math.PI) / 180);
  const ring = Array.from({ length: CORNERS + 1 }, (_, i) => {
    const turn = (2 * Math.PI * i) / CORNERS;
    return [lon + east * Math.sin(turn), lat + north * Math.cos(turn)];
  });
  return { type: "Feature", properties: { radius_m: radius }, geometry: { type: "Polygon", coordinates: [ring] } };
}

const collection = (features: GeoJSON.Feature[]): GeoJSON.FeatureCollection => ({
  type: "FeatureCollection",
  features,
});
