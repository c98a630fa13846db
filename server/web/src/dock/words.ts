/** What a dock's screen says, as a function of the load: nothing of it is drawn here. Pure. */

import type { Load, LoadPackage, Stranger } from "../api/custody_types";
import { clock, shortAge } from "../words/age";
import { parted, percent, sure } from "../words/custody";

const SURE = 0.99;
/** So long before leaving, what is missing is no longer a matter of course. */
export const SOON_MS = 5 * 60_000;
/** More cards than these cannot be read from five metres. */
const MOST_CARDS = 2;

export type Tone = "plain" | "warn" | "crit" | "ok" | "silent";
export type Tile = "in" | "may" | "miss" | "due" | "dark";

export interface Card {
  /** The parcel's, or what is unique to it. */
  key: string;
  verb: string;
  id: string;
  where: string;
  more: string;
}

export interface Todo {
  tone: Tone;
  heading: string;
  cards: Card[];
  /** What has no room for a card of its own. */
  rest: string;
  /** Read aloud when it changes: no ages, no figures that change by themselves. */
  aloud: string;
}

export interface Elsewhere {
  vehicleName(id: string): string;
  /** Where a vehicle stands now. */
  dockOf(id: string): string | null;
}

const isAboard = ({ aboard }: LoadPackage): boolean => aboard === "yes" || aboard === "probably";
/** Not aboard, and said so by somebody who could hear it. */
const isOut = ({ aboard }: LoadPackage): boolean => aboard === "no";

export function tileOf(parcel: LoadPackage, state: Load["state"]): Tile {
  if (isAboard(parcel)) return parcel.aboard === "yes" ? "in" : "may";
  if (parcel.aboard === "not_known") return "dark";
  return state === "missing" || state === "wrong" || state === "left" ? "miss" : "due";
}

/** So many columns that all tiles have room: 12 for up to 48, then more and smaller ones. */
export function columnsFor(count: number): number {
  const [wide, tall, gap] = [89, 31, 1.1];
  for (let columns = 12; ; columns++) {
    const tile = (wide - gap * (columns - 1)) / columns;
    if (Math.ceil(count / columns) * (tile + gap) <= tall + gap || columns >= 60) return columns;
  }
}

export function todoOf(load: Load, nowMs: number, elsewhere: Elsewhere): Todo {
  if (load.state === "wrong" && load.strangers.length) return wrong(load.strangers, nowMs);
  if (load.state === "complete") return complete(load);
  if (load.state === "left") return left(load, elsewhere, nowMs);
  if (load.state === "missing") return missing(load, elsewhere, nowMs);
  if (load.state === "none" || !load.expected) return nothing(load);
  return loading(load);
}

function wrong(strangers: Stranger[], nowMs: number): Todo {
  const cards = strangers.slice(0, MOST_CARDS).map((stranger) => ({
    key: stranger.id,
    verb: "Take out",
    id: stranger.id,
    where: stranger.vehicle_name
      ? `to ${stranger.vehicle_name}${stranger.dock ? `, dock ${stranger.dock}` : ""}`
      : "it has no van today",
    more: sentences(
      stranger.since && `Aboard since ${clock(new Date(stranger.since))}`,
      called(stranger),
      stranger.p !== null && sure(stranger.p),
      isOld(stranger.since, nowMs) && stranger.because,
    ),
  }));
  const n = strangers.length;
  const heading = n === 1 ? "1 parcel is in the wrong van" : `${n} parcels are in the wrong van`;
  return { tone: "crit", heading, cards, rest: andMore(strangers), aloud: aloud(heading, cards) };
}

function missing(load: Load, elsewhere: Elsewhere, nowMs: number): Todo {
  const out = load.packages.filter(isOut);
  const cards = out.slice(0, MOST_CARDS).map((parcel) => ({
    key: parcel.id,
    verb: "Find",
    id: parcel.id,
    where: whereOf(parcel, elsewhere),
    more: sentences(
      heard(parcel, nowMs),
      belongings(parcel),
      parcel.p !== null && parcel.place && `${sure(parcel.p)} it is not aboard`,
    ),
  }));
  const n = out.length;
  const dark = load.packages.filter(({ aboard }) => aboard === "not_known").length;
  const heading = n === 0 ? `${dark} not heard` : n === 1 ? "1 parcel is missing" : `${n} parcels are missing`;
  if (!cards.length) cards.push(unheard(dark));
  return { tone: "warn", heading, cards, rest: andMore(out), aloud: aloud(heading, cards) };
}

