/** What is asked for: from the URL, to the URL, to the API. Pure. */

import { daysOf, isDay, isWindow, plusDays, todayIn, type Days, type WindowName } from "./windows";

export const KINDS = [
  ["trips", "Trips", "Each trip"],
  ["halts", "Halts", "Each halt"],
  ["visits", "Visits", "Each visit"],
  ["distance", "Distance", "Each vehicle and day"],
  ["idling", "Idling", "Each idling"],
  ["speeding", "Speeding", "Each speeding"],
  ["alerts", "Alerts", "Each alert"],
] as const;

export type Kind = (typeof KINDS)[number][0];
export type Group = "" | "vehicle" | "day" | "team" | "driver" | "fence";

const GROUPS: Group[] = ["vehicle", "day", "team", "driver", "fence"];
const OF_FENCES: Kind[] = ["halts", "visits", "speeding", "alerts"];
const DRAWN: Kind[] = ["trips", "halts", "visits", "speeding", "alerts"];

export interface Question {
  kind: Kind;
  window: WindowName;
  days: Days;
  vehicles: string[];
  team: string | null;
  group: Group;
  zone: string;
}

export const groupsOf = (kind: Kind): Group[] =>
  GROUPS.filter((group) => group !== "fence" || OF_FENCES.includes(kind));

export const groupWords = (group: Group, kind: Kind): string =>
  group ? `By ${group}` : (KINDS.find(([id]) => id === kind)?.[2] ?? "");

export const isZone = (zone: string | null): zone is string => {
  try {
    return zone !== null && zone !== "" && Boolean(new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false;
  }
};

/** The question of a URL; what it does not say, or says wrong, is as usual. */
export function questionOf(get: (key: string) => string | null, home: string, now: Date): Question {
  const [report, group, asked] = [get("report"), get("group") as Group, get("zone")];
  const kind = KINDS.find(([id]) => id === report)?.[0] ?? "trips";
  const zone = isZone(asked) ? asked : home;
  const [from, to, named] = [get("from"), get("to"), get("window")];
  const days = isDay(from) && isDay(to) && from <= to ? { from, to } : null;
  const window = days ? "days" : isWindow(named) && named !== "days" ? named : "last-7";
  return {
    kind,
    window,
    days: days ?? daysOf(window as Exclude<WindowName, "days">, todayIn(zone, now)),
    vehicles: (get("vehicles") ?? "").split(",").filter(Boolean),
    team: get("team"),
    group: groupsOf(kind).includes(group) ? group : "",
    zone,
  };
}

/** The query of the API: its `to` does not count itself. */
export function queryOf(question: Question, format = "json"): URLSearchParams {
  const { days, vehicles, team, group, zone } = question;
  const query = new URLSearchParams({ from: days.from, to: plusDays(days.to, 1), time_zone: zone });
  if (vehicles.length) query.set("vehicle", vehicles.join(","));
  if (team) query.set("team", team);
  if (group) query.set("group", group);
  if (format !== "json") query.set("format", format);
  return query;
}

export interface FormatChoice {
  format: string;
  name: string;
  words: string;
}

/** The files that this question can be written into. */
export function formatsOf({ kind, group }: Question): FormatChoice[] {
  const drawn = !group && DRAWN.includes(kind);
  return [
    { format: "pdf", name: "PDF", words: "to forward, with the chart" },
    { format: "xlsx", name: "Excel", words: "to calculate with" },
    { format: "csv", name: "CSV", words: "for other programs" },
    { format: "parquet", name: "Parquet", words: "for notebooks" },
    { format: "json", name: "JSON", words: "as the API says it" },
    ...(drawn
      ? [
          { format: "geojson", name: "GeoJSON", words: "on a map" },
          { format: "gpx", name: "GPX", words: "on a map" },
          { format: "kml", name: "KML", words: "on a map" },
        ]
      : []),
  ];
}
