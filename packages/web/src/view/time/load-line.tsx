import type { VNode } from "preact";
import type { Palette } from "../../session/preference/palette.ts";
import { useSession } from "../../session/session.ts";
import { PartPicker } from "./part-picker.tsx";
import { useDrawing } from "./picture-canvas.ts";

interface Props {
  /** The value of each equal part of the time. */
  readonly load: Float64Array;
  /** When the line begins and how long it is, in nanoseconds. */
  readonly begin: number;
  readonly length: number;
  readonly keep: (from: number, to: number) => void;
}

/** The value of each moment; dragging over a part keeps it. */
export function LoadLine({ load, begin, length, keep }: Props): VNode {
  const { theme } = useSession();
  const palette = theme.palette.value;
  const canvas = useDrawing(
    (context, width, height) => {
      drawLoad(context, width, height, load, palette);
      drawTicks(context, width, height, begin, length, palette);
    },
    [load, palette],
  );
  const picked = (first: number, last: number): void => {
    if (Math.abs(last - first) > 0.004) keep(Math.min(first, last) * length, Math.max(first, last) * length);
  };
  return (
    <PartPicker
      class="load"
      label="How much was going on over time; dragging over a part keeps it, as zooming and the button below do"
      canvas={canvas}
      picked={picked}
    />
  );
}

/** The height of the line of ticks, in CSS pixels. */
const TICKS = 14;

function drawLoad(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  load: Float64Array,
  { heat, page }: Palette,
): void {
  context.fillStyle = page;
  context.fillRect(0, 0, width, height);
  const high = height - TICKS * devicePixelRatio;
  let largest = 0;
  for (const value of load) largest = Math.max(largest, Math.abs(value));
  const step = width / load.length;
  load.forEach((value, i) => {
    if (value === 0) return;
    const part = Math.abs(value) / largest;
    context.fillStyle = heat[Math.min(heat.length - 1, Math.floor(part * heat.length))]!;
    context.fillRect(i * step, high * (1 - part), Math.ceil(step), high * part);
  });
}

/** Seconds below the line, at 1, 2 or 5 times a power of ten, as far apart as their texts need. */
function drawTicks(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  begin: number,
  length: number,
  { fadedText }: Palette,
): void {
  const ratio = devicePixelRatio;
  const room = (70 * ratio * length) / width;
  const power = 10 ** Math.floor(Math.log10(room));
  const step = power * ([1, 2, 5].find((times) => times * power >= room) ?? 10);
  context.fillStyle = fadedText;
  context.font = `${11 * ratio}px system-ui, sans-serif`;
  context.textBaseline = "bottom";
  const digits = Math.max(0, -Math.floor(Math.log10(step / 1e9)));
  for (let at = Math.ceil(begin / step) * step; at < begin + length; at += step) {
    const x = ((at - begin) / length) * width;
    context.fillRect(x, height - TICKS * ratio, ratio, 3 * ratio);
    context.fillText(`${(at / 1e9).toFixed(digits)}s`, x + 3 * ratio, height);
  }
}
