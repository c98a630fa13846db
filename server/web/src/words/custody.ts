/** How sure we are and of what, in words: four dots, a figure that never says 100, and one of four phrases. Pure. */

import type { Place } from "../api/custody_types";

const NBSP = "\u00a0";

/** Four dots: 50, 80, 95, 99 %. */
export const dots = (p: number): number => [0.5, 0.8, 0.95, 0.99].filter((least) => p >= least).length;

/** "97 %", "99+ %"; nothing is ever 100 % sure, nor rounded up over a limit. */
export function percent(p: number): string {
  if (p >= 0.99) return `99+${NBSP}%`;
  return `${Math.floor(100 * p + 1e-9)}${NBSP}%`;
}

export const sure = (p: number): string => `${percent(p)}${NBSP}sure`;

export interface Names {
  vehicle(id: string): string;
  site(id: string): string;
  stop(id: string): string;
}

/** "vehicle:v1" in two parts. */
export function parted(place: Place): [kind: string, id: string] {
  const colon = place.indexOf(":");
  return colon < 0 ? [place, ""] : [place.slice(0, colon), place.slice(colon + 1)];
}

/** "Van 12", "Depot north", "stop 9"; null for none of the named places. */
export function placeName(place: Place | null, names: Names): string | null {
  const [kind, id] = parted(place ?? "unknown");
  if (kind === "vehicle") return names.vehicle(id);
  if (kind === "site") return names.site(id);
  if (kind === "stop") return names.stop(id);
  return null;
}

/** "aboard Van 12", "probably at Depot north", "maybe in Van 12", "not known; Van 12 or Van 14". */
export function custodyWords(place: Place, p: number, names: Names, others: Place[] = []): string {
  const [kind] = parted(place);
  const name = placeName(place, names);
  if (p < 0.5) {
    const candidates = [place, ...others].map((each) => placeName(each, names)).filter((each) => each !== null);
    return candidates.length ? `not known; ${candidates.slice(0, 2).join(" or ")}` : "not known";
  }
  const where = name === null ? "in none of the known places" : kind === "vehicle" ? `aboard ${name}` : `at ${name}`;
  return p >= 0.99 ? where : p >= 0.8 ? `probably ${where}` : `maybe ${kind === "vehicle" ? `in ${name}` : where}`;
}
