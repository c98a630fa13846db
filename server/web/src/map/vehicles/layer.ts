/** All vehicles as one custom layer of MapLibre: one buffer, one draw, interpolated in the shader.
 *
 * The map is drawn again only as often as something would visibly move: a van at walking zoom needs 60 frames a second,
 * a whole city four. Labels and picking come from the same data. */

import type { CustomLayerInterface, CustomRenderMethodInput, Map as MapLibre } from "maplibre-gl";

import { mercatorX, mercatorY } from "../../fleet/glide";
import type { Fleet } from "../../fleet/fleet.svelte";
import { motionOf } from "../../fleet/motion";
import type { Vehicle } from "../../fleet/vehicle";
import { shortAge, shortDate } from "../../words/age";
import { compile, instanceArray, matrixFrom, prepare, type Program } from "../gl";
import { readTokens } from "../tokens";
import { Atlas } from "./atlas";
import { clustersIn, type Box, type Clustered } from "./clusters";
import { ATTRIBUTES, FLOATS, hide, writeCluster, writeMark, type Mark, type Origin } from "./instances";
import { paceMs } from "./pace";
import { MARK_FRAGMENT, MARK_VERTEX, TAG_FRAGMENT, TAG_VERTEX } from "./shaders";

export const SMALL_ZOOM = 12;
const REBASE_S = 1800;
const LABEL_FROM_S = 60;
const NEWS_MS = 60;

export class VehicleLayer implements CustomLayerInterface {
  readonly id = "vehicles";
  readonly type = "custom";
  readonly renderingMode = "2d";

  chosen: string | null = null;
  /** When set, this mark alone is drawn: the vehicle of a replay. */
  solo: Mark | null = null;
  clusters: Clustered<Vehicle>[] = [];

