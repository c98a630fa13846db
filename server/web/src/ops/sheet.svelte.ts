/** How high the phone's sheet stands: low shows the map, half is the rule, full shows the list. */

export type Height = "low" | "half" | "full";

const TOPS: Record<Height, number> = { full: 0.06, half: 0.44, low: 0.84 };

class Sheet {
  height = $state<Height>("half");
  /** Where its upper edge is while it is dragged, as a part of the window; null when it rests. */
  private dragged = $state<number | null>(null);

  get top(): number {
    return this.dragged ?? TOPS[this.height];
  }

  drag(part: number): void {
    this.dragged = Math.min(TOPS.low, Math.max(TOPS.full, part));
  }

  settle(): void {
    const at = this.top;
    const nearest = (Object.keys(TOPS) as Height[]).sort((a, b) => Math.abs(TOPS[a] - at) - Math.abs(TOPS[b] - at));
    this.height = nearest[0]!;
    this.dragged = null;
  }

  next(): void {
    this.height = this.height === "half" ? "full" : this.height === "full" ? "low" : "half";
  }
}

export const sheet = new Sheet();
