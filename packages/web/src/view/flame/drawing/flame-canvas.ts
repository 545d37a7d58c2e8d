import { TextFitter } from "./fit-text.ts";
import { type Direction, neighbourOf } from "./flame-neighbour.ts";
import { FONT, type Look, paint } from "./flame-paint.ts";
import { Boxes, type BoxId, nodeOf, ROW, rowOf, type Scene } from "./flame-scene.ts";
import { NarrowBoxes } from "./narrow-boxes.ts";

/** What a person did on the picture. */
export interface FlameEvents {
  readonly hover: (box: BoxId | undefined) => void;
  readonly click: (box: BoxId) => void;
  readonly menu: (box: BoxId, x: number, y: number) => void;
  /** A part of the width has come to rest in view. */
  readonly view: (left: number, right: number) => void;
}

/** How long a zoom takes, in milliseconds. */
const ZOOM_TIME = 140;
/** A view is at rest after so many milliseconds. */
const REST = 120;
/** A drag begins after so many pixels; less is a click. */
const DRAG_FROM = 4;

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
  #scene: Scene | undefined;
  #look: Look | undefined;
  #left = 0;
  #right = 1;
  #hovered: BoxId | undefined;
  #selected: BoxId | undefined;
  #frame = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #zoom:
    | { readonly from: readonly [number, number]; readonly to: readonly [number, number]; begin: number }
    | undefined;
  #drag:
    | { readonly x: number; readonly y: number; readonly left: number; readonly top: number; moved: boolean }
    | undefined;

  /** `scroller` holds `tall`, which holds both canvases in an element that sticks to the top. */
  constructor(scroller: HTMLElement, events: FlameEvents) {
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
    scroller.addEventListener("wheel", (event) => this.#wheel(event), { signal, passive: false });
    scroller.addEventListener("pointerdown", (event) => this.#pointerDown(event), { signal });
    scroller.addEventListener("pointermove", (event) => this.#pointerMove(event), { signal });
    scroller.addEventListener("pointerup", (event) => this.#pointerUp(event), { signal });
    scroller.addEventListener("pointerleave", () => this.#hover(undefined), { signal });
    scroller.addEventListener("contextmenu", (event) => this.#menu(event), { signal });
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
    this.#right = scene.tree.width[0]! || 1;
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
      top: this.#scroller.scrollTop,
      width: this.#scroller.clientWidth,
      height: this.#scroller.clientHeight,
    };
  }

  /** Makes a box as wide as the view, or shows everything. */
  zoomTo(box: BoxId | undefined, animated: boolean = true): void {
    const scene = this.#scene;
    if (scene === undefined) return;
    let to: readonly [number, number] = [0, scene.tree.width[0]! || 1];
    if (box !== undefined) {
      const { tree, node: wanted } = nodeOf(scene, box);
      let node = wanted;
      // Where this side of a difference has nothing of it, what has.
      while (tree.width[node] === 0 && node > 0) node = tree.parent[node]!;
      to = [tree.start[node]!, tree.start[node]! + tree.width[node]!];
      this.#reveal(rowOf(scene, box));
    }
    if (!animated || matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.#zoom = undefined;
      [this.#left, this.#right] = to;
    } else this.#zoom = { from: [this.#left, this.#right], to, begin: 0 };
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
        const whole = tree.width[0]!;
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
      this.#zoom.begin ||= now;
      const time = Math.min(1, (now - this.#zoom.begin) / ZOOM_TIME);
      const eased = 1 - (1 - time) ** 3;
      const { from, to } = this.#zoom;
      this.#left = from[0] + (to[0] - from[0]) * eased;
      this.#right = from[1] + (to[1] - from[1]) * eased;
      if (time === 1) this.#zoom = undefined;
      else this.draw();
    }
    const scene = this.#scene;
    const look = this.#look;
    const { width, height, top } = this.viewport;
    if (scene === undefined || look === undefined || width === 0) return;
    const ratio = devicePixelRatio;
    for (const [canvas, context] of [
      [this.#canvas, this.#context],
      [this.#overlay, this.#over],
    ] as const) {
      if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
        canvas.width = Math.round(width * ratio);
        canvas.height = Math.round(height * ratio);
        canvas.style.width = `${width}px`;
        canvas.style.height = `${height}px`;
      }
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
    }
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

  #point(event: MouseEvent): { x: number; y: number } {
    const box = this.#scroller.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #boxAt(event: MouseEvent): BoxId | undefined {
    const { x, y } = this.#point(event);
    return this.#boxes.at(x, y);
  }

  #hover(box: BoxId | undefined): void {
    if (box === this.#hovered) return;
    this.#hovered = box;
    this.#scroller.classList.toggle("pointing", box !== undefined);
    this.#drawOverlay();
    this.#events.hover(box);
  }

  #wheel(event: WheelEvent): void {
    const scene = this.#scene;
    if (scene === undefined) return;
    const { width } = this.viewport;
    const sideways = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
    if (event.ctrlKey || event.metaKey || event.altKey) {
      event.preventDefault();
      const at = this.#left + (this.#point(event).x / width) * (this.#right - this.#left);
      const by = Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.006);
      this.#setRange(at - (at - this.#left) * by, at + (this.#right - at) * by);
    } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
      event.preventDefault();
      this.pan((sideways / width) * (this.#right - this.#left));
    }
  }

  /** Moves sideways, in the unit of the tree. */
  pan(by: number): void {
    const whole = this.#scene?.tree.width[0] ?? 1;
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
    const whole = this.#scene?.tree.width[0] ?? 1;
    this.#zoom = undefined;
    // No nearer than what doubles tell apart.
    if (right - left < whole * 1e-12) return;
    this.#left = Math.max(0, left);
    this.#right = Math.min(whole, right);
    this.draw();
  }

  #pointerDown(event: PointerEvent): void {
    if (event.button !== 0 || this.#point(event).x > this.#scroller.clientWidth) return;
    this.#drag = { x: event.clientX, y: event.clientY, left: this.#left, top: this.#scroller.scrollTop, moved: false };
  }

  #pointerMove(event: PointerEvent): void {
    const drag = this.#drag;
    if (drag === undefined || event.buttons === 0) {
      this.#hover(this.#boxAt(event));
      return;
    }
    const dx = event.clientX - drag.x;
    const dy = event.clientY - drag.y;
    if (!drag.moved && Math.hypot(dx, dy) < DRAG_FROM) return;
    if (!drag.moved) this.#scroller.setPointerCapture(event.pointerId);
    drag.moved = true;
    this.#scroller.scrollTop = drag.top - dy;
    this.pan(drag.left - (dx / this.viewport.width) * (this.#right - this.#left) - this.#left);
  }

  #pointerUp(event: PointerEvent): void {
    const drag = this.#drag;
    this.#drag = undefined;
    if (drag === undefined || drag.moved) return;
    const box = this.#boxAt(event);
    if (box !== undefined) this.#events.click(box);
  }

  #menu(event: MouseEvent): void {
    const box = this.#boxAt(event);
    if (box === undefined) return;
    event.preventDefault();
    this.#events.menu(box, event.clientX, event.clientY);
  }
}
