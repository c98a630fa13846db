/** The images of the marks, drawn once a theme: bodies, beaks, small forms, clusters, figures, age labels.
 *
 * Sizes are CSS px with 0 in the middle of a cell, as look.md gives them; the canvas is `ratio` times as fine. */

import { rgba, type Tokens } from "../tokens";

export const CELL = 72;
export const COLUMNS = 8;
/** Bodies come first, because texts and rings have a colour for each of them; then the groups, which have a text. */
export const SPRITE = {
  moving: 0,
  standing: 1,
  silent: 2,
  chosenMoving: 3,
  chosenStanding: 4,
  chosenSilent: 5,
  warnMoving: 6,
  warnStanding: 7,
  critMoving: 8,
  critStanding: 9,
  cluster: 10,
  wideCluster: 11,
  beak: 12,
  chosenBeak: 13,
  warnBeak: 14,
  critBeak: 15,
  arrow: 16,
  chosenArrow: 17,
  warnArrow: 18,
  critArrow: 19,
  dot: 20,
  silentDot: 21,
  chosenDot: 22,
  warnDot: 23,
  critDot: 24,
  badgeCrit: 25,
  badgeWarn: 26,
  badgeSilent: 27,
  badgeInfo: 28,
} as const;
export const BODIES = 10;
export const TEXTS = 12;

export const GLYPH = { width: 10, height: 16, top: 4 * CELL, perRow: 57, rows: 4 };
export const TAG = { width: 72, height: 26, top: GLYPH.top + GLYPH.rows * GLYPH.height, rows: 20 };
const WIDTH = CELL * COLUMNS;
const HEIGHT = TAG.top + TAG.rows * TAG.height;
const OCTAGON = "M5.3 1h5.4L15 5.3v5.4L10.7 15H5.3L1 10.7V5.3z";
const TRIANGLE = "M6.9 1.7 1.1 12.3c-.5.9.1 1.9 1.1 1.9h11.6c1 0 1.6-1 1.1-1.9L9.1 1.7c-.5-.9-1.7-.9-2.2 0z";
const BEAK = "M0 -29.5 L7.4 -19 A20.4 20.4 0 0 0 -7.4 -19 Z";

export class Atlas {
  readonly canvas: OffscreenCanvas;
  readonly size: [number, number] = [WIDTH, HEIGHT];
  /** Advance of one figure in CSS px. */
  readonly advance: number;
  /** Colours of text and ring for each body sprite, in SPRITE's order. */
  readonly text: number[];
  readonly ring: number[];
  /** Something was added since the texture was sent. */
  stale = true;

  private readonly context: OffscreenCanvasRenderingContext2D;
  private readonly glyphs = new Map<string, number>();
  private readonly tags = new Map<string, number>();
  private readonly font: string;

  constructor(
    private readonly token: Tokens,
    private readonly ratio: number,
  ) {
    this.canvas = new OffscreenCanvas(WIDTH * ratio, HEIGHT * ratio);
    this.context = this.canvas.getContext("2d")!;
    this.font = token("font");
    this.context.textAlign = "center";
    this.context.font = `600 11.5px ${this.font}`;
    this.advance = this.context.measureText("0").width;
    this.bodies();
    this.smallForms();
    this.clusters();
    this.badges();
    const plain = ["on-ink", "ink", "silent-text", "on-accent", "accent", "silent-text"];
    const texts = [...plain, "on-warn", "ink", "on-crit", "ink", "on-ink", "on-ink"];
    const edges = ["warn-edge", "warn-edge", "crit-fill", "crit-fill"];
    const rings = ["ink", "ink", "silent-fill", "accent", "accent", "accent", ...edges];
    this.text = texts.flatMap((name) => rgba(token(name)));
    this.ring = rings.flatMap((name) => rgba(token(name)));
  }

  /** The cell of a letter or figure; drawn when it is first asked for. */
  glyph(letter: string): number {
    let cell = this.glyphs.get(letter);
    if (cell === undefined) {
      cell = this.glyphs.size % (GLYPH.perRow * GLYPH.rows);
      this.glyphs.set(letter, cell);
      const x = ((cell % GLYPH.perRow) + 0.5) * GLYPH.width;
      const y = GLYPH.top + Math.floor(cell / GLYPH.perRow) * GLYPH.height;
      this.at(x, y, (c) => {
        c.font = `600 11.5px ${this.font}`;
        c.fillStyle = "#fff";
        c.fillText(letter, 0, 12.1, GLYPH.width - 0.5);
      });
    }
    return cell;
  }

