import type { Analysis } from "../../analyze.ts";
import { shortName } from "../../go/short-name.ts";
import { percentage } from "../../go/units.ts";
import { callTree } from "../../tree/call-tree.ts";
import { type FrameTable, frameName, frameTable } from "../../tree/frame-table.ts";
import type { CallTree } from "../../tree/tree-columns.ts";
import type { World } from "../../world/world.ts";
import { profileLegend } from "../legend.ts";
import { type Format, formatIn } from "../measure.ts";
import { escapeHtml } from "./html.ts";

const WIDTH = 1200;
const ROW = 18;
/** Boxes narrower than this are drawn together, those less than it apart; text in boxes narrower than that is left out. */
const NARROWEST = 0.4;
const TEXT_FROM = 24;
/** The width of a character of the font below. */
const CHARACTER = 6.6;

const STYLE = `text{font:11px ui-monospace,Menlo,Consolas,monospace;fill:#111;pointer-events:none}
.head{font:13px system-ui,sans-serif}rect{stroke:#fff;stroke-width:.5}g:hover>rect{stroke:#000;stroke-width:1}`;

/** A flame graph as one SVG file: callers above, what they call below them, each as wide as its part of the total. */
export function printFlame(analysis: Analysis, world: World): string {
  const { selection, options } = analysis;
  const frames = frameTable(selection, options.granularity, options.showcolumns);
  const tree = callTree({ selection, frames, values: analysis.values.values.numbers });
  const format = formatIn(analysis, options.unit === "minimum" ? "auto" : options.unit);
  const legend = profileLegend(analysis, format, world);
  const scale = tree.width[0] === 0 ? 0 : WIDTH / tree.width[0]!;
  const top = 16 * legend.length + 12;
  const picture = { analysis, tree, frames, format, scale, isDiff: tree.total.some((value) => value < 0) };

  const boxes: string[] = [];
  // On top of the others, so that all of them are seen.
  const several: string[] = [];
  let narrow = 0;
  const depths = tree.rowStart.length - 1;
  for (let depth = 0; depth < depths; depth++) {
    const y = top + depth * ROW;
    const end = tree.rowStart[depth + 1]!;
    for (let node = tree.rowStart[depth]!; node < end; ) {
      const until = togetherUntil(tree, node, end, scale);
      if (until === node + 1) boxes.push(box(picture, node, y));
      else {
        several.push(boxOfSeveral(picture, node, until, y));
        narrow += until - node;
      }
      node = until;
    }
  }
  const note = narrow === 0 ? [] : [`Grey: ${narrow} boxes narrower than ${NARROWEST} pixels`];
  const height = top + depths * ROW + 24;
  const lines = legend.map((line, i) => `<text class="head" x="4" y="${16 * (i + 1)}">${escapeHtml(line)}</text>`);
  const notes = note.map((line) => `<text class="head" x="4" y="${height - 8}">${line}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="100%" style="background:#fff">
<style>${STYLE}</style>
${[...lines, ...boxes, ...several, ...notes].join("\n")}
</svg>
`;
}

/** What every box of a picture is drawn from. */
interface Picture {
  readonly analysis: Analysis;
  readonly tree: CallTree;
  readonly frames: FrameTable;
  readonly format: Format;
  /** Pixels for a value of 1. */
  readonly scale: number;
  /** Whether some values are negative: colours then say what grew. */
  readonly isDiff: boolean;
}

/** Where the nodes of a row end that are drawn as one box with this one: itself, or narrow ones beside each other. */
function togetherUntil({ start, width }: CallTree, first: number, end: number, scale: number): number {
  let node = first;
  let right = 0;
  do {
    if (width[node]! * scale >= NARROWEST) break;
    right = Math.max(start[node]! + width[node]!, start[first]! + NARROWEST / scale);
    node++;
  } while (node < end && (start[node]! - right) * scale < NARROWEST);
  return Math.max(node, first + 1);
}

/** One grey box for several that are too narrow. */
function boxOfSeveral({ analysis, tree, format, scale }: Picture, first: number, until: number, y: number): string {
  let value = 0;
  for (let node = first; node < until; node++) value += tree.total[node]!;
  const right = tree.start[until - 1]! + tree.width[until - 1]!;
  const share = percentage(value, Number(analysis.total)).trim();
  const title = `${until - first} boxes narrower than ${NARROWEST} pixels: ${format(value)} (${share})`;
  return `<g><title>${title}</title>${rectOf(tree.start[first]! * scale, y, (right - tree.start[first]!) * scale, "#bbb")}</g>`;
}

function rectOf(x: number, y: number, width: number, color: string): string {
  return `<rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(width, NARROWEST).toFixed(1)}" height="${ROW - 1}" fill="${color}"/>`;
}

/** The box of a node, `y` below the top of the picture. */
function box({ analysis, tree, frames, format, scale, isDiff }: Picture, node: number, y: number): string {
  const { profile, total } = analysis;
  const frame = tree.frame[node]!;
  const name = frame < 0 ? "root" : frameName(profile, frames, frame);
  const color = frame < 0 ? "#ddd" : isDiff ? diffColor(tree, node) : nameColor(name);
  const x = tree.start[node]! * scale;
  const width = tree.width[node]! * scale;
  const value = tree.total[node]!;
  const share = percentage(value, Number(total)).trim();
  const title = `${name}${placeOf(profile, frames, frame)}: ${format(value)} (${share})`;
  const rect = rectOf(x, y, width, color);
  const label = width < TEXT_FROM ? "" : fitted(name, Math.floor((width - 6) / CHARACTER));
  const text = label === "" ? "" : `<text x="${(x + 3).toFixed(1)}" y="${y + 12}">${escapeHtml(label)}</text>`;
  return `<g><title>${escapeHtml(title)}</title>${rect}${text}</g>`;
}

/** Where a frame is in the sources: ` file` or ` file:line`, "" where nobody knows. */
function placeOf(profile: Analysis["profile"], frames: FrameTable, frame: number): string {
  if (frame < 0) return "";
  const file = profile.strings.get(frames.file[frame]!);
  return file === "" ? "" : frames.line[frame] === 0 ? ` ${file}` : ` ${file}:${frames.line[frame]}`;
}

function fitted(name: string, room: number): string {
  const short = name.length <= room ? name : shortName(name);
  if (short.length <= room) return short;
  return room < 3 ? "" : `${short.slice(0, room - 1)}…`;
}

/** Warm colours, the same for all functions of a package or file. */
function nameColor(name: string): string {
  const family = name.replace(/(::|\.)[^.:]*$/, "");
  let hash = 0;
  for (let i = 0; i < family.length; i++) hash = (Math.imul(hash, 31) + family.charCodeAt(i)) | 0;
  return `hsl(${(hash >>> 0) % 60} ${60 + ((hash >>> 8) % 30)}% ${65 + ((hash >>> 16) % 12)}%)`;
}

/** Red for what grew, green for what shrank, the paler the less of it is change. */
function diffColor(tree: CallTree, node: number): string {
  const part = tree.width[node] === 0 ? 0 : tree.total[node]! / tree.width[node]!;
  return `hsl(${part < 0 ? 130 : 5} 60% ${(92 - 30 * Math.abs(part)).toFixed(0)}%)`;
}
