import { sizeCanvas } from "../../../widget/canvas/canvas-size.ts";
import { FONT, TextFitter } from "../../../widget/canvas/fit-text.ts";
import { isStill, Movement } from "../../../widget/canvas/pan-zoom.ts";
import { FlameMap } from "./flame-map.ts";
import { type Direction, neighbourOf } from "./flame-neighbour.ts";
import { type Look, paint } from "./flame-paint.ts";
import { followFlamePointer } from "./flame-pointer.ts";
import { Boxes, type BoxId, nodeOf, ROW, rowOf, type Scene } from "./flame-scene.ts";
import { NarrowBoxes } from "./narrow-boxes.ts";

/** What a person did on the picture. */
export interface FlameEvents {
  readonly hover: (box: BoxId | undefined) => void;
  /** Where the mouse is on the page; undefined where it is elsewhere. */
  readonly point: (at: { readonly x: number; readonly y: number } | undefined) => void;
  readonly click: (box: BoxId) => void;
  readonly menu: (box: BoxId, x: number, y: number) => void;
  /** A part of the width has come to rest in view. */
  readonly view: (left: number, right: number) => void;
}

/** A view is at rest after so many milliseconds. */
const REST = 120;
/** No canvas may be higher, in device pixels: what is printed is as high as all rows. */
const HIGHEST = 16_000;

/** The picture of a flame graph on a canvas as large as what is seen of it; lives as long as its elements. */
export class FlameCanvas {
  readonly #scroller: HTMLElement;
  readonly #tall: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #overlay: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #over: CanvasRenderingContext2D;
  readonly #fitter: TextFitter;
  readonly #boxes = new Boxes();
  readonly #narrow = new NarrowBoxes();
  readonly #events: FlameEvents;
  readonly #ends = new AbortController();
  readonly #sizes: ResizeObserver;
  readonly #map: FlameMap | undefined;
  #scene: Scene | undefined;
  #look: Look | undefined;
  #left = 0;
  #right = 1;
  #hovered: BoxId | undefined;
  #selected: BoxId | undefined;
  #prints = false;
  #frame = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #zoom: Movement | undefined;