  /** The cell of an age label; when all cells are taken they start anew. */
  tag(text: string): number {
    let cell = this.tags.get(text);
    if (cell === undefined) {
      if (this.tags.size >= TAG.rows * COLUMNS) this.tags.clear();
      cell = this.tags.size;
      this.tags.set(text, cell);
      this.drawTag(cell, text);
    }
    return cell;
  }

  private drawTag(cell: number, text: string): void {
    const x = ((cell % COLUMNS) + 0.5) * TAG.width;
    const y = TAG.top + (Math.floor(cell / COLUMNS) + 0.5) * TAG.height;
    this.context.clearRect(
      (x - TAG.width / 2) * this.ratio,
      (y - TAG.height / 2) * this.ratio,
      TAG.width * this.ratio,
      TAG.height * this.ratio,
    );
    this.at(x, y, (c) => {
      c.font = `600 11px ${this.font}`;
      const width = Math.min(TAG.width - 8, c.measureText(text).width + 14);
      this.shadow(c, 1, 2);
      c.fillStyle = this.token("raised");
      c.beginPath();
      c.roundRect(-TAG.width / 2 + 3, -9.5, width, 19, 6);
      c.fill();
      this.noShadow(c);
      c.fillStyle = this.token("silent-text");
      c.fillText(text, -TAG.width / 2 + 3 + width / 2, 4);
    });
  }

  private bodies(): void {
    const { token } = this;
    const bodies: [number, string, string, boolean][] = [
      [SPRITE.moving, "ink", "ink", false],
      [SPRITE.standing, "ink", "raised", false],
      [SPRITE.silent, "silent-fill", "silent-soft", true],
      [SPRITE.chosenMoving, "accent", "accent", false],
      [SPRITE.chosenStanding, "accent", "raised", false],
      [SPRITE.chosenSilent, "accent", "silent-soft", true],
      [SPRITE.warnMoving, "warn-edge", "warn-fill", false],
      [SPRITE.warnStanding, "warn-edge", "raised", false],
      [SPRITE.critMoving, "crit-fill", "crit-fill", false],
      [SPRITE.critStanding, "crit-fill", "raised", false],
    ];
    for (const [sprite, ring, disc, dashed] of bodies) {
      this.sprite(sprite, (c) => {
        this.shadow(c, 2.5, 5);
        disk(c, 17.4, token("raised"));
        this.noShadow(c);
        if (dashed) circle(c, 15.2, token(ring), 2, [3.2, 3.4]);
        disk(c, 12.2, token(disc));
      });
    }
    for (const [sprite, colour] of [
      [SPRITE.beak, "ink"],
      [SPRITE.chosenBeak, "accent"],
      [SPRITE.warnBeak, "warn-fill"],
      [SPRITE.critBeak, "crit-fill"],
    ] as const) {
      this.sprite(sprite, (c) => this.edged(c, new Path2D(BEAK), token(colour)));
    }
  }

  private smallForms(): void {
    const { token } = this;
    const arrow = new Path2D("M0 -6 L4.6 5 L0 2.6 L-4.6 5 Z");
    const arrows: [number, string][] = [
      [SPRITE.arrow, "ink"],
      [SPRITE.chosenArrow, "accent"],
      [SPRITE.warnArrow, "warn-edge"],
      [SPRITE.critArrow, "crit-fill"],
    ];
    for (const [sprite, colour] of arrows) this.sprite(sprite, (c) => this.edged(c, arrow, token(colour)));
    const dots: [number, string, number[]][] = [
      [SPRITE.dot, "ink", []],
      [SPRITE.silentDot, "silent-fill", [2, 1.6]],
      [SPRITE.chosenDot, "accent", []],
      [SPRITE.warnDot, "warn-edge", []],
      [SPRITE.critDot, "crit-fill", []],
    ];
    for (const [sprite, colour, dash] of dots) {
      this.sprite(sprite, (c) => {
        disk(c, 5.4, token("raised"));
        circle(c, 3.6, token(colour), 1.8, dash);
      });
    }
  }

  private clusters(): void {
    const forms: [number, number][] = [
      [SPRITE.cluster, 32],
      [SPRITE.wideCluster, 44],
    ];
    for (const [sprite, width] of forms) {
      this.sprite(sprite, (c) => {
        this.shadow(c, 2.5, 5);
        box(c, width + 4, 28, 10, this.token("raised"));
        this.noShadow(c);
        box(c, width, 24, 8, this.token("ink"));
      });
    }
  }

