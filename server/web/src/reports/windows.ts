/** Windows of whole days, by name. Days are ISO dates of the report's time zone; both ends count. Pure. */

export interface Days {
  from: string;
  to: string;
}

export const WINDOWS = [
  ["today", "Today"],
  ["yesterday", "Yesterday"],
  ["last-7", "Last 7 days"],
  ["this-week", "This week"],
  ["last-week", "Last week"],
  ["this-month", "This month"],
  ["last-month", "Last month"],
  ["days", "Other days"],
] as const;

export type WindowName = (typeof WINDOWS)[number][0];

export const isWindow = (name: string | null): name is WindowName => WINDOWS.some(([id]) => id === name);

export const isDay = (text: string | null): text is string =>
  text !== null && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));

/** The day some days later, or earlier. */
export function plusDays(day: string, days: number): string {
  return new Date(Date.parse(day) + 86_400_000 * days).toISOString().slice(0, 10);
}

/** What day it is somewhere. */
export function todayIn(zone: string, now: Date): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" }).format(now);
}

/** The days of a named window. Weeks begin on Monday. */
export function daysOf(window: Exclude<WindowName, "days">, today: string): Days {
  const monday = plusDays(today, -((new Date(today).getUTCDay() + 6) % 7));
  const first = `${today.slice(0, 8)}01`;
  const lastOfBefore = plusDays(first, -1);
  switch (window) {
    case "today":
      return { from: today, to: today };
    case "yesterday":
      return { from: plusDays(today, -1), to: plusDays(today, -1) };
    case "last-7":
      return { from: plusDays(today, -6), to: today };
    case "this-week":
      return { from: monday, to: plusDays(monday, 6) };
    case "last-week":
      return { from: plusDays(monday, -7), to: plusDays(monday, -1) };
    case "this-month":
      return { from: first, to: plusDays(`${plusDays(first, 31).slice(0, 8)}01`, -1) };
    case "last-month":
      return { from: `${lastOfBefore.slice(0, 8)}01`, to: lastOfBefore };
  }
}
