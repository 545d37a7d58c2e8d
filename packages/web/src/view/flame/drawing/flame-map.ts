import { sizeCanvas } from "../../../widget/canvas/canvas-size.ts";
import { colourTable, type Look, stylesOf } from "./flame-paint.ts";
import { Boxes, ROW, type Scene, type Viewport } from "./flame-scene.ts";
import { NarrowBoxes } from "./narrow-boxes.ts";

/** The picture that a map is of. */
export interface Mapped {
  readonly view: () => Viewport;
  readonly setRange: (left: number, right: number) => void;
  /** Brings a part of the height to the top, in CSS pixels. */
  readonly setTop: (top: number) => void;
}

/** No row is drawn higher, in CSS pixels. */
const HIGHEST_ROW = 5;
/** So many rows are drawn: of a higher picture every second, third … */
const MOST_ROWS = 200;
/** The picture itself is drawn first; what is shown small may come after so many milliseconds. */
const LATER = 60;
/** A drag begins after so many pixels; less is a click. */
const DRAG_FROM = 3;

/** What is dragged: the frame, or a new one from where the mouse went down. */
interface Drag {
  readonly x: number;
  readonly y: number;
  readonly from: Viewport;
  readonly moves: boolean;
  isDragged: boolean;
}

/** A whole flame graph, small, with what is in view in a frame that can be dragged. */
export class FlameMap {
  readonly #element: HTMLElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #frame: HTMLElement;
  readonly #mapped: Mapped;
  readonly #boxes = new Boxes();
  readonly #pixels = new NarrowBoxes();
  #scene: Scene | undefined;
  #drawn: readonly unknown[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #drag: Drag | undefined;

  /** `element` holds a canvas and the frame. */
  constructor(element: HTMLElement, mapped: Mapped, signal: AbortSignal) {
    this.#element = element;
    this.#mapped = mapped;
    this.#context = element.querySelector("canvas")!.getContext("2d", { alpha: false })!;
    this.#frame = element.lastElementChild as HTMLElement;
    element.addEventListener("pointerdown", (event) => this.#down(event), { signal });
    element.addEventListener("pointermove", (event) => this.#move(event), { signal });
    element.addEventListener("pointerup", (event) => this.#up(event), { signal });
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** Follows the picture. */
  show(scene: Scene, look: Look): void {
    this.#scene = scene;
    const { clientWidth: width, clientHeight: height } = this.#element;
    if (width === 0 || height === 0) return;
    const { left, right, top, height: seen } = this.#mapped.view();
    const whole = scene.room(0) || 1;
    const row = this.#row(scene);
    const { style } = this.#frame;
    const isWhole = right - left >= 0.999 * whole && scene.rows * ROW <= seen + top;
    this.#frame.hidden = isWhole;
    // Of rows alone there is nothing beside the frame to be dimmed.
    this.#frame.classList.toggle("wide", right - left >= 0.999 * whole);
    style.left = `${(100 * left) / whole}%`;
    style.width = `max(3px, ${(100 * (right - left)) / whole}%)`;
    style.top = `${Math.min(height - 3, (top / ROW) * row)}px`;
    style.height = `${Math.max(3, Math.min(height - (top / ROW) * row, (seen / ROW) * row))}px`;
    const drawn = [scene, look, width, height, devicePixelRatio];
    if (drawn.every((part, i) => part === this.#drawn[i])) return;
    this.#drawn = drawn;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#draw(scene, look, width, height), LATER);
  }

  /** How high a row is, in CSS pixels. */
  #row(scene: Scene): number {
    return Math.min(HIGHEST_ROW, this.#element.clientHeight / scene.rows);
  }

  #draw(scene: Scene, look: Look, width: number, height: number): void {
    const ratio = devicePixelRatio;
    sizeCanvas(this.#context, width, height, ratio);
    this.#context.fillStyle = look.palette.page;
    this.#context.fillRect(0, 0, width, height);
    const step = Math.ceil(scene.rows / MOST_ROWS);
    const rows = Math.ceil(scene.rows / step);
    this.#pixels.clear(Math.ceil(width * ratio), rows);
    const colours = this.#pixels.pixels(colourTable(look.palette, look.colour === undefined));
    for (let row = 0; row < rows; row++) {
      const view = { left: 0, right: scene.room(0) || 1, top: row * step * ROW, width, height: 1 };
      this.#boxes.fill(scene, view);
      this.#drawRow(row, this.#boxes, stylesOf(scene, this.#boxes, look), colours, ratio);
    }
    this.#pixels.draw(this.#context, 0, Math.ceil(width * ratio) / ratio, this.#row(scene) * step);
  }

  #drawRow(row: number, boxes: Boxes, styles: Uint16Array, colours: readonly number[], ratio: number): void {
    for (let box = 0; box < boxes.length; box++) {
      const x = Math.round(boxes.x[box]! * ratio);
      const end = Math.round((boxes.x[box]! + boxes.width[box]!) * ratio);
      // A gap between boxes, where there is room for one.
      this.#pixels.add(row, x, Math.max(1, end - x - (end - x > 4 ? 1 : 0)), colours[styles[box]!]!);
    }
  }

  /** Where on the picture's width the pointer is. */
  #at(event: PointerEvent): number {
    const { left, width } = this.#element.getBoundingClientRect();
    return (Math.max(0, Math.min(width, event.clientX - left)) / width) * (this.#scene?.room(0) ?? 1);
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0 || this.#scene === undefined) return;
    event.preventDefault();
    const from = this.#mapped.view();
    const at = this.#at(event);
    const isWhole = from.right - from.left >= (this.#scene.room(0) || 1) * 0.999;
    const moves = !isWhole && at >= from.left && at <= from.right;
    this.#drag = { x: at, y: event.clientY, from, moves, isDragged: false };
    this.#element.setPointerCapture(event.pointerId);
  }

  #move(event: PointerEvent): void {
    const drag = this.#drag;
    if (drag === undefined || this.#scene === undefined) return;
    const whole = this.#scene.room(0) || 1;
    const by = this.#at(event) - drag.x;
    const pixels = (by / whole) * this.#element.clientWidth;
    if (!drag.isDragged && Math.hypot(pixels, event.clientY - drag.y) < DRAG_FROM) return;
    drag.isDragged = true;
    if (drag.moves) {
      const room = drag.from.right - drag.from.left;
      const left = Math.max(0, Math.min(whole - room, drag.from.left + by));
      this.#mapped.setRange(left, left + room);
      this.#mapped.setTop(drag.from.top + ((event.clientY - drag.y) / this.#row(this.#scene)) * ROW);
    } else if (by !== 0) this.#mapped.setRange(Math.min(drag.x, drag.x + by), Math.max(drag.x, drag.x + by));
  }

  /** A click brings what is there to the middle. */
  #up(event: PointerEvent): void {
    const drag = this.#drag;
    this.#drag = undefined;
    if (drag === undefined || drag.isDragged || this.#scene === undefined) return;
    const whole = this.#scene.room(0) || 1;
    const room = drag.from.right - drag.from.left;
    const left = Math.max(0, Math.min(whole - room, this.#at(event) - room / 2));
    this.#mapped.setRange(left, left + room);
    const { top } = this.#element.getBoundingClientRect();
    this.#mapped.setTop(((event.clientY - top) / this.#row(this.#scene)) * ROW - drag.from.height / 2);
  }
}