const unheard = (count: number): Card => ({
  key: "dark",
  verb: "Look for",
  id: `${count}`,
  where: count === 1 ? "parcel by hand" : "parcels by hand",
  more: "Their tags are not heard, so nothing says where they are.",
});

function complete(load: Load): Todo {
  const may = load.packages.filter(({ aboard, p }) => aboard === "probably" || (p !== null && p < SURE)).length;
  const where = `${load.aboard} of ${load.expected} aboard${may ? "" : `, each ${percent(SURE).replace("+", "")} sure`}`;
  const more = may ? `${may} of them less than 99\u00a0% sure.` : "";
  const card = { key: "ready", verb: "", id: "Ready to leave", where, more };
  return {
    tone: "ok",
    heading: "Complete",
    cards: [card],
    rest: "",
    aloud: `Complete. ${load.name} is ready to leave.`,
  };
}

function left(load: Load, elsewhere: Elsewhere, nowMs: number): Todo {
  const out = load.packages.filter(isOut);
  if (out.length)
    return { ...missing(load, elsewhere, nowMs), heading: `${load.name} left without ${parcels(out.length)}` };
  const heading = `${load.name} has left`;
  const card = { key: "left", verb: "", id: "On its way", where: `with ${parcels(load.aboard)}`, more: "" };
  return { tone: "plain", heading, cards: [card], rest: "", aloud: `${heading}.` };
}

function nothing(load: Load): Todo {
  const id = "No route today";
  const where = `Nothing is planned for ${load.name}`;
  const more = "When a route is planned, its parcels stand here.";
  return {
    tone: "plain",
    heading: "Nothing to load",
    cards: [{ key: "none", verb: "", id, where, more }],
    rest: "",
    aloud: `${where}.`,
  };
}

function loading(load: Load): Todo {
  const due = load.packages.filter((parcel) => !isAboard(parcel));
  const dark = due.filter(({ aboard }) => aboard === "not_known");
  if (dark.length === load.packages.length) return untagged(load);
  const heading = due.length ? "Loading" : "All aboard";
  const card: Card = {
    key: "loading",
    verb: "Still to come",
    id: `${due.length}`,
    where: due.length === 1 ? due[0]!.id : due.length ? "parcels" : "nothing",
    more: dark.length ? `${dark.length} of them are not heard yet.` : "",
  };
  return { tone: "plain", heading, cards: [card], rest: "", aloud: "" };
}

function untagged(load: Load): Todo {
  const card = {
    key: "dark",
    verb: "",
    id: "No tag heard",
    where: `of ${parcels(load.expected)}`,
    more: "Each parcel needs a tag that is bound to it, and the van its scanner. Count by hand until then.",
  };
  return { tone: "silent", heading: "Not known", cards: [card], rest: "", aloud: "No tag is heard." };
}

/** Under the tiles: how sure the count is, or what else is wrong. */
export function sub(load: Load, elsewhere: Elsewhere): string {
  const out = load.packages.filter(isOut);
  if (load.state === "wrong" && out.length === 1) return `Also missing: ${out[0]!.id}, ${whereOf(out[0]!, elsewhere)}.`;
  if (load.state === "wrong" && out.length) return `Also missing: ${parcels(out.length)}.`;
  if (load.state === "complete" && !load.strangers.length) return "Nothing that belongs elsewhere is aboard.";
  const dark = load.packages.filter(({ aboard }) => aboard === "not_known").length;
  return sentences(howSure(load.packages.filter(isAboard)), dark > 0 && `${dark} not heard`);
}

