/** A track as a custom layer: one capsule a segment, coloured by speed, with a halo below.
 *
 * The time of the replay is a uniform, so the slider moves at any speed without building anything again. What lies
 * after it is mixed with the ground at 26 %: opaque, so that overlapping ends leave no beads. */

import type { CustomLayerInterface, CustomRenderMethodInput, Map as MapLibre } from "maplibre-gl";

import { mercatorX, mercatorY } from "../../fleet/glide";
import { GAP_MS, speedClass, type Track } from "../../track/track";
import { compile, instanceArray, matrixFrom, prepare, type Program } from "../gl";
import { readTokens, rgba } from "../tokens";

const FLOATS = 7;
const ATTRIBUTES = [
  ["a_ends", 4],
  ["a_when", 3],
] as const;

/** In this order, so that what was driven lies over what is to come on the same street. */
const PASSES = [
  [0, 4],
  [1, 2.5],
  [2, 2.5],
] as const;

const VERTEX = `#version 300 es
precision highp float;
uniform mat4 u_matrix;
uniform vec2 u_viewport;
uniform float u_radius;
in vec4 a_ends;
in vec3 a_when;          // from, to (s since the first fix), speed class
out vec2 v_at;           // px along and across
flat out float v_long;
flat out vec3 v_when;
void main() {
  vec4 a = u_matrix * vec4(a_ends.xy, 0.0, 1.0);
  vec4 b = u_matrix * vec4(a_ends.zw, 0.0, 1.0);
  vec2 pa = a.xy / a.w * u_viewport * 0.5, pb = b.xy / b.w * u_viewport * 0.5;
  vec2 way = pb - pa;
  v_long = length(way);
  vec2 along = v_long > 0.001 ? way / v_long : vec2(1.0, 0.0);
  vec2 across = vec2(-along.y, along.x);
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  float reach = u_radius + 1.0;
  v_at = vec2(mix(-reach, v_long + reach, corner.x), mix(-reach, reach, corner.y));
  v_when = a_when;
  gl_Position = vec4((pa + along * v_at.x + across * v_at.y) / (u_viewport * 0.5), 0.0, 1.0);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
uniform float u_radius;
uniform float u_now;
uniform vec4 u_colours[5];   // v0..v3, ground
uniform vec4 u_halo;
uniform int u_pass;          // 0 halo, 1 what is to come, 2 what was
in vec2 v_at;
flat in float v_long;
flat in vec3 v_when;
out vec4 colour;
void main() {
  float far = length(vec2(max(max(-v_at.x, v_at.x - v_long), 0.0), v_at.y));
  float part = v_long > 0.001 ? clamp(v_at.x / v_long, 0.0, 1.0) : 0.0;
  bool done = mix(v_when.x, v_when.y, part) <= u_now;
  if (u_pass > 0 && done != (u_pass == 2)) discard;
  vec4 c = u_colours[int(v_when.z)];
  if (u_pass == 0) c = u_halo;
  else if (!done) c = mix(u_colours[4], c, 0.26);
  colour = c * clamp(u_radius - far + 0.5, 0.0, 1.0);
}`;

export class TrackLayer implements CustomLayerInterface {
  readonly id = "track";
  readonly type = "custom";
  readonly renderingMode = "2d";

  private map: MapLibre | null = null;
  private gl!: WebGL2RenderingContext;
  private program!: Program;
  private buffer!: WebGLBuffer;
  private array!: WebGLVertexArrayObject;
  private colours: number[] = [];
  private halo: [number, number, number, number] = [0, 0, 0, 0];
  private rows = new Float32Array(0);
  private count = 0;
  private origin = { x: 0, y: 0, ms: 0 };
  private sent = false;
  private nowS = Infinity;

  onAdd(map: MapLibre, gl: WebGLRenderingContext | WebGL2RenderingContext): void {
    this.map = map;
    this.gl = gl as WebGL2RenderingContext;
    this.program = compile(this.gl, VERTEX, FRAGMENT);
    this.buffer = this.gl.createBuffer();
    this.array = instanceArray(this.gl, this.program, this.buffer, ATTRIBUTES);
    this.redraw();
  }

  onRemove(): void {
    this.gl.deleteProgram(this.program.program);
    this.gl.deleteBuffer(this.buffer);
    this.map = null;
  }

  redraw(): void {
    const token = readTokens();
    this.colours = ["v0", "v1", "v2", "v3", "map-land"].flatMap((name) => rgba(token(name)));
    this.halo = rgba(token("map-halo"));
    this.map?.triggerRepaint();
  }

  /** Draw this track, or none. */
  show(track: Track | null): void {
    this.count = 0;
    this.sent = false;
    if (track?.count) {
      this.origin = { x: mercatorX(track.lon[0]!), y: mercatorY(track.lat[0]!), ms: track.atMs[0]! };
      this.rows = new Float32Array(track.count * FLOATS);
      for (let i = 1; i < track.count; i++) if (track.atMs[i]! - track.atMs[i - 1]! <= GAP_MS) this.add(track, i);
    }
    this.map?.triggerRepaint();
  }

  /** The replay's time; what comes after it is pale. Null shows everything. */
  setTime(ms: number | null): void {
    this.nowS = ms === null ? Infinity : (ms - this.origin.ms) / 1000;
    this.map?.triggerRepaint();
  }

  render(_gl: unknown, input: CustomRenderMethodInput): void {
    if (!this.count) return;
    const { gl, program } = this;
    prepare(gl);
    gl.useProgram(program.program);
    gl.bindVertexArray(this.array);
    if (!this.sent) {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
      gl.bufferData(gl.ARRAY_BUFFER, this.rows.subarray(0, this.count * FLOATS), gl.STATIC_DRAW);
      this.sent = true;
    }
    const canvas = this.map!.getCanvas();
    const matrix = matrixFrom(input.defaultProjectionData.mainMatrix, this.origin.x, this.origin.y);
    gl.uniformMatrix4fv(program.uniform("u_matrix"), false, matrix);
    gl.uniform2f(program.uniform("u_viewport"), canvas.clientWidth, canvas.clientHeight);
    gl.uniform1f(program.uniform("u_now"), Math.min(1e9, this.nowS));
    gl.uniform4fv(program.uniform("u_colours"), this.colours);
    gl.uniform4fv(program.uniform("u_halo"), this.halo);
    for (const [pass, radius] of PASSES) {
      gl.uniform1i(program.uniform("u_pass"), pass);
      gl.uniform1f(program.uniform("u_radius"), radius);
      gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, this.count);
    }
    gl.bindVertexArray(null);
  }

  private add(track: Track, i: number): void {
    const at = this.count++ * FLOATS;
    const { x, y, ms } = this.origin;
    this.rows[at] = mercatorX(track.lon[i - 1]!) - x;
    this.rows[at + 1] = mercatorY(track.lat[i - 1]!) - y;
    this.rows[at + 2] = mercatorX(track.lon[i]!) - x;
    this.rows[at + 3] = mercatorY(track.lat[i]!) - y;
    this.rows[at + 4] = (track.atMs[i - 1]! - ms) / 1000;
    this.rows[at + 5] = (track.atMs[i]! - ms) / 1000;
    this.rows[at + 6] = speedClass(track.speedMps[i]!);
  }
}
