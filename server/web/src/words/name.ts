/** Short names for marks on the map. */

/** What stands in a vehicle's disc: the last figures of its name (at most four), else its first two letters. */
export function markText(name: string): string {
  const digits = /(\d+)\D*$/.exec(name)?.[1];
  if (digits) return String(Number(digits.slice(-4)));
  return [...name.replace(/[^\p{L}\p{N}]/gu, "")].slice(0, 2).join("").toUpperCase();
}

/** "RS" for "Riikka S." or "riikka.salo". */
export function initials(name: string): string {
  const words = name.split(/[\s._@-]+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0]![0], words[1]![0]] : [...(words[0] ?? "?")].slice(0, 2);
  return letters.join("").toUpperCase();
}

/** "Riikka" for "Riikka Salo", "riikka.salo" or "riikka@fleet.example". */
export function firstName(name: string): string {
  const first = name.split(/[\s._@-]+/).find(Boolean) ?? name;
  return first.charAt(0).toUpperCase() + first.slice(1);
}

const ORDER = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Van 2 before Van 12. */
export const byName = (a: { name: string }, b: { name: string }): number => ORDER.compare(a.name, b.name);

const plain = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Every word that was typed begins a word or a number there (or, from three letters on, stands inside one); accents,
 * case and leading zeros do not matter: "12" finds Van 12 and gw-0012, "van 1" does not find Van 21. */
export function matches(query: string, ...texts: (string | null)[]): boolean {
  const hay = plain(texts.filter(Boolean).join(" "));
  const tokens = (hay.match(/\p{L}+|\d+/gu) ?? []).flatMap((token) => [token, token.replace(/^0+/, "")]);
  const found = (word: string) =>
    tokens.some((token) => token.startsWith(word)) || (word.length > 2 && hay.includes(word));
  return plain(query).trim().split(/\s+/).every(found);
}