function howSure(aboard: LoadPackage[]): string {
  const unsure = aboard.filter(({ p }) => p !== null && p < SURE).map(({ p }) => p!);
  const n = aboard.length - unsure.length;
  if (!aboard.length) return "";
  const those =
    n === 0
      ? ""
      : unsure.length
        ? `${n} ${n === 1 ? "is" : "are"} 99\u00a0% sure`
        : n === 1
          ? "It is 99\u00a0% sure"
          : "Each is 99\u00a0% sure";
  if (!unsure.length) return those;
  const [least, most] = [percent(Math.min(...unsure)), percent(Math.max(...unsure))];
  const range = least === most ? least : `${least.replace("\u00a0%", "")} to ${most}`;
  const these = `${unsure.length} ${unsure.length === 1 ? "is" : "are"} ${range} sure`;
  return [those, these].filter(Boolean).join(", ");
}

/** Where to look for what is not aboard. */
function whereOf(parcel: LoadPackage, elsewhere: Elsewhere): string {
  const [kind, id] = parted(parcel.last_heard_by ?? parcel.place ?? "unknown");
  if (kind === "vehicle") {
    const dock = elsewhere.dockOf(id);
    return dock ? `last heard at dock ${dock}` : `last heard in ${elsewhere.vehicleName(id)}`;
  }
  if (kind === "site") return "last heard in the depot";
  return parcel.last_heard_at ? "no longer heard" : "never heard";
}

function heard({ last_heard_at: at }: LoadPackage, nowMs: number): string {
  if (!at) return "";
  const age = shortAge((nowMs - Date.parse(at)) / 1000);
  return `${clock(new Date(at))}${age ? `, ${age} ago` : ""}`;
}

/** Its name; a parcel without one is called by its id, which is read already. */
const called = ({ id, reference, name }: LoadPackage | Stranger): string =>
  name === id || name === reference ? "" : name;

function belongings(parcel: LoadPackage): string {
  const name = called(parcel);
  const stop = parcel.stop && `${name ? "for " : ""}stop ${parcel.stop.name}`;
  return [name || (stop && "For"), stop].filter(Boolean).join(" ");
}

const isOld = (since: string | null, nowMs: number): boolean => since !== null && nowMs - Date.parse(since) > 3_600_000;

export const parcels = (n: number): string => `${n}\u00a0${n === 1 ? "parcel" : "parcels"}`;

function andMore(all: { id: string }[]): string {
  const rest = all.slice(MOST_CARDS);
  return rest.length
    ? `and ${rest
        .slice(0, 3)
        .map(({ id }) => id)
        .join(", ")}${rest.length > 3 ? ` and ${rest.length - 3} more` : ""}`
    : "";
}

const aloud = (heading: string, cards: Card[]): string =>
  [heading, ...cards.map(({ verb, id, where }) => [verb, id, where].filter(Boolean).join(" "))].join(". ") + ".";

const sentences = (...parts: (string | false | null | undefined)[]): string =>
  parts
    .filter(Boolean)
    .map((part) => (/[.!?]$/.test(String(part)) ? part : `${part}.`))
    .join(" ");

/** "leaves 07:10" and "in 11 min"; past it, "should have left 07:10", "4 min ago". */
export function departure(load: Load, nowMs: number): { said: string; figure: string; late: boolean } | null {
  if (!load.departs_at || load.state === "none") return null;
  const departs = new Date(load.departs_at);
  const s = (departs.getTime() - nowMs) / 1000;
  const at = clock(departs);
  if (load.state === "left") return { said: `planned for ${at}`, figure: "has left", late: false };
  // whole minutes are rounded up: "in 5 min" never stands there when less than 4 are left
  const age = s > 90 ? (shortAge(Math.ceil(s / 60) * 60) ?? "") : shortAge(Math.abs(s));
  if (s >= 0) return { said: `leaves ${at}`, figure: age ? `in ${age}` : "", late: false };
  return { said: `should have left ${at}`, figure: shortAge(-s) ? `${shortAge(-s)} ago` : "", late: true };
}

/** The van that this dock is about now: the next one to leave, else the one that left last. */
export function atDock(vehicles: Load[], dock: string): Load | undefined {
  const here = vehicles.filter((load) => load.dock === dock).toSorted((a, b) => order(a) - order(b));
  return (
    here.find(({ state }) => state !== "left" && state !== "none") ??
    here.findLast(({ state }) => state === "left") ??
    here[0]
  );
}

const order = ({ departs_at }: Load): number => (departs_at ? Date.parse(departs_at) : Infinity);
