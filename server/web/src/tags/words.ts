/** Tags in words: their battery, when they were heard, what is measured. Pure. */

import type { Limit, Tag } from "../api/custody_types";

const NBSP = "\u00a0";
const DAY_MS = 86_400_000;
const MONTH = new Intl.DateTimeFormat("en-GB", { month: "long", timeZone: "UTC" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

/** "until about March", "until about 8 Dec" when it is near, "until about March 2028". */
export function forecast({ battery_ends_at: at }: Pick<Tag, "battery_ends_at">, now: Date): string {
  if (!at) return "";
  const ends = new Date(at);
  const days = (ends.getTime() - now.getTime()) / DAY_MS;
  if (days <= 1) return "ends now";
  if (days < 45) return `until about ${DAY.format(ends).replace(" ", NBSP)}`;
  const year = days > 330 ? `${NBSP}${ends.getUTCFullYear()}` : "";
  return `until about ${MONTH.format(ends)}${year}`;
}

/** Under 20 %, or it ends within a month. */
export function isLow({ battery_percent: percent, battery_ends_at: at }: Tag, now: Date): boolean {
  return (percent !== null && percent < 20) || (at !== null && Date.parse(at) - now.getTime() < 30 * DAY_MS);
}

const SILENT_MS = DAY_MS;
export const isSilent = ({ last_heard_at: at }: Tag, now: Date): boolean =>
  at === null || now.getTime() - Date.parse(at) > SILENT_MS;

/** An id that fits: the end of a long one says which it is. */
export function shortId(id: string): string {
  const [uuid, ...rest] = id.split("/");
  return uuid!.length > 20 && rest.length ? `${uuid!.slice(0, 4)}…/${rest.join("/")}` : id;
}

/** What a sensor may measure, and its unit, as people write them. */
export const QUANTITIES: Record<string, [name: string, unit: string]> = {
  temperature_c: ["Temperature", "°C"],
  humidity_percent: ["Humidity", "%"],
  pressure_hpa: ["Pressure", "hPa"],
  battery_v: ["Battery", "V"],
  illuminance_lux: ["Light", "lx"],
};

export function quantityName(quantity: string): string {
  const known = QUANTITIES[quantity];
  if (known) return known[0];
  const words = quantity.replace(/_[a-z0-9]+$/, "").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export const unitOf = (quantity: string): string => QUANTITIES[quantity]?.[1] ?? quantity.split("_").at(-1) ?? "";

/** "Temperature 2 to 8 °C, 10 min" */
export function limitWords({ quantity, min, max, dwell_s }: Limit): string {
  const unit = `${NBSP}${unitOf(quantity)}`;
  const range =
    min !== null && max !== null
      ? `${min} to ${max}${unit}`
      : max !== null
        ? `at most ${max}${unit}`
        : `at least ${min}${unit}`;
  const wait = dwell_s ? `, ${Math.round(dwell_s / 60)}${NBSP}min` : "";
  return `${quantityName(quantity)} ${range}${wait}`;
}

/** What is wrong with the limits, by the number of the row; the server says the same. */
export function limitFaults(limits: readonly Limit[]): Map<number, string> {
  const faults = new Map<number, string>();
  limits.forEach((limit, i) => {
    if (limit.min === null && limit.max === null) faults.set(i, "Write the least or the most that it may be.");
    else if (limit.min !== null && limit.max !== null && limit.min >= limit.max)
      faults.set(i, "The least has to be below the most.");
    else if (limits.findIndex(({ quantity }) => quantity === limit.quantity) < i)
      faults.set(i, `${quantityName(limit.quantity)} has a limit already. Change that one.`);
  });
  return faults;
}
