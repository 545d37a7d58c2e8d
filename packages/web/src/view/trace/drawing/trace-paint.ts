// Hot: runs with every frame of a zoom, 16 ms: boxes of one style are drawn after each other, because a change of colour costs more than a box.
// Bench: bench/src/trace-pages.ts, "frame p95 ms".

import type { Palette, Theme } from "../../../session/preference/palette.ts";
import { traceColour } from "../../../session/preference/trace-colours.ts";
import { BOX_STYLES, type CounterLine, NAMED, type ViewPicture } from "../../../session/trace-protocol.ts";
import type { TextFitter } from "../../../widget/canvas/fit-text.ts";
import { countText } from "../pieces/count-text.ts";
import { ticks } from "../pieces/time-text.ts";
import { AXIS, type LayoutRow, STACK_ROW } from "./trace-layout.ts";

/** How a trace looks. */
export interface TraceLook {
  readonly palette: Palette;
  readonly theme: Theme;
}

/** What is in view: the times from `left` to `right`, in nanoseconds, on a canvas of this size that is scrolled down by `top`. */
export interface TraceView {
  readonly left: number;
  readonly right: number;
  /** How wide the names of rows are, left of the times. */
  readonly gutter: number;
  readonly width: number;
  readonly height: number;
  readonly top: number;
}

const PADDING = 4;
/** The name of a part is moved in by so much below that of its whole. */
const INDENT = 10;
const TEXT_FROM = 26;
/** Boxes of these styles are not as high as others: by this part of the row they are shorter above and below. */
const LOWER: ReadonlySet<string> = new Set(["waiting", "network", "sync", "sleep", "pool"]);
const LOWER_BY = 0.28;

/** Draws boxes and counters. `rowOf` says where each row that was asked for is by now; undefined where it is no longer shown. */
export function paintTrace(
  context: CanvasRenderingContext2D,
  picture: ViewPicture,
  rowOf: readonly (LayoutRow | undefined)[],
  view: TraceView,
  { palette, theme }: TraceLook,
  fitter: TextFitter,
): void {
  const { left, right, gutter, width, top } = view;
  const scale = (width - gutter) / (right - left);
  const { length, row, depth, from, to, style, share, label, labels } = picture;
  const order = byStyle(style, length);
  const colours = [...BOX_STYLES].map((name) => traceColour(theme, name));
  const texts: number[] = [];
  let current = -1;
  let alpha = 255;
  for (let i = 0; i < length; i++) {
    const box = order[i]!;
    const at = rowOf[row[box]!];
    if (at === undefined) continue;
    const x0 = gutter + (from[box]! - left) * scale;
    const x1 = gutter + (to[box]! - left) * scale;
    if (x1 < gutter || x0 > width) continue;
    const kind = style[box]!;
    if (kind !== current) {
      context.fillStyle = kind >= NAMED ? palette.fills[(kind - NAMED) % palette.fills.length]! : colours[kind]!;
      current = kind;
    }
    if (share[box] !== alpha) {
      alpha = share[box]!;
      context.globalAlpha = alpha / 255;
    }
    const isStack = at.kind === "stack";
    const lower = kind < NAMED && LOWER.has(BOX_STYLES[kind]!) ? at.height * LOWER_BY : 0;
    const y = at.y - top + (isStack ? depth[box]! * STACK_ROW : lower);
    const high = (isStack ? STACK_ROW : at.height - 2 * lower) - 1;
    const begin = Math.max(x0, gutter - 2);
    const wide = Math.min(x1, width + 2) - begin;
    context.fillRect(begin, y, wide > 3 ? wide - 0.5 : Math.max(wide, 0.75), high);
    if (label[box]! >= 0 && wide > TEXT_FROM) texts.push(box);
  }
  context.globalAlpha = 1;
  context.fillStyle = palette.text;
  for (const box of texts) {
    const at = rowOf[row[box]!]!;
    const x0 = Math.max(gutter, gutter + (from[box]! - left) * scale);
    const x1 = Math.min(width, gutter + (to[box]! - left) * scale);
    const text = fitter.fit(labels[label[box]!]!, x1 - x0 - 2 * PADDING);
    const high = at.kind === "stack" ? STACK_ROW : at.height;
    const y = at.y - top + (at.kind === "stack" ? depth[box]! * STACK_ROW : 0);
    if (text !== "") context.fillText(text, x0 + PADDING, y + high / 2);
  }
  for (const line of picture.lines) {
    const at = rowOf[line.row];
    if (at === undefined) continue;
    paintCounter(context, line, at, picture.asked, view, theme);
    const text = `≤ ${countText(line.most, line.unit)}`;
    context.fillStyle = palette.fadedText;
    context.fillText(text, width - context.measureText(text).width - PADDING, at.y - view.top + 9);
  }
}

