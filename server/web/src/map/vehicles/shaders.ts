/** GLSL of the vehicle layer. Sizes are CSS px, times seconds since the layer's base, places Mercator from its origin. */

import { BODIES, CELL, COLUMNS, GLYPH, SPRITE, TAG, TEXTS } from "./atlas";

const PLACE = `
uniform mat4 u_matrix;
uniform vec2 u_viewport;
uniform float u_now;
in vec4 a_way;    // x0 y0 x1 y1
in vec4 a_time;   // start, duration, time of the fix, start of the fade
in vec4 a_look;   // body, course before, course after, turned sprite
in vec4 a_text;   // letters 1 2, letters 3 4, count, tag
in vec4 a_form;   // scale (0 hides), half size, ring, badge

float part() { return a_time.y > 0.0 ? clamp((u_now - a_time.x) / a_time.y, 0.0, 1.0) : 1.0; }
vec4 placed(vec2 offset) {
  vec4 clip = u_matrix * vec4(mix(a_way.xy, a_way.zw, part()), 0.0, 1.0);
  clip.xy += offset * vec2(2.0, -2.0) / u_viewport * clip.w;
  return a_form.x > 0.0 ? clip : vec4(2.0, 2.0, 2.0, 1.0);
}
vec2 corner() { return vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0; }
`;

export const MARK_VERTEX = `#version 300 es
precision highp float;
${PLACE}
out vec2 v_local;
out vec2 v_turned;
flat out vec4 v_look;    // body, turned sprite, ring, fade
flat out vec4 v_letters;
flat out vec2 v_count;   // letters, badge
void main() {
  v_local = corner() * a_form.y;
  float course = mix(a_look.y, a_look.z, smoothstep(0.0, 1.0, part()));
  float s = sin(course), c = cos(course);
  v_turned = vec2(c * v_local.x + s * v_local.y, c * v_local.y - s * v_local.x);
  float age = max(0.0, floor(u_now - a_time.z));
  float ring = a_form.z * clamp(1.0 - age / 60.0, 0.0, 1.0);
  v_look = vec4(a_look.x, a_look.w, ring, clamp((u_now - a_time.w) / 0.34, 0.0, 1.0));
  v_letters = vec4(mod(a_text.x, 256.0), floor(a_text.x / 256.0), mod(a_text.y, 256.0), floor(a_text.y / 256.0));
  v_count = vec2(a_text.z, a_form.w);
  gl_Position = placed(v_local * a_form.x);
}`;

export const MARK_FRAGMENT = `#version 300 es
precision highp float;
uniform sampler2D u_atlas;
uniform vec2 u_size;
uniform float u_advance;
uniform vec4 u_text[${TEXTS}];
uniform vec4 u_ring[${BODIES}];
in vec2 v_local;
in vec2 v_turned;
flat in vec4 v_look;
flat in vec4 v_letters;
flat in vec2 v_count;
out vec4 colour;

vec4 over(vec4 top, vec4 under) { return top + under * (1.0 - top.a); }
vec4 sprite(float cell, vec2 at) {
  if (cell < 0.0 || max(abs(at.x), abs(at.y)) > ${CELL / 2 - 1}.0) return vec4(0.0);
  vec2 middle = (vec2(mod(cell, ${COLUMNS}.0), floor(cell / ${COLUMNS}.0)) + 0.5) * ${CELL}.0;
  return texture(u_atlas, (middle + at) / u_size);
}
float letter() {
  float x = v_local.x + v_count.x * u_advance * 0.5;
  float place = floor(x / u_advance);
  if (place < 0.0 || place >= v_count.x || abs(v_local.y) > ${GLYPH.height / 2}.0) return 0.0;
  float cell = place < 1.0 ? v_letters.x : place < 2.0 ? v_letters.y : place < 3.0 ? v_letters.z : v_letters.w;
  vec2 in_cell = vec2(x - (place + 0.5) * u_advance + ${GLYPH.width / 2}.0, v_local.y + ${GLYPH.height / 2}.0);
  vec2 from = vec2(mod(cell, ${GLYPH.perRow}.0) * ${GLYPH.width}.0, ${GLYPH.top}.0 + floor(cell / ${GLYPH.perRow}.0) * ${GLYPH.height}.0);
  return texture(u_atlas, (from + in_cell) / u_size).a;
}
float arc() {
  float far = length(v_local) - 15.2;
  float sharp = fwidth(v_local.x);
  float turn = fract(atan(v_local.x, -v_local.y) / 6.2831853 + 1.0);
  return clamp((1.0 - abs(far)) / sharp + 0.5, 0.0, 1.0) * step(turn, v_look.z) * step(0.001, v_look.z);
}
void main() {
  int body = int(max(v_look.x, 0.0));
  vec4 c = sprite(v_look.y, v_turned);
  c = over(sprite(v_look.x, v_local), c);
  if (v_look.z > 0.0) c = over(u_ring[min(body, ${BODIES - 1})] * arc(), c);
  if (v_count.x > 0.0) c = over(u_text[body] * letter(), c);
  float out_x = body == ${SPRITE.wideCluster} ? 20.0 : 14.0;
  if (v_count.y >= 0.0) c = over(sprite(v_count.y, v_local - vec2(out_x, -13.0)), c);
  colour = c * v_look.w;
}`;

/** The age label, to the right of its mark. */
export const TAG_VERTEX = `#version 300 es
precision highp float;
${PLACE}
uniform vec2 u_size;
out vec2 v_at;
void main() {
  vec2 half_size = vec2(${TAG.width / 2}.0, ${TAG.height / 2}.0);
  vec2 cell = vec2(mod(a_text.w, ${COLUMNS}.0), floor(a_text.w / ${COLUMNS}.0));
  vec2 middle = (cell + 0.5) * vec2(${TAG.width}.0, ${TAG.height}.0) + vec2(0.0, ${TAG.top}.0);
  v_at = (middle + corner() * half_size) / u_size;
  vec2 offset = vec2(19.0 * a_form.x + half_size.x, 0.0) + corner() * half_size;
  gl_Position = a_text.w < 0.0 ? vec4(2.0, 2.0, 2.0, 1.0) : placed(offset);
}`;

export const TAG_FRAGMENT = `#version 300 es
precision highp float;
uniform sampler2D u_atlas;
in vec2 v_at;
out vec4 colour;
void main() { colour = texture(u_atlas, v_at); }`;
