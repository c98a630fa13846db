/** What can be undone: every state a draft had. Pure. */

export interface History<T> {
  readonly past: readonly T[];
  readonly now: T;
  readonly future: readonly T[];
}

const MOST = 200;

export const historyOf = <T>(now: T): History<T> => ({ past: [], now, future: [] });

export function changed<T>(history: History<T>, now: T): History<T> {
  if (now === history.now) return history;
  return { past: [...history.past, history.now].slice(-MOST), now, future: [] };
}

/** The same change goes on (a drag, typing in one field): it is undone as one. */
export const goesOn = <T>(history: History<T>, now: T): History<T> =>
  history.past.length ? { ...history, now, future: [] } : changed(history, now);

export function undone<T>(history: History<T>): History<T> {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  return { past: history.past.slice(0, -1), now: before, future: [history.now, ...history.future] };
}

export function redone<T>(history: History<T>): History<T> {
  const [after, ...rest] = history.future;
  if (after === undefined) return history;
  return { past: [...history.past, history.now], now: after, future: rest };
}