function paintCounter(
  context: CanvasRenderingContext2D,
  { low, high, most }: CounterLine,
  { y, height }: LayoutRow,
  { from, pixel }: ViewPicture["asked"],
  { left, right, gutter, width, top }: TraceView,
  theme: Theme,
): void {
  const scale = (width - gutter) / (right - left);
  const room = height - 4;
  const bottom = y - top + height - 2;
  for (const [values, colour] of [
    [high, "area"],
    [low, "line"],
  ] as const) {
    context.fillStyle = traceColour(theme, colour);
    for (let i = 0; i < values.length; i++) {
      const x0 = gutter + (from + i * pixel - left) * scale;
      const wide = pixel * scale;
      if (x0 + wide < gutter || x0 > width || Number.isNaN(values[i]!)) continue;
      const value = most > 0 ? (values[i]! / most) * room : 0;
      if (colour === "area") context.fillRect(x0, bottom - value, wide + 0.5, value);
      else {
        const top = most > 0 ? (high[i]! / most) * room : 0;
        context.fillRect(x0, bottom - Math.max(top, 1), wide + 0.5, Math.max(1.25, top - value));
      }
    }
  }
}

/** Draws the names of rows on the left and the times on top, over what scrolls below them. */
export function paintFrame(
  context: CanvasRenderingContext2D,
  rows: readonly LayoutRow[],
  selected: number,
  { left, right, gutter, width, height, top }: TraceView,
  { palette, theme }: TraceLook,
  fitter: TextFitter,
): void {
  context.fillStyle = palette.page;
  context.fillRect(0, 0, gutter, height);
  for (const { y, title, height: high, kind, id, depth } of rows) {
    if (title === "") continue;
    if (kind === "goroutine" && id === selected) {
      context.fillStyle = traceColour(theme, "part");
      context.fillRect(0, y - top, gutter, high);
    }
    context.fillStyle = id > 0 || kind === "task" || kind === "lane" ? palette.text : palette.fadedText;
    const begin = PADDING + Math.min(depth, 5) * INDENT;
    const text = fitter.fit(title, gutter - begin - PADDING);
    context.fillText(text, begin, y - top + Math.min(high, 22) / 2);
  }
  context.fillStyle = palette.page;
  context.fillRect(0, 0, width, AXIS);
  const scale = (width - gutter) / (right - left);
  context.fillStyle = palette.fadedText;
  for (const { at, text } of ticks(left, right, (width - gutter) / 86)) {
    const x = gutter + (at - left) * scale;
    if (x < gutter) continue;
    context.fillRect(x, AXIS - 6, 1, 5);
    context.fillText(text, x + 3, AXIS / 2 - 1);
  }
  context.fillStyle = palette.root;
  context.fillRect(0, AXIS - 1, width, 1);
  context.fillRect(gutter - 1, 0, 1, height);
}

/** Draws the background: a line at each time that the axis names. */
export function paintGrid(
  context: CanvasRenderingContext2D,
  { left, right, gutter, width, height }: TraceView,
  { palette }: TraceLook,
): void {
  context.fillStyle = palette.page;
  context.fillRect(0, 0, width, height);
  context.fillStyle = palette.root;
  context.globalAlpha = 0.55;
  const scale = (width - gutter) / (right - left);
  for (const { at } of ticks(left, right, (width - gutter) / 86)) {
    context.fillRect(gutter + (at - left) * scale, AXIS, 1, height);
  }
  context.globalAlpha = 1;
}

/** The boxes ordered by style: a counting sort. */
function byStyle(styles: Uint8Array, length: number): Uint32Array {
  const counts = new Uint32Array(257);
  for (let box = 0; box < length; box++) counts[styles[box]! + 1]!++;
  for (let i = 1; i < counts.length; i++) counts[i]! += counts[i - 1]!;
  const order = new Uint32Array(length);
  for (let box = 0; box < length; box++) order[counts[styles[box]!]!++] = box;
  return order;
}
