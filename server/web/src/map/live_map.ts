/** The map of the console: MapLibre with our layers, and what the page may ask of it. Loaded late, by dynamic import. */

import {
  addProtocol,
  LngLatBounds,
  Map as MapLibre,
  setWorkerUrl,
  type EaseToOptions,
  type LngLatBoundsLike,
  type MapMouseEvent,
  type PaddingOptions,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import "maplibre-gl/dist/maplibre-gl.css";
import { Protocol } from "pmtiles";

import type { MapInfo } from "../api/types";
import { latOf, lonOf, mercatorX, mercatorY, metre, placeAt, standAt } from "../fleet/glide";
import type { Fleet } from "../fleet/fleet.svelte";
import { MOVING_MPS } from "../fleet/motion";
import type { Vehicle } from "../fleet/vehicle";
import type { LonLat } from "../fences/ground";
import type { State, Track } from "../track/track";
import { DoubtCircles } from "./doubt";
import { DrivenDots } from "./driven";
import { FenceLayers } from "./fences";
import { FlaggedDiamonds } from "./flagged";
import { PlaceCircles } from "./places";
import { streetAt } from "./streets";
import { mapStyle } from "./style";
import { onThemeChange, readTokens } from "./tokens";
import { TrackLayer } from "./track/layer";
import type { Mark } from "./vehicles/instances";
import { VehicleLayer } from "./vehicles/layer";
import { nearest } from "./vehicles/pick";

setWorkerUrl(workerUrl);
addProtocol("pmtiles", new Protocol().tile);

const WORLD_PX = 512;
const SHEET_MS = 340;
const CLOSE_ZOOM = 15;

export interface MapListener {
  chosen(vehicle: Vehicle | null): void;
  /** A person moved the map: following ends. */
  dragged(): void;
}

/** Gets what the pointer does on the map instead of the listener: whoever draws. */
export interface MapTaker {
  /** `times`: 2 for the second half of a double click. */
  click(at: LonLat, fence: string | null, times: number): void;
  /** Null: the pointer has left the map. */
  point(at: LonLat | null): void;
  twice(): void;
}

/** A vehicle as it was: its number, and the tone of what is told of it. */
export type Replayed = State & { text: string; tone?: string };

export class LiveMap {
  readonly vehicles: VehicleLayer;
  readonly track = new TrackLayer();
  readonly fences: FenceLayers;
  readonly flagged: FlaggedDiamonds;
  readonly places: PlaceCircles;
  private readonly map: MapLibre;
  private readonly doubt: DoubtCircles;
  private readonly driven: DrivenDots;
  private readonly stopWatching: () => void;
  private taker: MapTaker | null = null;
  private padding: PaddingOptions = { top: 0, right: 0, bottom: 0, left: 0 };
  private readonly still = matchMedia("(prefers-reduced-motion: reduce)");

  constructor(
    container: HTMLElement,
    private readonly info: MapInfo,
    private readonly fleet: Fleet,
    private readonly listener: MapListener,
  ) {
    this.map = new MapLibre({
      container,
      style: mapStyle(readTokens(), info.tiles),
      ...(info.bounds ? { bounds: info.bounds } : { center: info.center ?? [0, 20], zoom: info.center ? 12 : 1 }),
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxZoom: 19,
      fadeDuration: 120,
      keyboard: false, // the page has its own keys
    });
    this.map.touchZoomRotate.disableRotation();
    this.vehicles = new VehicleLayer(fleet);
    this.fences = new FenceLayers(this.map);
    this.flagged = new FlaggedDiamonds(this.map);
    this.places = new PlaceCircles(this.map);
    this.doubt = new DoubtCircles(this.map, fleet);
    this.driven = new DrivenDots(this.map);
    this.map.on("load", () => this.addLayers());
    this.map.on("click", (event) => this.click(event));
    this.map.on("mousemove", (event) => this.point(event.lngLat));
    this.map.on("mouseout", () => this.taker?.point(null));
    this.map.on("dblclick", (event) => this.twice(event));
    this.map.on("dragstart", () => listener.dragged());
    this.map.on("moveend", () => this.tick());
    // A base map that is missing or damaged leaves plain ground; vehicles are drawn all the same.
    this.map.on("error", (event) => console.warn("map:", event.error.message));
    this.stopWatching = onThemeChange(() => this.restyle());
  }

  close(): void {
    this.stopWatching();
    this.map.remove();
  }

  /** What covers the map's edges, so that places of interest are not put under it. */
  cover(padding: PaddingOptions): void {
    this.padding = padding;
  }

  /** A small map in a page that scrolls: wheel and finger belong to the page, zooming has its buttons. */
  embed(): void {
    this.map.scrollZoom.disable();
    if (matchMedia("(pointer: coarse)").matches) this.map.dragPan.disable();
  }

  /** Each second: ages, silence and groups. */
  tick(): void {
    if (!this.map.getLayer("vehicles")) return;
    this.vehicles.refresh();
    this.doubt.refresh(this.vehicles.chosen, this.vehicles.solo !== null);
  }

  choose(vehicle: Vehicle | null, show = true): void {
    this.vehicles.chosen = vehicle?.id ?? null;
    this.tick();
    if (vehicle && show && !this.inView(vehicle)) this.centre(vehicle);
  }

  centre(vehicle: Vehicle, durationMs = SHEET_MS): void {
    const place = this.placeOf(vehicle);
    if (!place) return;
    const zoom = Math.max(this.map.getZoom(), durationMs === SHEET_MS ? CLOSE_ZOOM - 1 : 0);
    this.ease({
      center: place,
      zoom,
      duration: durationMs,
      ...(durationMs > SHEET_MS ? { easing: (t: number) => t } : {}),
    });
  }

  /** All vehicles in view; the city when there are none. */
  showAll(animate = true): void {
    const places = this.fleet.vehicles.filter((vehicle) => vehicle.glide).map((vehicle) => this.placeOf(vehicle)!);
    if (places.length) this.fit(places, animate);
    else if (this.info.bounds) this.fitBounds(this.info.bounds, animate);
  }

  fit(places: [number, number][], animate = true): void {
    const bounds = new LngLatBounds();
    for (const place of places) bounds.extend(place);
    this.fitBounds(bounds, animate);
  }

  /** Bring these places into view, unless they are. */
  bring(places: [number, number][]): void {
    const px = places.map((place) => this.map.project(place));
    const [xs, ys] = [px.map(({ x }) => x), px.map(({ y }) => y)];
    const { top = 0, right = 0, bottom = 0, left = 0 } = this.padding;
    const { clientWidth: width, clientHeight: height } = this.map.getCanvas();
    const inside =
      Math.min(...xs) > left &&
      Math.max(...xs) < width - right &&
      Math.min(...ys) > top &&
      Math.max(...ys) < height - bottom;
    const large = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)) > 60;
    if (!inside || !large) this.fit(places);
  }

  /** Where the chosen vehicle came from; null takes it away. */
  showDriven(track: Track | null): void {
    this.driven.show(track);
  }

  /** Draw a day's track (or none), and bring it into view when asked. */
  showTrack(track: Track | null, fit = false): void {
    this.track.show(track);
    if (!track) this.showReplay(null, NaN);
    if (fit && track?.count) this.fit(Array.from(track.lon, (lon, i) => [lon, track.lat[i]!]));
  }

  /** The vehicle of a replay at a time, drawn alone; null brings the live fleet back. */
  showReplay(state: Replayed | null, atMs: number): void {
    this.track.setTime(state ? atMs : null);
    const before = this.vehicles.solo !== null;
    this.vehicles.solo = state ? soloMark(state) : null;
    if (this.map.getLayer("vehicles")) this.vehicles.refresh();
    if (before !== (state !== null)) this.tick();
  }

  zoomBy(steps: number): void {
    this.ease({ zoom: this.map.getZoom() + steps, duration: 220 });
  }

  streetAt(lon: number, lat: number): string | null {
    return this.info.tiles && this.map.getLayer("vehicles") ? streetAt(this.map, lon, lat) : null;
  }

  /** Let somebody else have the clicks until it is called with null. */
  take(taker: MapTaker | null): void {
    this.taker = taker;
    this.draws(false);
  }

  /** Whether a click draws. */
  draws(drawing: boolean): void {
    this.map.getCanvas().style.cursor = drawing ? "crosshair" : "";
  }

  /** Where a place is drawn, in px from the map's upper left. */
  project(place: LonLat): { x: number; y: number } {
    return this.map.project(place);
  }

  unproject(x: number, y: number): LonLat {
    const { lng, lat } = this.map.unproject([x, y]);
    return [lng, lat];
  }

  /** The middle of what is not covered, and how many metres a px is there. */
  middle(): { at: LonLat; metresPerPx: number } {
    const { clientWidth: width, clientHeight: height } = this.map.getCanvas();
    const { top = 0, right = 0, bottom = 0, left = 0 } = this.padding;
    const at = this.unproject((left + width - right) / 2, (top + height - bottom) / 2);
    return { at, metresPerPx: 1 / (metre(at[1]) * WORLD_PX * 2 ** this.map.getZoom()) };
  }

  /** Call back whenever the view has changed; the returned function ends it. */
  onMove(changed: () => void): () => void {
    this.map.on("move", changed);
    this.map.on("resize", changed);
    return () => {
      this.map.off("move", changed);
      this.map.off("resize", changed);
    };
  }

  private addLayers(): void {
    this.fences.add();
    this.doubt.add();
    this.driven.add();
    this.map.addLayer(this.track);
    this.flagged.add();
    this.places.add();
    this.map.addLayer(this.vehicles);
    this.tick();
  }

  private restyle(): void {
    const token = readTokens();
    for (const layer of mapStyle(token, this.info.tiles).layers) {
      for (const [name, value] of Object.entries(layer.paint ?? {})) {
        this.map.setPaintProperty(layer.id, name as "fill-color", value);
      }
    }
    if (!this.map.getLayer("vehicles")) return;
    this.vehicles.redraw();
    this.track.redraw();
    this.fences.restyle();
    this.flagged.restyle();
    this.places.restyle();
    this.doubt.restyle();
    this.driven.restyle();
  }

  private click({ lngLat, point, originalEvent }: MapMouseEvent): void {
    if (this.taker) return this.taker.click([lngLat.lng, lngLat.lat], this.fences.at(point), originalEvent.detail);
    const vehicle = this.vehicleAt(lngLat);
    if (vehicle) return this.listener.chosen(vehicle);
    const at = { x: mercatorX(lngLat.lng), y: mercatorY(lngLat.lat) };
    const scale = WORLD_PX * 2 ** this.map.getZoom();
    const group = this.vehicles.clusters.find(({ x, y }) => Math.hypot(x - at.x, y - at.y) * scale < 24);
    if (group) this.fit(group.members.map((member) => this.placeOf(member)!));
    else this.listener.chosen(null);
  }

  private twice(event: MapMouseEvent): void {
    if (!this.taker) return;
    event.preventDefault(); // no zoom
    this.taker.twice();
  }

  private point(lngLat: { lng: number; lat: number }): void {
    if (this.taker) return this.taker.point([lngLat.lng, lngLat.lat]);
    this.map.getCanvas().style.cursor = this.vehicleAt(lngLat) ? "pointer" : "";
  }

  private vehicleAt({ lng, lat }: { lng: number; lat: number }): Vehicle | undefined {
    if (this.vehicles.solo) return undefined;
    const grouped = new Set(this.vehicles.clusters.flatMap((cluster) => cluster.members));
    const free = this.fleet.vehicles.filter((vehicle) => !grouped.has(vehicle));
    const at = { x: mercatorX(lng), y: mercatorY(lat) };
    return nearest(free, at, WORLD_PX * 2 ** this.map.getZoom(), performance.now() / 1000);
  }

  private placeOf(vehicle: Vehicle): [number, number] | null {
    if (!vehicle.glide) return null;
    const [x, y] = placeAt(vehicle.glide, performance.now() / 1000);
    return [lonOf(x), latOf(y)];
  }

  private inView(vehicle: Vehicle): boolean {
    const place = this.placeOf(vehicle);
    if (!place) return true;
    const { x, y } = this.map.project(place);
    const { clientWidth: width, clientHeight: height } = this.map.getCanvas();
    const { top = 0, right = 0, bottom = 0, left = 0 } = this.padding;
    return x > left + 20 && x < width - right - 20 && y > top + 20 && y < height - bottom - 20;
  }

  private fitBounds(bounds: LngLatBoundsLike, animate: boolean): void {
    const { top = 0, right = 0, bottom = 0, left = 0 } = this.padding;
    const edge = this.map.getCanvas().clientWidth < 500 ? 28 : 48;
    const room = { top: top + edge, right: right + edge, bottom: bottom + edge, left: left + edge };
    this.map.fitBounds(bounds, {
      padding: room,
      maxZoom: 16,
      animate: animate && !this.still.matches,
      duration: SHEET_MS,
    });
  }

  private ease(options: EaseToOptions): void {
    const { top = 0, right = 0, bottom = 0, left = 0 } = this.padding;
    const offset: [number, number] = [(left - right) / 2, (top - bottom) / 2];
    this.map.easeTo({ offset, ...options, animate: !this.still.matches });
  }
}

function soloMark(state: Replayed): Mark {
  const { lon, lat, speedMps, courseDeg, text } = state;
  const tS = performance.now() / 1000;
  const moving = speedMps >= MOVING_MPS;
  const glide = standAt({ lon, lat, speedMps, courseDeg: Number.isNaN(courseDeg) ? null : courseDeg }, tS);
  const motion = state.known ? (moving ? "moving" : "standing") : "silent";
  return { glide, fixS: tS, motion, chosen: true, tone: state.tone, small: false, text, label: null };
}
