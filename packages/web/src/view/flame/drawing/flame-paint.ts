// Hot: a picture of a million nodes takes 5 ms: boxes of one colour are drawn after each other, because a change of colour
// costs more than a box. Bench: bench/src/pages.ts, "frame p95 ms".

import type { Palette } from "../../../session/preference/palette.ts";
import { FONT, type TextFitter } from "../../../widget/canvas/fit-text.ts";
import { type Boxes, type BoxId, nodeOf, ROW, type Scene, sumsOf } from "./flame-scene.ts";
import type { NarrowBoxes } from "./narrow-boxes.ts";

/** How the boxes of a scene look. */
export interface Look {
  readonly palette: Palette;
  /** For each frame a number; its colour is `fills[number % fills.length]`. Undefined: by what is spent in a box itself. */
  readonly colour: Uint32Array | Uint8Array | undefined;
  /** Where boxes of one frame differ: such a number for each box; `count` or more stands for no colour. */
  readonly boxColour: { readonly of: (box: BoxId) => number; readonly count: number } | undefined;
  /** 1 for the frames that a search found; undefined where nothing is searched. */
  readonly matches: Uint8Array | undefined;
  /** 1 for the frames that are beside the point; undefined where none is. */
  readonly dimmed: Uint8Array | undefined;
  readonly isDiff: boolean;
  /** A frame's name as it is drawn. */
  readonly label: (frame: number) => string;
  readonly isInlined: (frame: number) => boolean;
}

const PADDING = 4;
/** The narrowest box that has text. */
const TEXT_FROM = 18;

/** How thick the lines around a pivot are. */
export const PIVOT_LINE = 2;

/** Where the lines are between which a pivot stands, its callers above and its callees below. */
export function pivotLines(scene: Scene, top: number): readonly number[] {
  const y = scene.rowsAbove * ROW - top;
  return [y - PIVOT_LINE, y + ROW - 1];
}

/** A canvas in CSS pixels, how far the picture is scrolled, and how many device pixels one of them is. */
interface Size {
  readonly width: number;
  readonly height: number;
  readonly top: number;
  readonly ratio: number;
}

/** Draws boxes; the context is scaled to CSS pixels. */
export function paint(
  context: CanvasRenderingContext2D,
  scene: Scene,
  boxes: Boxes,
  look: Look,
  fitter: TextFitter,
  narrow: NarrowBoxes,
  size: Size,
): void {
  const { palette } = look;
  context.fillStyle = palette.page;
  context.fillRect(0, 0, size.width, size.height);
  const styles = stylesOf(scene, boxes, look);
  const order = byStyle(styles, boxes);
  const colours = colourTable(palette, look.colour === undefined);
  paintNarrow(context, boxes, styles, colours, narrow, size, palette.page);
  const snap = (x: number): number => Math.round(x * size.ratio) / size.ratio;
  let current = -1;
  for (const box of order) {
    const style = styles[box]!;
    if (style !== current) {
      context.fillStyle = colours[style]!;
      current = style;
    }
    const x = snap(boxes.x[box]!);
    const width = snap(boxes.x[box]! + boxes.width[box]!) - x;
    const inlined = look.isInlined(boxes.frame[box]!) ? 1 : 0;
    context.fillRect(
      x,
      boxes.y[box]! - inlined,
      width > 3 ? width - 1 : Math.max(width, 1 / size.ratio),
      ROW - 1 + inlined,
    );
  }
  if (look.isDiff) paintChanges(context, scene, boxes, palette);
  if (scene.callers !== undefined) {
    context.fillStyle = palette.outline;
    for (const y of pivotLines(scene, size.top)) context.fillRect(0, y, size.width, PIVOT_LINE);
  }
  context.font = FONT;
  context.textBaseline = "middle";
  for (const colour of [palette.text, palette.fadedText, palette.matchText]) {
    context.fillStyle = colour;
    for (let i = 0; i < boxes.wideLength; i++) {
      const box = boxes.wide[i]!;
      const width = boxes.width[box]!;
      if (width < TEXT_FROM) continue;
      const frame = boxes.frame[box]!;
      if (textColour(look, frame) !== colour) continue;
      const text = fitter.fit(look.label(frame), width - 2 * PADDING);
      if (text !== "") context.fillText(text, boxes.x[box]! + PADDING, boxes.y[box]! + ROW / 2);
    }
  }
}

/** The colour of a box's text. */
export function textColour({ palette, matches, dimmed }: Look, frame: number): string {
  if (matches !== undefined) return frame >= 0 && matches[frame] === 1 ? palette.matchText : palette.fadedText;
  return frame >= 0 && dimmed?.[frame] === 1 ? palette.fadedText : palette.text;
}

function paintNarrow(
  context: CanvasRenderingContext2D,
  boxes: Boxes,
  styles: Uint16Array,
  colours: readonly string[],
  narrow: NarrowBoxes,
  { width, ratio }: Size,
  page: string,
): void {
  if (boxes.length === 0) return;
  const { top, rows } = boxes;
  const pixels = narrow.pixels(colours);
  narrow.clear(Math.ceil(width * ratio), rows);
  let y = top;
  let row = 0;
  for (let i = 0; i < boxes.narrowLength; i++) {
    const box = boxes.narrow[i]!;
    if (boxes.y[box] !== y) {
      y = boxes.y[box]!;
      row = Math.round((y - top) / ROW);
    }
    const x = Math.round(boxes.x[box]! * ratio);
    const end = Math.round((boxes.x[box]! + boxes.width[box]!) * ratio);
    narrow.add(row, x, Math.max(1, end - x), pixels[styles[box]!]!);
  }
  narrow.draw(context, top, Math.ceil(width * ratio) / ratio, ROW);
  context.fillStyle = page;
  for (let row = 0; row < rows; row++) context.fillRect(0, top + row * ROW + ROW - 1, width, 1);
}

