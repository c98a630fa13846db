/** One fence while it is changed: what was drawn and typed, step by step, until it is saved or given up. */

import type { MapTaker } from "../map/live_map";
import { FIELDS, problemsOf, type Draft, type Field, type Problems } from "./draft";
import type { EastNorth, LonLat } from "./ground";
import { placeFrom } from "./ground";
import { changed, goesOn, historyOf, redone, undone } from "./history";
import {
  cornersOf,
  emptyShape,
  FIRST,
  inserted,
  isWhole,
  moved,
  nudged,
  radiusTo,
  removed,
  samePath,
  withNext,
  type CornerPath,
  type Kind,
  type Shape,
} from "./shape";

export class Drawing implements MapTaker {
  private history = $state.raw(historyOf<Draft>(null!));
  private step: string | null = null;
  /** The next click on the map is one more corner. */
  drawing = $state(false);
  chosen = $state.raw<CornerPath | null>(null);
  pointer = $state.raw<LonLat | null>(null);
  /** Where problems are shown: in fields that were left, or everywhere once somebody wanted to save. */
  left = $state.raw<ReadonlySet<string>>(new Set());
  /** What the server had to say, by property; until the next change. */
  said = $state.raw<Record<string, string>>({});

  /** `id` is null for a new fence; `version` is the one that is changed. */
  constructor(
    draft: Draft,
    readonly id: string | null,
    readonly version: number,
  ) {
    this.history = historyOf(draft);
    this.drawing = !isWhole(draft.shape);
  }

  get draft(): Draft {
    return this.history.now;
  }

  /** What is drawn now: a circle's edge follows the pointer while it is being opened. */
  get shape(): Shape {
    const { shape } = this.draft;
    if (shape.kind !== "circle" || !this.drawing || !shape.centre || !this.pointer) return shape;
    return { ...shape, radiusM: radiusTo(shape.centre, this.pointer) };
  }

  readonly problems: Problems = $derived(problemsOf(this.history.now));
  readonly touched: boolean = $derived(this.history.past.length > 0);
  readonly canRedo: boolean = $derived(this.history.future.length > 0);

  /** Changes with one step's name that follow each other are undone as one: a drag, a word that is typed. */
  change(part: Partial<Draft>, step: string | null = null): void {
    const now = { ...this.draft, ...part };
    this.history = step !== null && step === this.step ? goesOn(this.history, now) : changed(this.history, now);
    this.step = step;
    this.said = {};
  }

  leave(field: Field): void {
    if (!this.left.has(field)) this.left = new Set([...this.left, field]);
  }

  leaveAll(): void {
    this.left = new Set<Field>(FIELDS);
  }

  /** `properties.margin_m` and what to write. */
  tell(errors: { parameter: string; says: string }[]): void {
    const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
    this.said = Object.fromEntries(
      errors.map(({ parameter, says }) => [parameter.replace("properties.", ""), sentence(says)]),
    );
  }

  reshape(shape: Shape, step: string | null = null): void {
    if (shape !== this.draft.shape) this.change({ shape }, step);
  }

  undo(): void {
    this.turn(undone(this.history));
  }

  redo(): void {
    this.turn(redone(this.history));
  }

  setKind(kind: Kind): void {
    if (kind === this.draft.shape.kind) return;
    this.reshape(emptyShape(kind));
    this.chosen = null;
    this.drawing = true;
  }

  click(at: LonLat, _fence: string | null, times: number): void {
    if (!this.drawing) {
      this.chosen = null;
      return;
    }
    if (times > 1) return; // the second half of a double click
    const { shape } = this.draft;
    if (shape.kind === "circle" && shape.centre) {
      this.reshape({ ...shape, radiusM: radiusTo(shape.centre, at) });
      this.drawing = false;
    } else this.reshape(withNext(shape, at));
  }

  point(at: LonLat | null): void {
    this.pointer = at;
  }

  twice(): void {
    this.finish();
  }

  /** The shape is drawn, if it is one. */
  finish(): void {
    if (isWhole(this.draft.shape)) this.drawing = false;
  }

  /** A whole shape in the middle of the map, to be pulled into place: drawing without a pointer. */
  begin(middle: { at: LonLat; metresPerPx: number }): void {
    const far = Math.max(5, Math.round(middle.metresPerPx * 80));
    const at = (east: number, north: number) => placeFrom(middle.at, [east * far, north * far]);
    const { shape } = this.draft;
    if (shape.kind === "circle") this.reshape({ ...withNext(shape, middle.at), radiusM: far } as Shape);
    else {
      const places = shape.kind === "area" ? [at(-1, -1), at(1, -1), at(1, 1), at(-1, 1)] : [at(-1, 0), at(1, 0)];
      this.reshape(places.reduce<Shape>((drawn, place) => withNext(drawn, place), emptyShape(shape.kind)));
    }
    this.drawing = false;
    this.chosen = FIRST;
  }

  move(path: CornerPath, to: LonLat, step: string | null): void {
    this.reshape(moved(this.draft.shape, path, to), step);
  }

  nudge(path: CornerPath, metres: EastNorth): void {
    this.reshape(nudged(this.draft.shape, path, metres), `nudge ${path.polygon} ${path.ring} ${path.corner}`);
  }

  /** With the step of the drag that it begins, which is undone with it. */
  insert(path: CornerPath, at: LonLat, step: string | null = null): void {
    this.reshape(inserted(this.draft.shape, path, at), step);
    this.chosen = path;
  }

  remove(path: CornerPath): void {
    this.reshape(removed(this.draft.shape, path));
    const { corner } = path;
    this.chosen = corner > 0 ? { ...path, corner: corner - 1 } : null;
    if (!isWhole(this.draft.shape)) this.drawing = true;
  }

  private turn(history: typeof this.history): void {
    this.history = history;
    this.step = null;
    if (!isWhole(this.draft.shape)) this.drawing = true;
    if (!cornersOf(this.draft.shape).some((corner) => samePath(corner, this.chosen))) this.chosen = null;
  }
}
