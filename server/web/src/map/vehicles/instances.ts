/** Marks as rows of floats, in the order that the shaders read them. */

import type { Glide } from "../../fleet/glide";
import { SPRITE, type Atlas } from "./atlas";
import type { Motion } from "../../fleet/motion";

export const FLOATS = 20;
export const ATTRIBUTES = [
  ["a_way", 4],
  ["a_time", 4],
  ["a_look", 4],
  ["a_text", 4],
  ["a_form", 4],
] as const;

export interface Mark {
  glide: Glide;
  /** When the fix was taken, in the page's seconds. */
  fixS: number;
  motion: Motion;
  chosen: boolean;
  /** The worst open alert: amber and red fill the mark, and a badge says it by its shape. */
  tone: string | undefined;
  /** Far out a mark is a small arrow or ring without words. */
  small: boolean;
  text: string;
  /** The age label, null when the fix is fresh. */
  label: string | null;
}

/** Where floats are measured from: they would be too coarse for the whole world and for days. */
export interface Origin {
  x: number;
  y: number;
  tS: number;
}

const HALF = { full: 35, small: 9 };
const CHOSEN_SCALE = 1.18;

export function writeMark(to: Float32Array, slot: number, mark: Mark, origin: Origin, atlas: Atlas): void {
  const { glide, motion, chosen, small } = mark;
  writeWay(to, slot, glide, mark.fixS, origin);
  const at = slot * FLOATS;
  const [body, turned] = small ? smallSprites(mark) : sprites(mark);
  to[at + 8] = body;
  to[at + 9] = glide.course0;
  to[at + 10] = glide.course1;
  to[at + 11] = turned;
  writeText(to, slot, small ? "" : mark.text, atlas);
  to[at + 15] = mark.label === null || small ? -1 : atlas.tag(mark.label);
  to[at + 16] = chosen ? CHOSEN_SCALE : 1;
  to[at + 17] = small ? HALF.small : HALF.full;
  to[at + 18] = small || motion === "silent" ? 0 : 1;
  to[at + 19] = small ? -1 : badge(mark.tone);
}

/** A group of vehicles: a rounded square with their number, and the worst shape as a badge. */
export function writeCluster(
  to: Float32Array,
  slot: number,
  cluster: { glide: Glide; count: number; tone: string | undefined },
  origin: Origin,
  atlas: Atlas,
): void {
  writeWay(to, slot, cluster.glide, 0, origin);
  const at = slot * FLOATS;
  to[at + 8] = cluster.count > 999 ? SPRITE.wideCluster : SPRITE.cluster;
  to[at + 11] = -1;
  writeText(to, slot, cluster.count < 10_000 ? String(cluster.count) : `${Math.round(cluster.count / 1000)}k`, atlas);
  to[at + 15] = -1;
  to[at + 16] = 1;
  to[at + 17] = HALF.full;
  to[at + 18] = 0;
  to[at + 19] = badge(cluster.tone);
}

export function hide(to: Float32Array, slot: number): void {
  to[slot * FLOATS + 16] = 0;
}

function writeWay(to: Float32Array, slot: number, glide: Glide, fixS: number, origin: Origin): void {
  const at = slot * FLOATS;
  to[at] = glide.x0 - origin.x;
  to[at + 1] = glide.y0 - origin.y;
  to[at + 2] = glide.x1 - origin.x;
  to[at + 3] = glide.y1 - origin.y;
  to[at + 4] = glide.t0S - origin.tS;
  to[at + 5] = glide.durationS;
  to[at + 6] = Math.max(-1e6, fixS - origin.tS);
  to[at + 7] = Math.max(-1e6, glide.fadeS - origin.tS);
}

function writeText(to: Float32Array, slot: number, text: string, atlas: Atlas): void {
  const letters = [...text].slice(0, 4).map((letter) => atlas.glyph(letter));
  const [a = 0, b = 0, c = 0, d = 0] = letters;
  const at = slot * FLOATS;
  to[at + 12] = a + 256 * b;
  to[at + 13] = c + 256 * d;
  to[at + 14] = letters.length;
}

/** [body, sprite that turns with the course]; -1 is none. Chosen is blue whatever it is; silent is grey. */
function sprites({ motion, chosen, tone }: Mark): [number, number] {
  const look = chosen ? CHOSEN : tone === "crit" ? CRIT : tone === "warn" ? WARN : PLAIN;
  if (motion === "silent") return [chosen ? SPRITE.chosenSilent : SPRITE.silent, -1];
  return motion === "moving" ? [look.moving, look.beak] : [look.standing, -1];
}

function smallSprites({ motion, chosen, tone }: Mark): [number, number] {
  const look = chosen ? CHOSEN : tone === "crit" ? CRIT : tone === "warn" ? WARN : PLAIN;
  if (motion === "moving") return [-1, look.arrow];
  return [motion === "silent" && !chosen ? SPRITE.silentDot : look.dot, -1];
}

const BADGES: Record<string, number> = {
  crit: SPRITE.badgeCrit,
  warn: SPRITE.badgeWarn,
  silent: SPRITE.badgeSilent,
  info: SPRITE.badgeInfo,
};
const badge = (tone: string | undefined): number => (tone === undefined ? -1 : (BADGES[tone] ?? -1));

const PLAIN = {
  moving: SPRITE.moving,
  standing: SPRITE.standing,
  beak: SPRITE.beak,
  arrow: SPRITE.arrow,
  dot: SPRITE.dot,
};
const CHOSEN = {
  moving: SPRITE.chosenMoving,
  standing: SPRITE.chosenStanding,
  beak: SPRITE.chosenBeak,
  arrow: SPRITE.chosenArrow,
  dot: SPRITE.chosenDot,
};
const WARN = {
  moving: SPRITE.warnMoving,
  standing: SPRITE.warnStanding,
  beak: SPRITE.warnBeak,
  arrow: SPRITE.warnArrow,
  dot: SPRITE.warnDot,
};
const CRIT = {
  moving: SPRITE.critMoving,
  standing: SPRITE.critStanding,
  beak: SPRITE.critBeak,
  arrow: SPRITE.critArrow,
  dot: SPRITE.critDot,
};