/** The colours that boxes have, by number of style: the fills, the faded fills, a match, the root, growth, shrinking. */
export function colourTable(palette: Palette, heat: boolean): readonly string[] {
  const fills = heat ? palette.heat : palette.fills;
  return [
    ...fills,
    ...(heat ? palette.heat : palette.faded),
    palette.match,
    palette.root,
    palette.grown,
    palette.shrunk,
  ];
}

export function stylesOf(scene: Scene, boxes: Boxes, look: Look): Uint16Array {
  const { palette, colour, boxColour, matches, dimmed, isDiff } = look;
  const count = colour === undefined ? palette.heat.length : palette.fills.length;
  const root = 2 * count + 1;
  const { length, frame: frames, id, narrow, narrowLength } = boxes;
  const styles = new Uint16Array(length);
  if (isDiff) {
    styles.fill(root);
    // Narrow boxes have no room for a bar of their change.
    for (let i = 0; i < narrowLength; i++) {
      const box = narrow[i]!;
      const { total } = sumsOf(scene, id[box]!, boxes.until[box]!);
      styles[box] = total > 0 ? root + 1 : total < 0 ? root + 2 : root;
    }
    return styles;
  }
  for (let box = 0; box < length; box++) {
    const frame = frames[box]!;
    const faded = matches !== undefined || (frame >= 0 && dimmed?.[frame] === 1) ? count : 0;
    if (frame < 0) styles[box] = root;
    else if (matches !== undefined && matches[frame] === 1) styles[box] = 2 * count;
    else if (boxColour !== undefined) {
      const number = boxColour.of(id[box]!);
      styles[box] = number >= boxColour.count ? root : faded + (number % count);
    } else if (colour !== undefined) styles[box] = faded + (colour[frame]! % count);
    else styles[box] = faded + Math.floor(selfShare(scene, id[box]!) * (count - 1));
  }
  // A pixel matches where one of those does that it stands for.
  for (let i = 0; matches !== undefined && i < narrowLength; i++) {
    const { tree, node } = nodeOf(scene, id[narrow[i]!]!);
    const until = boxes.until[narrow[i]!]!;
    for (let other = node; other < until; other++) {
      if (matches[tree.frame[other]!] !== 1) continue;
      styles[narrow[i]!] = 2 * count;
      break;
    }
  }
  return styles;
}

/** What part of a box's value is spent in itself: 0 to 1. */
function selfShare(scene: Scene, box: number): number {
  const { tree, node } = nodeOf(scene, box);
  const total = tree.width[node]!;
  if (total === 0) return 0;
  const from = tree.firstChild[node]!;
  const to = tree.firstChild[node + 1]!;
  if (from === to) return 1;
  const children = tree.start[to - 1]! + tree.width[to - 1]! - tree.start[from]!;
  return Math.min(1, Math.max(0, 1 - children / total));
}

/** The wide boxes, those of one style after each other. */
function byStyle(styles: Uint16Array, { wide, wideLength }: Boxes): Uint32Array {
  const counts = new Uint32Array(258);
  for (let i = 0; i < wideLength; i++) counts[styles[wide[i]!]! + 1]!++;
  for (let i = 1; i < counts.length; i++) counts[i]! += counts[i - 1]!;
  const order = new Uint32Array(wideLength);
  for (let i = 0; i < wideLength; i++) order[counts[styles[wide[i]!]!]!++] = wide[i]!;
  return order;
}

/** The colour of each box; what a difference shows on top of it is `changeOf`. */
export function fillsOf(scene: Scene, boxes: Boxes, look: Look): readonly string[] {
  const colours = colourTable(look.palette, look.colour === undefined);
  return Array.from(stylesOf(scene, boxes, look), (style) => colours[style]!);
}

/** How wide the bar of a box's change is: as much as was added or taken away in all. */
export function changeOf(scene: Scene, boxes: Boxes, box: number): number {
  const { tree, node } = nodeOf(scene, boxes.id[box]!);
  const width = Math.abs(tree.total[node]! / tree.width[node]!) * boxes.width[box]!;
  return width >= 0.5 ? Math.max(0, Math.min(width, boxes.width[box]! - 1)) : 0;
}

export function isGrown(scene: Scene, boxes: Boxes, box: number): boolean {
  const { tree, node } = nodeOf(scene, boxes.id[box]!);
  return tree.total[node]! > 0;
}

function paintChanges(context: CanvasRenderingContext2D, scene: Scene, boxes: Boxes, palette: Palette): void {
  for (const grown of [true, false]) {
    context.fillStyle = grown ? palette.grown : palette.shrunk;
    for (let i = 0; i < boxes.wideLength; i++) {
      const box = boxes.wide[i]!;
      if (isGrown(scene, boxes, box) !== grown) continue;
      const width = changeOf(scene, boxes, box);
      if (width > 0) context.fillRect(boxes.x[box]!, boxes.y[box]!, width, ROW - 1);
    }
  }
}
