/** The console's keys: one table for what they do and for the page that lists them. */

import { PAGES, type PageId } from "./pages";

/** Where keys work: `list` and `day` are the two faces of the live page. */
export type Where = "everywhere" | "list" | "day" | Exclude<PageId, "live">;

interface Key {
  keys: readonly string[];
  action: string;
  where: Where;
  words?: string;
  shown?: string;
}

const OWN = [
  { keys: ["/"], action: "search", where: "list", words: "Search", shown: "/" },
  { keys: ["j"], action: "down", where: "list", words: "Next and previous vehicle, open it", shown: "J K Enter" },
  { keys: ["k"], action: "up", where: "list" },
  { keys: ["1"], action: "show-all", where: "list", words: "All, moving, standing, silent", shown: "1 2 3 4" },
  { keys: ["2"], action: "show-moving", where: "list" },
  { keys: ["3"], action: "show-standing", where: "list" },
  { keys: ["4"], action: "show-silent", where: "list" },
  { keys: ["f"], action: "follow", where: "list", words: "Follow the vehicle on the map", shown: "F" },
  {
    keys: ["e"],
    action: "acknowledge",
    where: "list",
    words: "Acknowledge the alert, show its evidence",
    shown: "E V",
  },
  { keys: ["v"], action: "evidence", where: "list" },
  { keys: ["d"], action: "day", where: "list", words: "The vehicle's day", shown: "D" },
  { keys: ["j"], action: "down", where: "alerts", words: "Next and previous alert, read it", shown: "J K Enter" },
  { keys: ["k"], action: "up", where: "alerts" },
  { keys: ["e"], action: "acknowledge", where: "alerts", words: "Acknowledge", shown: "E" },
  { keys: ["a"], action: "assign", where: "alerts", words: "Assign, snooze, comment", shown: "A S C" },
  { keys: ["s"], action: "snooze", where: "alerts" },
  { keys: ["c"], action: "comment", where: "alerts" },
  { keys: ["v"], action: "evidence", where: "alerts", words: "To the evidence", shown: "V" },
  { keys: ["1"], action: "alerts-open", where: "alerts", words: "Open, mine, snoozed, closed", shown: "1 2 3 4" },
  { keys: ["2"], action: "alerts-mine", where: "alerts" },
  { keys: ["3"], action: "alerts-snoozed", where: "alerts" },
  { keys: ["4"], action: "alerts-closed", where: "alerts" },
  { keys: [" "], action: "play", where: "day", words: "Play or pause", shown: "Space" },
  { keys: ["ArrowLeft"], action: "earlier", where: "day", words: "10 s, with Shift 1 min", shown: "← →" },
  { keys: ["ArrowRight"], action: "later", where: "day" },
  { keys: ["Shift+ArrowLeft"], action: "minute-earlier", where: "day" },
  { keys: ["Shift+ArrowRight"], action: "minute-later", where: "day" },
  { keys: ["n"], action: "next", where: "day", words: "What happened next, before", shown: "N P" },
  { keys: ["p"], action: "previous", where: "day" },
  { keys: ["/"], action: "search", where: "packages" },
  { keys: ["j"], action: "down", where: "packages" },
  { keys: ["k"], action: "up", where: "packages" },
  { keys: ["s"], action: "scan", where: "packages", words: "Scan a code", shown: "S" },
  { keys: ["/"], action: "search", where: "fences" },
  { keys: ["j"], action: "down", where: "fences" },
  { keys: ["k"], action: "up", where: "fences" },
  { keys: ["n"], action: "new-fence", where: "fences", words: "New fence; Enter ends drawing", shown: "N Enter" },
  { keys: ["Enter"], action: "finish", where: "fences" },
  { keys: ["+", "="], action: "closer", where: "everywhere", words: "Closer, farther, all vehicles", shown: "+ - 0" },
  { keys: ["-"], action: "farther", where: "everywhere" },
  { keys: ["0"], action: "all", where: "everywhere" },
  { keys: ["z"], action: "undo", where: "everywhere", words: "Take back what was just done", shown: "Z" },
  { keys: ["Shift+z"], action: "redo", where: "fences", words: "Do it again", shown: "Shift Z" },
  { keys: ["?"], action: "keys", where: "everywhere", words: "This list", shown: "?" },
  { keys: ["Escape"], action: "back", where: "everywhere", words: "Back", shown: "Esc" },
] as const satisfies readonly Key[];

export type Action = (typeof OWN)[number]["action"] | PageId;
export type Actions = Partial<Record<Action, () => void>>;

export const KEYS: readonly (Key & { action: Action })[] = [
  ...OWN,
  ...PAGES.filter(({ key }) => key).map(({ id, title, key }) => ({
    keys: [`g ${key}`],
    action: id,
    where: "everywhere" as const,
    words: `Go to ${title}`,
    shown: `G then ${key!.toUpperCase()}`,
  })),
];

const SEQUENCE_MS = 1500;

/** Turns key presses into actions; remembers a `G` for the next one. */
export class KeyReader {
  private began = -Infinity;

  read(event: Pick<KeyboardEvent, "key" | "shiftKey">, where: Where, nowMs: number): Action | null {
    const plain = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const inSequence = nowMs - this.began < SEQUENCE_MS;
    this.began = -Infinity;
    const pressed = inSequence ? `g ${plain}` : event.shiftKey && /^(Arrow|z$)/.test(plain) ? `Shift+${plain}` : plain;
    if (pressed === "g") {
      this.began = nowMs;
      return null;
    }
    const found = KEYS.find((key) => (key.where === "everywhere" || key.where === where) && key.keys.includes(pressed));
    return found?.action ?? null;
  }
}

/** Keys belong to fields, and to buttons when they press them. */
export function isTaken(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return true;
  const target = event.target as HTMLElement;
  if (target.closest("dialog") || document.querySelector("dialog:modal")) return true; // the focus may be nowhere
  const field = target.closest("input, textarea, select, [contenteditable]") as HTMLInputElement | null;
  if (field && !["radio", "checkbox", "range"].includes(field.type)) return true;
  if (field?.type === "radio" && event.key.startsWith("Arrow")) return true;
  return (
    (event.key === " " || event.key === "Enter") &&
    target.closest("button, a, summary, input") !== null &&
    field?.type !== "range"
  );
}
