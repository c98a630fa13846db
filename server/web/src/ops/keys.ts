/** The console's keys: one table for what they do and for the page that lists them. */

export type Action =
  | "search"
  | "keys"
  | "back"
  | "down"
  | "up"
  | "follow"
  | "day"
  | "closer"
  | "farther"
  | "all"
  | "play"
  | "earlier"
  | "later"
  | "minute-earlier"
  | "minute-later"
  | "next"
  | "previous"
  | "live"
  | "gateways"
  | "show-all"
  | "show-moving"
  | "show-standing"
  | "show-silent";

/** `day` keys work while a day is shown, `list` keys while it is not. */
interface Key {
  keys: string[];
  action: Action;
  where: "everywhere" | "list" | "day";
  words?: string;
  shown?: string;
}

export const KEYS: Key[] = [
  { keys: ["/"], action: "search", where: "list", words: "Search", shown: "/" },
  { keys: ["j"], action: "down", where: "list", words: "Next and previous vehicle, open it", shown: "J K Enter" },
  { keys: ["k"], action: "up", where: "list" },
  { keys: ["1"], action: "show-all", where: "list", words: "All, moving, standing, silent", shown: "1 2 3 4" },
  { keys: ["2"], action: "show-moving", where: "list" },
  { keys: ["3"], action: "show-standing", where: "list" },
  { keys: ["4"], action: "show-silent", where: "list" },
  { keys: ["f"], action: "follow", where: "list", words: "Follow the vehicle on the map", shown: "F" },
  { keys: ["d"], action: "day", where: "list", words: "The vehicle's day", shown: "D" },
  { keys: [" "], action: "play", where: "day", words: "Play or pause", shown: "Space" },
  { keys: ["ArrowLeft"], action: "earlier", where: "day", words: "10 s, with Shift 1 min", shown: "← →" },
  { keys: ["ArrowRight"], action: "later", where: "day" },
  { keys: ["Shift+ArrowLeft"], action: "minute-earlier", where: "day" },
  { keys: ["Shift+ArrowRight"], action: "minute-later", where: "day" },
  { keys: ["n"], action: "next", where: "day", words: "What happened next, before", shown: "N P" },
  { keys: ["p"], action: "previous", where: "day" },
  { keys: ["+", "="], action: "closer", where: "everywhere", words: "Closer, farther, all vehicles", shown: "+ - 0" },
  { keys: ["-"], action: "farther", where: "everywhere" },
  { keys: ["0"], action: "all", where: "everywhere" },
  { keys: ["g l"], action: "live", where: "everywhere", words: "Go to live, to gateways", shown: "G then L G" },
  { keys: ["g g"], action: "gateways", where: "everywhere" },
  { keys: ["?"], action: "keys", where: "everywhere", words: "This list", shown: "?" },
  { keys: ["Escape"], action: "back", where: "everywhere", words: "Back", shown: "Esc" },
];

const SEQUENCE_MS = 1500;

/** Turns key presses into actions; remembers a `G` for the next one. */
export class KeyReader {
  private began = -Infinity;

  read(event: Pick<KeyboardEvent, "key" | "shiftKey">, where: "list" | "day", nowMs: number): Action | null {
    const plain = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const inSequence = nowMs - this.began < SEQUENCE_MS;
    this.began = -Infinity;
    const pressed = inSequence ? `g ${plain}` : event.shiftKey && plain.startsWith("Arrow") ? `Shift+${plain}` : plain;
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
  if (target.closest("dialog")) return true;
  const field = target.closest("input, textarea, select, [contenteditable]") as HTMLInputElement | null;
  if (field && !["radio", "checkbox", "range"].includes(field.type)) return true;
  if (field?.type === "radio" && event.key.startsWith("Arrow")) return true;
  return (
    (event.key === " " || event.key === "Enter") &&
    target.closest("button, a, summary, input") !== null &&
    field?.type !== "range"
  );
}
