import { traceColour } from "../../../session/preference/trace-colours.ts";
import type { LayoutRow } from "./trace-layout.ts";
import type { TraceLook, TraceView } from "./trace-paint.ts";

/**
 * What is drawn over the rows. An arrow leads at a time from one goroutine to another that it woke, or asked for something; an outline is
 * around what a lane does between two times, a span around what a goroutine does. Goroutines are numbers of the trace, a lane a row.
 */
export type Mark =
  | { readonly kind: "arrow"; readonly time: number; readonly from: number; readonly to: number }
  | { readonly kind: "outline"; readonly lane: number; readonly from: number; readonly to: number }
  | { readonly kind: "span"; readonly id: number; readonly from: number; readonly to: number };

interface Marked {
  readonly rows: readonly LayoutRow[];
  readonly part: { readonly from: number; readonly to: number } | undefined;
  readonly marks: readonly Mark[];
  readonly selected: number;
}

/** Draws the part that is selected, the row that is, and arrows. */
export function paintMarks(
  context: CanvasRenderingContext2D,
  { rows, part, marks, selected }: Marked,
  { left, right, gutter, width, height, top }: TraceView,
  { theme, palette }: TraceLook,
): void {
  const xOf = (time: number): number => gutter + ((time - left) / (right - left)) * (width - gutter);
  context.fillStyle = traceColour(theme, "part");
  if (part !== undefined) {
    const x = Math.max(gutter, xOf(part.from));
    context.fillRect(x, 0, Math.min(width, xOf(part.to)) - x, height);
  }
  if (selected !== 0) {
    const row = rows.find(({ kind, id }) => kind === "goroutine" && id === selected);
    if (row !== undefined) context.fillRect(gutter, row.y - top, width - gutter, row.height);
  }
  if (marks.length === 0) return;
  const goroutines = new Map(rows.flatMap((row) => (row.kind === "goroutine" ? [[row.id, row]] : [])));
  const lanes = new Map(rows.flatMap((row) => (row.kind === "lane" ? [[row.of, row]] : [])));
  context.save();
  context.beginPath();
  context.rect(gutter, 0, width - gutter, height);
  context.clip();
  context.lineWidth = 1.25;
  for (const mark of marks) {
    if (mark.kind === "arrow") {
      const [from, to] = [goroutines.get(mark.from), goroutines.get(mark.to)];
      if (from === undefined || to === undefined) continue;
      arrow(context, xOf(mark.time), middle(from) - top, middle(to) - top, traceColour(theme, "arrow"));
      continue;
    }
    const row = mark.kind === "outline" ? lanes.get(mark.lane) : goroutines.get(mark.id);
    if (row === undefined) continue;
    context.strokeStyle = mark.kind === "outline" ? palette.outline : traceColour(theme, "arrow");
    const x = xOf(mark.from);
    context.strokeRect(x, row.y - top + 0.5, Math.max(2, xOf(mark.to) - x), row.height - 2);
  }
  context.restore();
}

function middle({ y, height }: LayoutRow): number {
  return y + height / 2;
}

function arrow(context: CanvasRenderingContext2D, x: number, from: number, to: number, colour: string): void {
  const down = to > from ? 1 : -1;
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.beginPath();
  context.moveTo(x, from);
  context.lineTo(x, to - down * 4);
  context.stroke();
  context.beginPath();
  context.moveTo(x, to);
  context.lineTo(x - 3.5, to - down * 7);
  context.lineTo(x + 3.5, to - down * 7);
  context.fill();
}
