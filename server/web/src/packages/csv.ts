/** The lines of a CSV file as people count them, so that a refused one can be shown and given back. Pure. */

/** The text of each row, the head first: a row may go over several lines inside of quotation marks. */
export function rowsOf(text: string): { line: number; text: string }[] {
  const rows: { line: number; text: string }[] = [];
  let [from, line, begun, quoted] = [0, 1, 1, false];
  for (let i = 0; i <= text.length; i++) {
    if (text[i] === '"') quoted = !quoted;
    const ends = i === text.length || (text[i] === "\n" && !quoted);
    if (ends) {
      const row = text.slice(from, i).replace(/\r$/, "");
      if (row.trim()) rows.push({ line: begun, text: row });
      [from, begun] = [i + 1, line + 1];
    }
    if (text[i] === "\n") line++;
  }
  return rows;
}

/** The head and the refused rows, with the reason as a last column: to be corrected and brought in again. */
export function refusedFile(text: string, refused: { line: number; why: string }[]): string {
  const rows = rowsOf(text);
  const whys = new Map(refused.map(({ line, why }) => [line, why]));
  const [head, ...rest] = rows;
  const kept = rest.filter(({ line }) => whys.has(line)).map((row) => `${row.text},${quote(whys.get(row.line)!)}`);
  return [`${head?.text ?? ""},why`, ...kept].join("\r\n") + "\r\n";
}

const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
