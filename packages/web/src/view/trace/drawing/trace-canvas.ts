import type { ViewAsked, ViewPicture, ViewRow } from "../../../session/trace-protocol.ts";
import { sizeCanvas } from "../../../widget/canvas/canvas-size.ts";
import { FONT, TextFitter } from "../../../widget/canvas/fit-text.ts";
import { isStill, Movement } from "../../../widget/canvas/pan-zoom.ts";
import { type LayoutRow, rowAt, rowsBetween, STACK_ROW, type TraceLayout, type TracePlace } from "./trace-layout.ts";
import { type Mark, paintMarks } from "./trace-marks.ts";
import { paintFrame, paintGrid, paintTrace, type TraceLook, type TraceView } from "./trace-paint.ts";
import { followTracePointer } from "./trace-pointer.ts";

/** What a person did on the picture. */
export interface TraceEvents {
  readonly hover: (place: TracePlace | undefined, at: { readonly x: number; readonly y: number } | undefined) => void;
  readonly click: (place: TracePlace, isDouble: boolean) => void;
  /** A part was drawn over. */
  readonly select: (from: number, to: number) => void;
  /** What is in view has not moved for a while. */
  readonly rest: (from: number, to: number) => void;
  readonly ask: (asked: ViewAsked) => Promise<ViewPicture | undefined>;
}

/** What is drawn in front of the rows. */
export interface TraceMarks {
  /** The goroutine that is selected; 0: none. */
  readonly selected: number;
  readonly part: { readonly from: number; readonly to: number } | undefined;
  readonly marks: readonly Mark[];
}

const REST = 160;
/** What is asked for goes beyond what is in view: by this part of it on each side, and by so many pixels above and below. */
const BESIDE = 0.25;
const BESIDE_ROWS = 120;
/** Nothing is shorter than this on screen, in nanoseconds. */
const SHORTEST = 100;
/** Below this width there is less room for names. */
const NARROW = 640;

/** The picture of a trace on a canvas as large as what is seen of it; lives as long as its elements. */
export class TraceCanvas {
  readonly #scroller: HTMLElement;
  readonly #tall: HTMLElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #fitter: TextFitter;
  readonly #events: TraceEvents;
  readonly #ends = new AbortController();
  readonly #sizes: ResizeObserver;
  #layout: TraceLayout = { rows: [], height: 0 };
  #look: TraceLook | undefined;
  #marks: TraceMarks = { selected: 0, part: undefined, marks: [] };
  #whole = 1;
  #left = 0;
  #right = 1;
  #picture: ViewPicture | undefined;
  #rowOf: readonly (LayoutRow | undefined)[] = [];
  #isAsking = false;
  #drawn: { readonly from: number; readonly to: number } | undefined;
  #frame = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #zoom: Movement | undefined;

  constructor(scroller: HTMLElement, events: TraceEvents) {
    this.#scroller = scroller;
    this.#events = events;
    this.#tall = scroller.firstElementChild as HTMLElement;
    this.#context = scroller.querySelector("canvas")!.getContext("2d", { alpha: false })!;
    this.#context.font = FONT;
    this.#fitter = new TextFitter(this.#context);
    const { signal } = this.#ends;
    scroller.addEventListener("scroll", () => this.draw(), { signal, passive: true });
    followTracePointer(
      scroller,
      {
        view: () => this.view,
        setRange: (left, right) => this.setRange(left, right),
        place: (x, y) => this.#placeAt(x, y),
        hover: events.hover,
        click: events.click,
        drawOver: (part) => {
          this.#drawn = part;
          this.draw();
        },
        select: (from, to) => {
          this.#drawn = undefined;
          events.select(from, to);
        },
      },
      signal,
    );
    this.#sizes = new ResizeObserver(() => this.draw());
    this.#sizes.observe(scroller);
  }

  end(): void {
    this.#ends.abort();
    this.#sizes.disconnect();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#rest);
  }