  /** The status shapes of the look, 13 px, on a ground of their own: an open alert, or the worst of a group. */
  private badges(): void {
    const { token } = this;
    const badge = (sprite: number, draw: (c: OffscreenCanvasRenderingContext2D) => void) =>
      this.sprite(sprite, (c) => {
        disk(c, 9, token("raised"));
        c.scale(13 / 16, 13 / 16);
        c.translate(-8, -8);
        draw(c);
      });
    const filled = (c: OffscreenCanvasRenderingContext2D, shape: string, sign: string, name: string, edge?: string) => {
      c.fillStyle = token(`${name}-fill`);
      c.fill(new Path2D(shape));
      if (edge) stroke(c, new Path2D(shape), token(edge), 1.2);
      stroke(c, new Path2D(sign), token(`on-${name}`), 1.8);
    };
    badge(SPRITE.badgeCrit, (c) => filled(c, OCTAGON, "M8 4.3v4.2M8 11.4v.01", "crit"));
    badge(SPRITE.badgeWarn, (c) => filled(c, TRIANGLE, "M8 5.6v3.7M8 11.6v.01", "warn", "warn-edge"));
    badge(SPRITE.badgeSilent, (c) => {
      c.setLineDash([2.6, 2.35]);
      stroke(c, new Path2D("M8 1.7a6.3 6.3 0 1 1 -.01 0"), token("silent-fill"), 1.7);
      c.setLineDash([]);
      stroke(c, new Path2D("M5 11 11 5"), token("silent-fill"), 1.7);
    });
    badge(SPRITE.badgeInfo, (c) => {
      c.beginPath();
      c.roundRect(1.2, 1.2, 13.6, 13.6, 3.6);
      c.fillStyle = token("accent");
      c.fill();
      stroke(c, new Path2D("M8 7.3v4M8 4.7v.01"), token("on-accent"), 1.8);
    });
  }

  private edged(c: OffscreenCanvasRenderingContext2D, path: Path2D, colour: string): void {
    c.lineJoin = "round";
    c.lineWidth = 2.4;
    c.strokeStyle = this.token("raised");
    c.stroke(path);
    c.fillStyle = colour;
    c.fill(path);
  }

  private shadow(c: OffscreenCanvasRenderingContext2D, offsetY: number, blur: number): void {
    c.shadowColor = this.token("marker-shadow");
    c.shadowOffsetY = offsetY * this.ratio; // shadows ignore the transform
    c.shadowBlur = blur * this.ratio;
  }

  private noShadow(c: OffscreenCanvasRenderingContext2D): void {
    c.shadowColor = "transparent";
  }

  private sprite(cell: number, draw: (c: OffscreenCanvasRenderingContext2D) => void): void {
    this.at(((cell % COLUMNS) + 0.5) * CELL, (Math.floor(cell / COLUMNS) + 0.5) * CELL, draw);
  }

  private at(x: number, y: number, draw: (c: OffscreenCanvasRenderingContext2D) => void): void {
    this.context.save();
    this.context.setTransform(this.ratio, 0, 0, this.ratio, x * this.ratio, y * this.ratio);
    draw(this.context);
    this.context.restore();
    this.stale = true;
  }
}

function disk(c: OffscreenCanvasRenderingContext2D, radius: number, colour: string): void {
  c.beginPath();
  c.arc(0, 0, radius, 0, 2 * Math.PI);
  c.fillStyle = colour;
  c.fill();
}

function circle(
  c: OffscreenCanvasRenderingContext2D,
  radius: number,
  colour: string,
  width: number,
  dash: number[],
): void {
  c.beginPath();
  c.arc(0, 0, radius, 0, 2 * Math.PI);
  c.setLineDash(dash);
  c.lineWidth = width;
  c.strokeStyle = colour;
  c.stroke();
  c.setLineDash([]);
}

function box(
  c: OffscreenCanvasRenderingContext2D,
  width: number,
  height: number,
  radius: number,
  colour: string,
): void {
  c.beginPath();
  c.roundRect(-width / 2, -height / 2, width, height, radius);
  c.fillStyle = colour;
  c.fill();
}

function stroke(c: OffscreenCanvasRenderingContext2D, path: Path2D, colour: string, width: number): void {
  c.lineCap = c.lineJoin = "round";
  c.lineWidth = width;
  c.strokeStyle = colour;
  c.stroke(path);
}
