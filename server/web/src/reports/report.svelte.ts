/** The report that is shown: read when the question changes; the old one stays until the new one is there. */

import { report, type Report } from "../api/reports";
import { Unreachable } from "../api/http";
import { queryOf, type Question } from "./question";

export class ShownReport {
  report = $state.raw<Report | null>(null);
  loading = $state(false);
  failed = $state<string | null>(null);
  /** The server is away: what is shown is as it was then. */
  away = $state(false);
  readAtMs = $state(0);
  private asked: AbortController | null = null;

  async load(question: Question): Promise<void> {
    this.asked?.abort();
    const asked = (this.asked = new AbortController());
    this.loading = true;
    try {
      const found = await report(question.kind, queryOf(question), asked.signal);
      if (this.asked !== asked) return;
      this.report = found;
      this.failed = null;
      this.away = false;
      this.readAtMs = Date.now();
    } catch (error) {
      if (this.asked !== asked) return;
      this.away = error instanceof Unreachable;
      this.failed = error instanceof Error ? error.message : String(error);
    }
    this.loading = false;
  }

  close(): void {
    this.asked?.abort();
    this.asked = null;
  }
}
