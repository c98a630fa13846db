/** What was just done, for 6 s, with a way back. One at a time. */

const SHOWN_MS = 6000;
/** `Z` goes on working when the toast has gone. */
const UNDO_MS = 60_000;

export interface Said {
  text: string;
  undo: (() => void) | null;
}

class Toast {
  said = $state.raw<Said | null>(null);
  private back: (() => void) | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private forget: ReturnType<typeof setTimeout> | undefined;

  say(text: string, undo: (() => void) | null = null): void {
    this.said = { text, undo };
    this.back = undo;
    clearTimeout(this.forget);
    this.forget = setTimeout(() => (this.back = null), UNDO_MS);
    this.leave();
  }

  /** While the pointer or the focus is on it, it stays. */
  hold(): void {
    clearTimeout(this.timer);
  }

  leave(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.said = null), SHOWN_MS);
  }

  undo(): void {
    const back = this.back;
    this.back = this.said = null;
    back?.();
  }
}

export const toast = new Toast();
