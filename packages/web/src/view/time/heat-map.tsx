import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import type { Palette } from "../../session/preference/palette.ts";
import type { HeatMap, TimePicture } from "../../session/protocol.ts";
import { useSession } from "../../session/session.ts";
import { valueText } from "../../widget/values.ts";
import { heatColumns } from "./heat-columns.ts";
import { partAt, useDrawing } from "./picture-canvas.ts";

interface Props {
  readonly heat: HeatMap;
  /** When it begins and how long it is, in nanoseconds; its last column may reach beyond the end. */
  readonly begin: number;
  readonly length: number;
  readonly unit: TimePicture["heatUnit"];
  readonly keep: (from: number, to: number) => void;
}

/** Seconds side by side, each from top to bottom, the warmer the more was going on; dragging from part to part keeps them. */
export function HeatMapView({ heat, begin, length, unit, keep }: Props): VNode {
  const { theme } = useSession();
  const palette = theme.palette.value;
  const pointed = useSignal<number | undefined>(undefined);
  const from = useRef<number | undefined>(undefined);
  const range = useSignal<readonly [number, number] | undefined>(undefined);
  const canvas = useDrawing(
    (context, width, height) =>
      draw(context, width, height, heatColumns(heat, width / devicePixelRatio), length, palette, range.value),
    [heat, palette, range.value],
  );
  // As wide as it is, and no column narrower than a pixel.
  const inView = (): HeatMap => heatColumns(heat, canvas.current?.clientWidth ?? heat.columns);
  const { step, rows, values } = inView();
  const cellAt = (event: PointerEvent): number => {
    const { x, y } = partAt(canvas.current!, event);
    const { step, columns } = inView();
    const column = Math.min(columns - 1, Math.floor((x * length) / step));
    return column * rows + Math.min(rows - 1, Math.floor(y * rows));
  };
  const seconds = (cell: number): string => `${((begin + (cell / rows) * step) / 1e9).toFixed(2)}s`;
  const cell = pointed.value;
  return (
    <div
      class="heat-map"
      role="img"
      aria-label="What each part of each second was worth; dragging from part to part keeps them, as zooming and the button below do"
      title={
        cell === undefined
          ? ""
          : `${seconds(cell)} to ${seconds(cell + 1)}: ${valueText(values[cell] ?? 0, { ...unit, total: 0 })}`
      }
      onPointerDown={(event) => {
        from.current = cellAt(event);
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        pointed.value = cellAt(event);
        if (from.current !== undefined) range.value = ordered(from.current, pointed.value);
      }}
      onPointerLeave={() => {
        pointed.value = undefined;
      }}
      onPointerUp={(event) => {
        const first = from.current;
        from.current = undefined;
        range.value = undefined;
        if (first === undefined) return;
        const [low, high] = ordered(first, cellAt(event));
        const { step } = inView();
        if (low < high) keep((low / rows) * step, Math.min(length, ((high + 1) / rows) * step));
      }}
    >
      <canvas ref={canvas} />
    </div>
  );
}

function ordered(a: number, b: number): readonly [number, number] {
  return [Math.min(a, b), Math.max(a, b)];
}

function draw(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  { step, columns, rows, values }: HeatMap,
  length: number,
  { heat, page, grown }: Palette,
  range: readonly [number, number] | undefined,
): void {
  context.fillStyle = page;
  context.fillRect(0, 0, width, height);
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  const columnWidth = (step / length) * width;
  const rowHeight = height / rows;
  const gap = columnWidth > 6 ? devicePixelRatio : 0;
  for (let cell = 0; cell < columns * rows; cell++) {
    const value = Math.abs(values[cell]!);
    const isKept = range !== undefined && cell >= range[0] && cell <= range[1];
    if (value === 0 && !isKept) continue;
    const shade = Math.min(heat.length - 1, Math.floor((value / largest) * heat.length));
    context.fillStyle = isKept ? grown : heat[shade]!;
    const x = Math.floor(cell / rows) * columnWidth;
    const y = (cell % rows) * rowHeight;
    context.fillRect(x, y, Math.max(1, columnWidth - gap), Math.ceil(rowHeight));
  }
}