  /** `scroller` holds `tall`, which holds both canvases in an element that sticks to the top; `map` is for the small picture. */
  constructor(scroller: HTMLElement, events: FlameEvents, map?: HTMLElement) {
    this.#scroller = scroller;
    this.#events = events;
    this.#tall = scroller.firstElementChild as HTMLElement;
    const [canvas, overlay] = scroller.querySelectorAll("canvas");
    this.#canvas = canvas!;
    // Without alpha it is black until something is drawn.
    this.#canvas.width = 0;
    this.#overlay = overlay!;
    this.#context = this.#canvas.getContext("2d", { alpha: false })!;
    this.#over = this.#overlay.getContext("2d")!;
    this.#context.font = FONT;
    this.#fitter = new TextFitter(this.#context);
    const { signal } = this.#ends;
    scroller.addEventListener("scroll", () => this.draw(), { signal, passive: true });
    const pointed = {
      boxAt: (x: number, y: number) => this.#boxes.at(x, y),
      range: () => this.viewport,
      setRange: (left: number, right: number) => this.#setRange(left, right),
      pan: (by: number) => this.pan(by),
      hover: (box: BoxId | undefined, at: MouseEvent | undefined) => this.#hover(box, at),
      click: events.click,
      menu: events.menu,
    };
    followFlamePointer(scroller, pointed, signal);
    this.#map =
      map &&
      new FlameMap(
        map,
        {
          view: () => this.viewport,
          setRange: pointed.setRange,
          setTop: (top) => {
            scroller.scrollTop = top;
          },
        },
        signal,
      );
    for (const event of ["beforeprint", "afterprint"] as const)
      addEventListener(event, () => this.#printing(event === "beforeprint"), { signal });
    this.#sizes = new ResizeObserver(() => this.draw());
    this.#sizes.observe(scroller);
  }

  end(): void {
    this.#ends.abort();
    this.#sizes.disconnect();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#rest);
  }

  /** Shows more of the scene that is shown, as it is in view. */
  deepen(scene: Scene, selected: BoxId | undefined): void {
    this.#scene = scene;
    this.#hovered = undefined;
    this.#selected = selected;
    this.#tall.style.height = `${scene.rows * ROW}px`;
    this.draw();
  }

  /** Shows another scene, whole. */
  show(scene: Scene, look: Look): void {
    this.#scene = scene;
    this.#look = look;
    this.#left = 0;
    this.#right = scene.room(0) || 1;
    this.#zoom = undefined;
    this.#hovered = undefined;
    this.#selected = undefined;
    this.#tall.style.height = `${scene.rows * ROW}px`;
    this.draw();
  }

  /** Draws at once: before it prints, a browser draws no frame. */
  set look(look: Look) {
    if (look === this.#look) return;
    this.#look = look;
    this.#drawNow(performance.now());
  }

  get look(): Look | undefined {
    return this.#look;
  }

  get scene(): Scene | undefined {
    return this.#scene;
  }

  /** What was drawn last, in device pixels. */
  get image(): HTMLCanvasElement {
    return this.#canvas;
  }

  get selected(): BoxId | undefined {
    return this.#selected;
  }

  /** Marks a box as pointed at, as another picture's pointer may do. */
  point(box: BoxId | undefined): void {
    this.#hovered = box;
    this.#drawOverlay();
  }

  get viewport(): { left: number; right: number; top: number; width: number; height: number } {
    return {
      left: this.#left,
      right: this.#right,
      width: this.#scroller.clientWidth,
      ...(this.#prints
        ? { top: 0, height: Math.min((this.#scene?.rows ?? 0) * ROW, HIGHEST / devicePixelRatio) }
        : { top: this.#scroller.scrollTop, height: this.#scroller.clientHeight }),
    };
  }

  /** On paper nothing scrolls: all rows are drawn, at once, as a browser draws no frame before it prints. */
  #printing(begins: boolean): void {
    this.#prints = begins;
    this.#drawNow(performance.now());
  }

  /** Shows a part of the width. */
  showRange(left: number, right: number): void {
    this.#zoomOver([left, right], true);
  }

  /** Makes a box as wide as the view, or shows everything. */
  zoomTo(box: BoxId | undefined, animated: boolean = true): void {
    const scene = this.#scene;
    if (scene === undefined) return;
    let to: readonly [number, number] = [0, scene.room(0) || 1];
    if (box !== undefined) {
      const { tree, node } = nodeOf(scene, box);
      to = [tree.start[node]!, tree.start[node]! + scene.room(box)];
      this.#reveal(rowOf(scene, box));
    }
    this.#zoomOver(to, animated);
  }

  #zoomOver(to: readonly [number, number], animated: boolean): void {
    if (!animated || isStill()) {
      this.#zoom = undefined;
      [this.#left, this.#right] = to;
    } else this.#zoom = new Movement({ left: this.#left, right: this.#right }, { left: to[0], right: to[1] });
    this.draw();
  }

  /** Brings a row to the top, as far as there are enough rows below it. */
  scrollTo(row: number): void {
    this.#scroller.scrollTop = Math.max(0, row) * ROW;
  }

  /** Selects a box and brings it into view. */
  select(box: BoxId | undefined): void {
    const scene = this.#scene;
    this.#selected = box;
    if (scene !== undefined && box !== undefined) {
      const { tree, node } = nodeOf(scene, box);
      const from = tree.start[node]!;
      const width = tree.width[node]!;
      const seen = this.#right - this.#left;
      // Out of sight, or too narrow to be seen.
      const isHidden = from + width <= this.#left || from >= this.#right || width < seen / 400;
      if (isHidden && width > 0) {
        const room = Math.max(width * 6, Math.min(seen, width * 60));
        const whole = scene.room(0);
        const left = Math.max(0, Math.min(whole - room, from + width / 2 - room / 2));
        this.#left = left;
        this.#right = Math.min(whole, left + room);
      }
      this.#reveal(rowOf(scene, box));
    }
    this.draw();
  }

  /** Goes to a neighbour of the selected box; up and down as rows are on screen. */
  move(direction: Direction): void {
    const scene = this.#scene;
    if (scene === undefined) return;
    const box = this.#selected;
    const next = box === undefined ? scene.firstRow : neighbourOf(scene, box, direction);
    if (next !== undefined) this.select(next);
  }

  /** Where a box stands on the page; undefined where it is not in view. */
  placeOf(box: BoxId): { readonly x: number; readonly y: number } | undefined {
    const at = this.#boxes.id.subarray(0, this.#boxes.length).indexOf(box);
    if (at < 0) return undefined;
    const { left, top } = this.#scroller.getBoundingClientRect();
    return { x: left + this.#boxes.x[at]!, y: top + this.#boxes.y[at]! + ROW };
  }

  /** Draws at the next moment at which the screen is drawn. */
  draw(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame((now) => this.#drawNow(now));
  }

  /** What is on screen, for whoever draws it elsewhere. */
  get boxes(): Boxes {
    return this.#boxes;
  }

  #drawNow(now: number): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    if (this.#zoom !== undefined) {
      const { left, right, isOver } = this.#zoom.at(now);
      this.#left = left;
      this.#right = right;
      if (isOver) this.#zoom = undefined;
      else this.draw();
    }
    const scene = this.#scene;
    const look = this.#look;
    const { width, height, top } = this.viewport;
    if (scene === undefined || look === undefined || width === 0) return;
    const ratio = devicePixelRatio;
    for (const context of [this.#context, this.#over]) sizeCanvas(context, width, height, ratio);
    clearTimeout(this.#rest);
    if (this.#zoom === undefined) this.#rest = setTimeout(() => this.#events.view(this.#left, this.#right), REST);
    this.#boxes.fill(scene, this.viewport);
    paint(this.#context, scene, this.#boxes, look, this.#fitter, this.#narrow, {
      width,
      height,
      top,
      ratio,
    });
    this.#drawOverlay();
    if (!this.#prints) this.#map?.show(scene, look);
    if (this.#prints && height < scene.rows * ROW) this.#sayRest(scene.rows - Math.floor(height / ROW), width, height);
  }

  /** In place of the last row that there is room for. */
  #sayRest(rows: number, width: number, height: number): void {
    const context = this.#context;
    context.fillStyle = this.#look!.palette.page;
    context.fillRect(0, height - ROW, width, ROW);
    context.fillStyle = this.#look!.palette.text;
    context.fillText(`${rows + 1} more rows are not on this paper`, 4, height - ROW / 2);
  }

  /** Outlines every box of the frame that is pointed at, and the selected box. */
  #drawOverlay(): void {
    const context = this.#over;
    const scene = this.#scene;
    context.clearRect(0, 0, this.#overlay.width, this.#overlay.height);
    if (scene === undefined || this.#look === undefined) return;
    const boxes = this.#boxes;
    const outline = (box: number, width: number): void => {
      context.lineWidth = width;
      const inset = width / 2;
      context.strokeRect(
        boxes.x[box]! + inset,
        boxes.y[box]! + inset,
        Math.max(boxes.width[box]! - 1 - width, 0.5),
        ROW - 1 - width,
      );
    };
    context.strokeStyle = this.#look.palette.outline;
    const hovered = this.#hovered;
    const frame = hovered === undefined ? -2 : this.#frameOf(hovered);
    for (let box = 0; box < boxes.length; box++) {
      if (boxes.id[box] === this.#selected || boxes.id[box] === hovered) outline(box, 2);
      else if (boxes.frame[box] === frame && frame >= 0) outline(box, 1);
    }
  }

  #frameOf(box: BoxId): number {
    const { tree, node } = nodeOf(this.#scene!, box);
    return tree.frame[node]!;
  }

  #reveal(row: number): void {
    const top = row * ROW;
    const { scrollTop, clientHeight } = this.#scroller;
    if (top < scrollTop) this.#scroller.scrollTop = Math.max(0, top - 2 * ROW);
    else if (top + ROW > scrollTop + clientHeight) this.#scroller.scrollTop = top + 4 * ROW - clientHeight;
  }

  #hover(box: BoxId | undefined, at: MouseEvent | undefined): void {
    this.#events.point(at && { x: at.clientX, y: at.clientY });
    if (box === this.#hovered) return;
    this.#hovered = box;
    this.#scroller.classList.toggle("pointing", box !== undefined);
    this.#drawOverlay();
    this.#events.hover(box);
  }

  /** Moves sideways, in the unit of the tree. */
  pan(by: number): void {
    const whole = this.#scene?.room(0) ?? 1;
    const room = this.#right - this.#left;
    const left = Math.max(0, Math.min(whole - room, this.#left + by));
    this.#zoom = undefined;
    this.#left = left;
    this.#right = left + room;
    this.draw();
  }

  /** Shows more (`by` above 1) or less around the middle. */
  scale(by: number): void {
    const middle = (this.#left + this.#right) / 2;
    this.#setRange(middle - (middle - this.#left) * by, middle + (this.#right - middle) * by);
  }

  #setRange(left: number, right: number): void {
    const whole = this.#scene?.room(0) ?? 1;
    this.#zoom = undefined;
    // No nearer than what doubles tell apart.
    if (right - left < whole * 1e-12) return;
    this.#left = Math.max(0, left);
    this.#right = Math.min(whole, right);
    this.draw();
  }
}
