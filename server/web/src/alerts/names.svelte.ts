/** What the inbox calls things by: rules and people. Read once; what may not be read keeps its id. */

import * as api from "../api/alerts";
import { rules as readRules } from "../api/notify";
import type { AlertRule } from "../api/alert_types";
import { fenceBook } from "../fences/book.svelte";

export class Names {
  rules = $state.raw(new Map<string, AlertRule>());
  /** Who may be given an alert. */
  people = $state.raw<string[]>([]);

  async load(): Promise<void> {
    if (fenceBook.loading) void fenceBook.load();
    const [rules, people] = await Promise.allSettled([readRules(), api.people()]);
    if (rules.status === "fulfilled") this.rules = new Map(rules.value.items.map((rule) => [rule.id, rule]));
    if (people.status === "fulfilled") this.people = people.value;
  }
}

export const fenceName = (id: string): string => fenceBook.one(id)?.properties.name ?? id;
