import type { BoxId } from "./flame-scene.ts";

/** The picture below a pointer. */
export interface Pointed {
  readonly boxAt: (x: number, y: number) => BoxId | undefined;
  readonly range: () => { readonly left: number; readonly right: number; readonly width: number };
  readonly setRange: (left: number, right: number) => void;
  readonly pan: (by: number) => void;
  /** The mouse is there; undefined where it is elsewhere, or no mouse: a finger hides what is below it. */
  readonly hover: (box: BoxId | undefined, at: MouseEvent | undefined) => void;
  readonly click: (box: BoxId) => void;
  readonly menu: (box: BoxId, x: number, y: number) => void;
}

/** A drag begins after so many pixels; less is a click. */
const DRAG_FROM = 4;
/** Fingers that are closer count as so far apart, in pixels. */
const CLOSEST = 20;
/** A click so soon after another one, and so near, is the second of a double click. */
const DOUBLE = { millis: 500, pixels: 6 };

/** Does with a picture what a person does with mouse, pen and fingers. */
export class FlamePointer {
  readonly #scroller: HTMLElement;
  readonly #pointed: Pointed;
  #drag:
    | { readonly x: number; readonly y: number; readonly left: number; readonly top: number; moved: boolean }
    | undefined;
  /** Where the fingers are, by their pointers. */
  readonly #fingers = new Map<number, number>();
  #clicked: { readonly box: BoxId; readonly time: number; readonly x: number; readonly y: number } | undefined;

  constructor(scroller: HTMLElement, pointed: Pointed, signal: AbortSignal) {
    this.#scroller = scroller;
    this.#pointed = pointed;
    scroller.addEventListener("wheel", (event) => this.#wheel(event), { signal, passive: false });
    scroller.addEventListener("pointerdown", (event) => this.#down(event), { signal });
    scroller.addEventListener("pointermove", (event) => this.#move(event), { signal });
    scroller.addEventListener("pointerup", (event) => this.#up(event), { signal });
    scroller.addEventListener("pointercancel", (event) => this.#lift(event), { signal });
    scroller.addEventListener("pointerleave", () => pointed.hover(undefined, undefined), { signal });
    scroller.addEventListener("contextmenu", (event) => this.#menu(event), { signal });
  }

  #place(event: MouseEvent): { x: number; y: number } {
    const box = this.#scroller.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #boxAt(event: MouseEvent): BoxId | undefined {
    const { x, y } = this.#place(event);
    return this.#pointed.boxAt(x, y);
  }

  #wheel(event: WheelEvent): void {
    const { left, right, width } = this.#pointed.range();
    const sideways = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
    if (event.ctrlKey || event.metaKey || event.altKey) {
      event.preventDefault();
      const at = left + (this.#place(event).x / width) * (right - left);
      const by = Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.006);
      this.#pointed.setRange(at - (at - left) * by, at + (right - at) * by);
    } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
      event.preventDefault();
      this.#pointed.pan((sideways / width) * (right - left));
    }
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0 || this.#place(event).x > this.#scroller.clientWidth) return;
    if (event.pointerType === "touch") {
      this.#fingers.set(event.pointerId, event.clientX);
      if (this.#fingers.size > 1) {
        // Two fingers zoom, and what they lift from is no click.
        if (this.#drag !== undefined) this.#drag.moved = true;
        return;
      }
    }
    const { left } = this.#pointed.range();
    this.#drag = { x: event.clientX, y: event.clientY, left, top: this.#scroller.scrollTop, moved: false };
  }

  #move(event: PointerEvent): void {
    if (this.#fingers.size > 1) {
      this.#pinch(event);
      return;
    }
    const drag = this.#drag;
    if (drag === undefined || event.buttons === 0) {
      this.#pointed.hover(this.#boxAt(event), event.pointerType === "mouse" ? event : undefined);
      return;
    }
    const dx = event.clientX - drag.x;
    const dy = event.clientY - drag.y;
    if (!drag.moved && Math.hypot(dx, dy) < DRAG_FROM) return;
    if (!drag.moved) this.#scroller.setPointerCapture(event.pointerId);
    if (!drag.moved) this.#pointed.hover(undefined, undefined);
    drag.moved = true;
    this.#scroller.scrollTop = drag.top - dy;
    const { left, right, width } = this.#pointed.range();
    this.#pointed.pan(drag.left - (dx / width) * (right - left) - left);
  }

  /** What is between two fingers stays there. */
  #pinch(event: PointerEvent): void {
    if (!this.#fingers.has(event.pointerId)) return;
    const [a, b] = [...this.#fingers.values()] as [number, number];
    this.#fingers.set(event.pointerId, event.clientX);
    const [c, d] = [...this.#fingers.values()] as [number, number];
    const before = Math.max(CLOSEST, Math.abs(a - b));
    const now = Math.max(CLOSEST, Math.abs(c - d));
    const { left, right, width } = this.#pointed.range();
    const at = (x: number): number => ((x - this.#scroller.getBoundingClientRect().left) / width) * (right - left);
    const room = ((right - left) * before) / now;
    const from = left + at((a + b) / 2) - (at((c + d) / 2) * room) / (right - left);
    this.#pointed.setRange(from, from + room);
  }

  #lift(event: PointerEvent): void {
    this.#fingers.delete(event.pointerId);
    this.#drag = undefined;
  }

  #up(event: PointerEvent): void {
    const drag = this.#fingers.size > 1 ? undefined : this.#drag;
    this.#lift(event);
    if (drag === undefined || drag.moved) return;
    const [x, y, time] = [event.clientX, event.clientY, event.timeStamp];
    const last = this.#clicked;
    // The first click has moved the picture: the second is about the same box, whatever is there now.
    const isSecond =
      last !== undefined && time - last.time < DOUBLE.millis && Math.hypot(x - last.x, y - last.y) < DOUBLE.pixels;
    const box = isSecond ? last.box : this.#boxAt(event);
    this.#clicked = isSecond || box === undefined ? undefined : { box, time, x, y };
    if (box !== undefined) this.#pointed.click(box);
  }

  #menu(event: MouseEvent): void {
    const box = this.#boxAt(event);
    if (box === undefined) return;
    event.preventDefault();
    this.#pointed.menu(box, event.clientX, event.clientY);
  }
}
