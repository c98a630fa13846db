/** A report's cells as people read them: the same words as in every other format. Pure. */

import type { Report, ReportColumn } from "../api/reports";
import { byName } from "../words/name";

export type Value = string | number | null;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DECIMALS: Partial<Record<ReportColumn["kind"], number>> = { distance: 2, speed: 1, degrees: 6 };
const RIGHT: ReportColumn["kind"][] = ["duration", "distance", "speed", "count", "degrees"];

export const isFigure = (column: Pick<ReportColumn, "kind">): boolean => RIGHT.includes(column.kind);

export class Cells {
  private readonly local: Intl.DateTimeFormat;
  private readonly year: boolean;

  constructor({ time_zone: timeZone, from, to }: Pick<Report, "time_zone" | "from" | "to">) {
    const parts = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
    const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;
    this.local = new Intl.DateTimeFormat("sv-SE", { timeZone, ...parts, ...clock });
    const [first, last] = [this.local.format(new Date(from)), this.local.format(Date.parse(to) - 1)];
    this.year = first.slice(0, 4) !== last.slice(0, 4);
  }

  /** 1,204.35, or 1:04:22, or "22 Nov, 10:00:12"; empty for what is not known. */
  said(column: Pick<ReportColumn, "kind">, value: Value | undefined): string {
    if (value === null || value === undefined) return "";
    if (typeof value === "string") {
      if (column.kind === "day") return this.day(value);
      if (column.kind !== "time") return value;
      const [day, clock] = this.local.format(new Date(value)).split(" ") as [string, string];
      return `${this.day(day)}, ${clock}`;
    }
    if (column.kind === "duration") return clocked(value);
    const digits = DECIMALS[column.kind] ?? 0;
    return value.toLocaleString("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }

  private day(iso: string): string {
    const [year, month, day] = iso.split("-").map(Number) as [number, number, number];
    return `${day}\u00a0${MONTHS[month - 1]}${this.year ? `\u00a0${year}` : ""}`;
  }
}

/** 3862 s as 1:04:22. */
export function clocked(seconds: number): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600).toLocaleString("en-GB");
  return `${hours}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

export interface Order {
  key: string;
  down: boolean;
}

/** Rows by a column; names as people count (Van 2 before Van 12), what is not known last. */
export function sorted<Row extends Record<string, Value>>(rows: Row[], order: Order | null): Row[] {
  if (!order) return rows;
  const way = order.down ? -1 : 1;
  return rows.toSorted((one, other) => {
    const [a, b] = [one[order.key] ?? null, other[order.key] ?? null];
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    if (typeof a === "number" && typeof b === "number") return way * (a - b);
    return way * byName({ name: String(a) }, { name: String(b) });
  });
}
