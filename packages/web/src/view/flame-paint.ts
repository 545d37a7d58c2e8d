// Hot: a picture of a million nodes takes 5 ms: boxes of one colour are drawn after each other, because a change of colour
// costs more than a box.
import type { TextFitter } from "./fit-text.ts";
import { type Boxes, type BoxId, nodeOf, ROW, type Scene } from "./flame-scene.ts";
import type { NarrowBoxes } from "./narrow-boxes.ts";
import type { Palette } from "./palette.ts";

/** How the boxes of a scene look. */
export interface Look {
  readonly palette: Palette;
  /** For each frame a number; its colour is `fills[number % fills.length]`. Undefined: by what is spent in a box itself. */
  readonly colour: Uint32Array | undefined;
  /** Where boxes of one frame differ: such a number for each box, or one beyond `count` for those that have no colour. */
  readonly boxColour: { readonly of: (box: BoxId) => number; readonly count: number } | undefined;
  /** 1 for the frames that a search found; undefined where nothing is searched. */
  readonly matches: Uint8Array | undefined;
  readonly isDiff: boolean;
  /** A frame's name as it is drawn. */
  readonly label: (frame: number) => string;
  readonly isInlined: (frame: number) => boolean;
}

export const FONT = '12px system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const PADDING = 4;
/** Boxes that are no wider are drawn as pixels. */
const NARROW = 1;
/** The narrowest box that has text. */
const TEXT_FROM = 18;

/** A canvas in CSS pixels, and how many device pixels one of them is. */
interface Size {
  readonly width: number;
  readonly height: number;
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
  const order = byStyle(styles, boxes.length);
  const colours = colourTable(palette, look.colour === undefined);
  paintNarrow(context, boxes, styles, colours, narrow, size, palette.page);
  const snap = (x: number): number => Math.round(x * size.ratio) / size.ratio;
  let current = -1;
  for (let i = 0; i < boxes.length; i++) {
    const box = order[i]!;
    if (boxes.width[box]! <= NARROW) continue;
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
  context.font = FONT;
  context.textBaseline = "middle";
  const plain = look.matches ? palette.fadedText : palette.text;
  for (const matching of look.matches ? [false, true] : [false]) {
    context.fillStyle = matching ? palette.matchText : plain;
    for (let box = 0; box < boxes.length; box++) {
      const width = boxes.width[box]!;
      if (width < TEXT_FROM) continue;
      const frame = boxes.frame[box]!;
      if (look.matches && (frame >= 0 && look.matches[frame] === 1) !== matching) continue;
      const text = fitter.fit(look.label(frame), width - 2 * PADDING);
      if (text !== "") context.fillText(text, boxes.x[box]! + PADDING, boxes.y[box]! + ROW / 2);
    }
  }
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
  const top = boxes.y[0]!;
  const rows = Math.round((boxes.y[boxes.length - 1]! - top) / ROW) + 1;
  const pixels = narrow.pixels(colours);
  narrow.clear(Math.ceil(width * ratio), rows);
  const size = Math.max(1, Math.round(ratio));
  for (let box = 0; box < boxes.length; box++) {
    if (boxes.width[box]! > NARROW) continue;
    const row = Math.round((boxes.y[box]! - top) / ROW);
    narrow.add(row, Math.floor(boxes.x[box]! * ratio), size, pixels[styles[box]!]!);
  }
  narrow.draw(context, top, Math.ceil(width * ratio) / ratio, ROW);
  context.fillStyle = page;
  for (let row = 0; row < rows; row++) context.fillRect(0, top + row * ROW + ROW - 1, width, 1);
}

/** A style is a row of this table: the fills, the faded ones, then the match, the root, what grew and what shrank. */
function colourTable(palette: Palette, heat: boolean): readonly string[] {
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

function stylesOf(scene: Scene, boxes: Boxes, look: Look): Uint16Array {
  const { palette, colour, boxColour, matches } = look;
  const count = colour === undefined ? palette.heat.length : palette.fills.length;
  const styles = new Uint16Array(boxes.length);
  for (let box = 0; box < boxes.length; box++) {
    const frame = boxes.frame[box]!;
    if (look.isDiff) styles[box] = 2 * count + 1 + changeStyle(scene, boxes, box);
    else if (frame < 0) styles[box] = 2 * count + 1;
    else if (matches?.[frame] === 1) styles[box] = 2 * count;
    else if (boxColour !== undefined) {
      const number = boxColour.of(boxes.id[box]!);
      const shade = number >= boxColour.count ? undefined : number % count;
      styles[box] = shade === undefined ? 2 * count + 1 : matches === undefined ? shade : count + shade;
    } else {
      const shade =
        colour === undefined ? Math.floor(selfShare(scene, boxes.id[box]!) * (count - 1)) : colour[frame]! % count;
      styles[box] = matches === undefined ? shade : count + shade;
    }
  }
  return styles;
}

/** Narrow boxes have no room for a bar of their change: 1 for those that grew, 2 for those that shrank. */
function changeStyle(scene: Scene, boxes: Boxes, box: number): number {
  if (boxes.width[box]! > NARROW) return 0;
  const { tree, node } = nodeOf(scene, boxes.id[box]!);
  return tree.total[node]! > 0 ? 1 : tree.total[node]! < 0 ? 2 : 0;
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

function byStyle(styles: Uint16Array, length: number): Uint32Array {
  const counts = new Uint32Array(258);
  for (let i = 0; i < length; i++) counts[styles[i]! + 1]!++;
  for (let i = 1; i < counts.length; i++) counts[i]! += counts[i - 1]!;
  const order = new Uint32Array(length);
  for (let i = 0; i < length; i++) order[counts[styles[i]!]!++] = i;
  return order;
}

/** The colour of each box; what a difference shows on top of it is `changeOf`. */
export function fillsOf(scene: Scene, boxes: Boxes, look: Look): readonly string[] {
  const colours = colourTable(look.palette, look.colour === undefined);
  return Array.from(stylesOf(scene, boxes, look), (style) => colours[style]!).slice(0, boxes.length);
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
    for (let box = 0; box < boxes.length; box++) {
      if (boxes.width[box]! <= NARROW || isGrown(scene, boxes, box) !== grown) continue;
      const width = changeOf(scene, boxes, box);
      if (width > 0) context.fillRect(boxes.x[box]!, boxes.y[box]!, width, ROW - 1);
    }
  }
}