  get view(): TraceView {
    const { clientWidth: width, clientHeight: height, scrollTop: top } = this.#scroller;
    return { left: this.#left, right: this.#right, gutter: width < NARROW ? 92 : 168, width, height, top };
  }

  /** Shows all of another trace, which is `nanos` long. */
  open(nanos: number): void {
    this.#whole = Math.max(1, nanos);
    this.#left = 0;
    this.#right = this.#whole;
    this.#picture = undefined;
  }

  /** Shows other rows. Until their picture has come, what is known of them is drawn. */
  set layout(layout: TraceLayout) {
    this.#layout = layout;
    this.#tall.style.height = `${layout.height}px`;
    this.#findRows();
    this.draw();
  }

  get layout(): TraceLayout {
    return this.#layout;
  }

  set look(look: TraceLook) {
    this.#look = look;
    this.draw();
  }

  set marks(marks: TraceMarks) {
    this.#marks = marks;
    this.draw();
  }

  /** Asks for all again. */
  refresh(): void {
    this.#picture = undefined;
    this.draw();
  }

  setRange(left: number, right: number): void {
    this.#zoom = undefined;
    const room = Math.max(SHORTEST, Math.min(this.#whole * 1.02, right - left));
    const margin = this.#whole * 0.01;
    const middle = (left + right) / 2;
    this.#left = Math.max(-margin, Math.min(this.#whole + margin - room, middle - room / 2));
    this.#right = this.#left + room;
    this.draw();
  }

  /** Goes to a part, with a movement that an eye can follow. */
  goTo(left: number, right: number): void {
    if (isStill()) this.setRange(left, right);
    else {
      this.#zoom = new Movement({ left: this.#left, right: this.#right }, { left, right });
      this.draw();
    }
  }

  pan(part: number): void {
    const by = (this.#right - this.#left) * part;
    this.setRange(this.#left + by, this.#right + by);
  }

  scale(by: number): void {
    const middle = (this.#left + this.#right) / 2;
    const half = ((this.#right - this.#left) / 2) * by;
    this.setRange(middle - half, middle + half);
  }

  /** Brings the row of a goroutine into view. */
  reveal(id: number): void {
    const row = this.#layout.rows.find((row) => row.kind === "goroutine" && row.id === id);
    if (row === undefined) return;
    const { scrollTop, clientHeight } = this.#scroller;
    if (row.y < scrollTop + 40 || row.y + row.height > scrollTop + clientHeight) {
      this.#scroller.scrollTop = Math.max(0, row.y - clientHeight / 2);
    }
  }

  draw(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame((now) => this.#drawNow(now));
  }

  #findRows(): void {
    const known = new Map(this.#layout.rows.map((row) => [keyOf(row), row]));
    this.#rowOf = this.#picture?.asked.rows.map((row) => known.get(keyOf(row))) ?? [];
  }

  #placeAt(x: number, y: number): TracePlace {
    const { gutter, left, right, width, top } = this.view;
    const row = rowAt(this.#layout, y + top);
    const time = left + ((x - gutter) / Math.max(1, width - gutter)) * (right - left);
    return { row, time, depth: row === undefined ? 0 : Math.floor((y + top - row.y) / STACK_ROW) };
  }

  #drawNow(now: number): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#animate(now);
    const look = this.#look;
    const view = this.view;
    if (look === undefined || view.width === 0) return;
    clearTimeout(this.#rest);
    if (this.#zoom === undefined) this.#rest = setTimeout(() => this.#events.rest(this.#left, this.#right), REST);
    const context = this.#context;
    sizeCanvas(context, view.width, view.height, devicePixelRatio);
    context.font = FONT;
    context.textBaseline = "middle";
    paintGrid(context, view, look);
    const { part, marks, selected } = this.#marks;
    const rows = rowsBetween(this.#layout, view.top, view.top + view.height);
    paintMarks(context, { rows, part: this.#drawn ?? part, marks: [], selected }, view, look);
    if (this.#picture !== undefined) paintTrace(context, this.#picture, this.#rowOf, view, look, this.#fitter);
    paintMarks(context, { rows: this.#layout.rows, part: undefined, marks, selected: 0 }, view, look);
    paintFrame(context, rows, selected, view, look, this.#fitter);
    void this.#askForMore();
  }

  #animate(now: number): void {
    const zoom = this.#zoom;
    if (zoom === undefined) return;
    const { left, right, isOver } = zoom.at(now);
    this.setRange(left, right);
    if (!isOver) this.#zoom = zoom;
  }

  /** Asks for what is in view and is not there yet, one question at a time. */
  async #askForMore(): Promise<void> {
    if (this.#isAsking || !this.#lacks()) return;
    this.#isAsking = true;
    const { left, right, gutter, width, height, top } = this.view;
    const room = right - left;
    const rows = rowsBetween(this.#layout, top - BESIDE_ROWS, top + height + BESIDE_ROWS);
    const picture = await this.#events.ask({
      from: left - room * BESIDE,
      to: right + room * BESIDE,
      pixel: room / Math.max(1, width - gutter),
      rows: rows.map(({ kind, of }): ViewRow => ({ kind, of })),
    });
    this.#isAsking = false;
    if (picture === undefined) return;
    this.#picture = picture;
    this.#findRows();
    this.draw();
  }

  #lacks(): boolean {
    const picture = this.#picture;
    if (picture === undefined) return this.#layout.rows.length > 0;
    const { left, right, gutter, width, height, top } = this.view;
    const { from, to, pixel, rows } = picture.asked;
    if (left < from || right > to) return true;
    const wanted = (right - left) / Math.max(1, width - gutter);
    if (Math.abs(pixel / wanted - 1) > 0.01) return true;
    const asked = new Set(rows.map(keyOf));
    return rowsBetween(this.#layout, top, top + height).some((row) => !asked.has(keyOf(row)));
  }
}

function keyOf({ kind, of }: ViewRow): string {
  return `${kind} ${of}`;
}
