/** How old something is, in words. Ages go in s to 90, min to 90, h to 36, then the date. */

const NBSP = "\u00a0";

/** "4 s", "12 min", "5 h"; null when it is so old that the date says more. Never negative: a clock ahead is "0 s". */
export function shortAge(ageS: number): string | null {
  const s = Math.max(0, Math.floor(ageS));
  if (s <= 90) return `${s}${NBSP}s`;
  const min = Math.floor(s / 60);
  if (min <= 90) return `${min}${NBSP}min`;
  const h = Math.floor(s / 3600);
  return h <= 36 ? `${h}${NBSP}h` : null;
}

/** A label for the place where an age stands: the age, or the date once it is over. */
export function ageOrDate(at: Date, now: Date): string {
  return shortAge((now.getTime() - at.getTime()) / 1000) ?? shortDate(at);
}

/** "4 s ago", or "12 Nov" for what is older than an age can say. */
export function ago(at: Date, now: Date): string {
  const age = shortAge((now.getTime() - at.getTime()) / 1000);
  return age ? `${age} ago` : shortDate(at);
}

/** A stretch of time: "40 s", "12 min", "1 h 04 min". */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 90) return `${s}${NBSP}s`;
  const min = Math.round(s / 60);
  if (min < 60) return `${min}${NBSP}min`;
  return `${Math.floor(min / 60)}${NBSP}h${NBSP}${String(min % 60).padStart(2, "0")}${NBSP}min`;
}

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const CLOCK_S = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const SHORT_DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short" });
const LONG_DAY = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });

export const clock = (at: Date): string => CLOCK.format(at);
export const clockSeconds = (at: Date): string => CLOCK_S.format(at);
export const shortDate = (at: Date): string => SHORT_DATE.format(at);
export const dayAndDate = (at: Date): string => DAY.format(at).replace(",", "");
export const longDay = (at: Date): string => LONG_DAY.format(at).replace(",", "");

/** "13:36", or "12 Nov, 13:36" when it was not today. */
export function clockOrDate(at: Date, now: Date, seconds = false): string {
  const time = seconds ? clockSeconds(at) : clock(at);
  return at.toDateString() === now.toDateString() ? time : `${shortDate(at)}, ${time}`;
}
