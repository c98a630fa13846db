/** Local days, written YYYY-MM-DD. Pure. */

/** Local midnight to local midnight; a day of 23 or 25 hours is one. */
export function dayBounds(day: string): [Date, Date] {
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  return [new Date(year, month - 1, date), new Date(year, month - 1, date + 1)];
}

/** The local day of an instant as YYYY-MM-DD. */
export function localDay(at: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** The day before or after. */
export function otherDay(day: string, steps: number): string {
  const [from] = dayBounds(day);
  return localDay(new Date(from.getFullYear(), from.getMonth(), from.getDate() + steps, 12));
}
