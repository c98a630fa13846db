/** Quantities in words, with a no-break space before the unit. Inputs are in the units that the names say. */

const NBSP = "\u00a0";
const WINDS = ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"];

/** 12 m, 0.6 km, 48 km. */
export function distance(metres: number): string {
  if (metres < 100) return `${Math.round(metres)}${NBSP}m`;
  return `${kilometres(metres)}${NBSP}km`;
}

/** The figure alone: one decimal under 10 km, thousands apart above. */
export function kilometres(metres: number): string {
  if (metres < 50) return "0";
  const km = metres / 1000;
  return km < 9.95 ? km.toFixed(1) : whole(km);
}

export const speed = (mps: number): string => `${Math.round(mps * 3.6)}${NBSP}km/h`;

export const accuracy = (metres: number | null): string =>
  metres === null
    ? "not said"
    : `±${NBSP}${metres < 10 ? Math.max(1, Math.round(metres)) : Math.round(metres)}${NBSP}m`;

export const wind = (courseDeg: number): string => WINDS[Math.round(courseDeg / 45) % 8]!;

/** 28,800 */
export const whole = (n: number): string => Math.round(n).toLocaleString("en-GB");

export const plural = (n: number, one: string, many = `${one}s`): string => `${whole(n)}${NBSP}${n === 1 ? one : many}`;