  private map!: MapLibre;
  private gl!: WebGL2RenderingContext;
  private marks!: Program;
  private tags!: Program;
  private buffer!: WebGLBuffer;
  private markArray!: WebGLVertexArrayObject;
  private tagArray!: WebGLVertexArrayObject;
  private texture!: WebGLTexture;
  private atlas!: Atlas;
  private origin: Origin = { x: 0, y: 0, tS: 0 };
  private rows = new Float32Array(0);
  private count = 0;
  private slots = new Map<Vehicle, number>();
  private inCluster = new Set<Vehicle>();
  private sent = false;
  private whole = true;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly fleet: Fleet) {}

  onAdd(map: MapLibre, gl: WebGLRenderingContext | WebGL2RenderingContext): void {
    this.map = map;
    this.gl = gl as WebGL2RenderingContext;
    this.marks = compile(this.gl, MARK_VERTEX, MARK_FRAGMENT);
    this.tags = compile(this.gl, TAG_VERTEX, TAG_FRAGMENT);
    this.buffer = this.gl.createBuffer();
    this.markArray = instanceArray(this.gl, this.marks, this.buffer, ATTRIBUTES);
    this.tagArray = instanceArray(this.gl, this.tags, this.buffer, ATTRIBUTES);
    this.texture = this.gl.createTexture();
    this.redraw();
    this.fleet.wake = () => this.soon();
  }

  onRemove(): void {
    clearTimeout(this.timer);
    this.fleet.wake = () => undefined;
    this.gl.deleteProgram(this.marks.program);
    this.gl.deleteProgram(this.tags.program);
    this.gl.deleteBuffer(this.buffer);
    this.gl.deleteTexture(this.texture);
  }

  /** The look changed: draw the images again. */
  redraw(): void {
    this.atlas = new Atlas(readTokens(), Math.min(3, Math.max(2, Math.ceil(devicePixelRatio))));
    this.refresh();
  }

  /** Ages, motion, groups or the choice changed: write every mark again with the next frame. */
  refresh(): void {
    this.whole = true;
    this.map.triggerRepaint();
  }

  render(gl: WebGLRenderingContext | WebGL2RenderingContext, input: CustomRenderMethodInput): void {
    const tS = performance.now() / 1000;
    this.write(tS);
    if (this.count) this.draw(gl as WebGL2RenderingContext, input.defaultProjectionData.mainMatrix, tS);
    this.nextFrame(tS);
  }

  private write(tS: number): void {
    if (this.whole || tS - this.origin.tS > 2 * REBASE_S) this.writeAll(tS);
    else if (!this.solo) for (const vehicle of this.fleet.moved) this.writeOne(vehicle, tS);
    this.fleet.moved.clear();
  }

  private writeAll(tS: number): void {
    const centre = this.map.getCenter();
    this.origin = {
      x: mercatorX(centre.lng),
      y: mercatorY(centre.lat),
      tS: Math.floor(tS / REBASE_S) * REBASE_S,
    };
    this.whole = false;
    this.sent = false;
    this.slots.clear();
    this.inCluster.clear();
    this.clusters = this.solo ? [] : clustersIn(this.fleet.vehicles, this.box(), this.map.getZoom());
    const shown = this.solo ? [] : this.fleet.vehicles.filter((vehicle) => vehicle.glide);
    this.count = this.solo ? 1 : shown.length + this.clusters.length + 1;
    if (this.rows.length < this.count * FLOATS) this.rows = new Float32Array(Math.ceil(this.count * 1.25) * FLOATS);
    if (this.solo) return writeMark(this.rows, 0, this.solo, this.origin, this.atlas);
    for (const { members } of this.clusters) for (const member of members) this.inCluster.add(member);
    shown.forEach((vehicle, slot) => this.slots.set(vehicle, slot));
    hide(this.rows, this.count - 1);
    for (const vehicle of shown) this.writeOne(vehicle, tS);
    this.clusters.forEach((cluster, place) => this.writeGroup(cluster, shown.length + place));
  }

  private writeOne(vehicle: Vehicle, tS: number): void {
    const slot = this.slots.get(vehicle);
    if (slot === undefined) {
      this.whole = true; // seen for the first time: it gets its row with the next frame
      return;
    }
    this.sent = false;
    const chosen = vehicle.id === this.chosen;
    if (chosen) writeMark(this.rows, this.count - 1, this.mark(vehicle, tS, true), this.origin, this.atlas);
    if (chosen || this.inCluster.has(vehicle)) hide(this.rows, slot);
    else writeMark(this.rows, slot, this.mark(vehicle, tS, false), this.origin, this.atlas);
  }

  private mark(vehicle: Vehicle, tS: number, chosen: boolean): Mark {
    const nowMs = this.fleet.nowMs;
    const ageS = (nowMs - vehicle.atMs) / 1000;
    const motion = motionOf(vehicle, nowMs);
    const tone = this.fleet.tones.get(vehicle.id);
    return {
      glide: vehicle.glide!,
      fixS: tS - ageS,
      motion,
      chosen,
      tone: tone === "silent" && motion === "silent" ? undefined : tone, // its dashes say it already
      small: !chosen && this.map.getZoom() < SMALL_ZOOM,
      text: vehicle.mark,
      label: ageS > LABEL_FROM_S ? (shortAge(ageS) ?? shortDate(new Date(vehicle.atMs))) : null,
    };
  }

  private writeGroup({ x, y, members }: Clustered<Vehicle>, slot: number): void {
    const glide = { x0: x, y0: y, x1: x, y1: y, t0S: 0, durationS: 0, course0: 0, course1: 0, fadeS: -Infinity };
    const tone = worstTone(
      members.map(
        (member) =>
          this.fleet.tones.get(member.id) ?? (motionOf(member, this.fleet.nowMs) === "silent" ? "silent" : ""),
      ),
    );
    writeCluster(this.rows, slot, { glide, count: members.length, tone }, this.origin, this.atlas);
  }

  private draw(gl: WebGL2RenderingContext, matrix: ArrayLike<number>, tS: number): void {
    prepare(gl);
    this.send(gl);
    const canvas = this.map.getCanvas();
    const moved = matrixFrom(matrix, this.origin.x, this.origin.y);
    for (const [program, array] of [
      [this.tags, this.tagArray],
      [this.marks, this.markArray],
    ] as const) {
      gl.useProgram(program.program);
      gl.bindVertexArray(array);
      gl.uniformMatrix4fv(program.uniform("u_matrix"), false, moved);
      gl.uniform2f(program.uniform("u_viewport"), canvas.clientWidth, canvas.clientHeight);
      gl.uniform2f(program.uniform("u_size"), ...this.atlas.size);
      gl.uniform1f(program.uniform("u_now"), tS - this.origin.tS);
      gl.uniform1f(program.uniform("u_advance"), this.atlas.advance);
      gl.uniform4fv(program.uniform("u_text"), this.atlas.text);
      gl.uniform4fv(program.uniform("u_ring"), this.atlas.ring);
      gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, this.count);
    }
    gl.bindVertexArray(null);
  }

  private send(gl: WebGL2RenderingContext): void {
    if (!this.sent) {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
      gl.bufferData(gl.ARRAY_BUFFER, this.rows.subarray(0, this.count * FLOATS), gl.DYNAMIC_DRAW);
      this.sent = true;
    }
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    if (!this.atlas.stale) return;
    this.atlas.stale = false;
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, this.atlas.canvas);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  }

  /** News of vehicles: one frame for all that come within a moment, however many events a storm brings.
   * For who wants no motion, marks step with the ages, once a second. */
  private soon(): void {
    if (!this.fleet.still.matches) this.timer ??= setTimeout(() => this.map.triggerRepaint(), NEWS_MS);
  }

  private nextFrame(tS: number): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.whole) return this.map.triggerRepaint();
    const waitMs = this.solo ? null : paceMs(this.slots.keys(), tS, this.map.getZoom());
    if (waitMs !== null) this.timer = setTimeout(() => this.map.triggerRepaint(), waitMs);
  }

  private box(): Box {
    const bounds = this.map.getBounds();
    return {
      west: mercatorX(bounds.getWest()),
      east: mercatorX(bounds.getEast()),
      north: mercatorY(bounds.getNorth()),
      south: mercatorY(bounds.getSouth()),
    };
  }
}

const TONES = ["crit", "warn", "silent", "info"];
const worstTone = (tones: string[]): string | undefined => TONES.find((tone) => tones.includes(tone));
