import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { TIMESTAMP, type TimePicture } from "../protocol.ts";
import { useSession } from "../session.ts";
import { Flame } from "./flame.tsx";

/** Stacks in the order of time, below a line of what each moment was worth. */
export function TimePage(): VNode {
  const { nav } = useSession();
  const keep = (from: number, to: number): void => {
    // Labels are whole numbers.
    nav.go({ set: { tf: `${TIMESTAMP}=${Math.floor(from)}ns:${Math.ceil(to)}ns`, z: "" } });
  };
  return (
    <Flame question="time">
      {(picture, canvases) => {
        const { begin, load, total } = picture as TimePicture;
        return (
          <div class="time-load">
            <LoadLine load={load} keep={(from, to) => keep(begin + from * total, begin + to * total)} />
            <button
              type="button"
              title="Every page then shows this part of the time alone"
              onClick={() => {
                const view = canvases.current[0]?.viewport;
                if (view !== undefined) keep(begin + view.left, begin + view.right);
              }}
            >
              Keep what is in view
            </button>
          </div>
        );
      }}
    </Flame>
  );
}

interface LineProps {
  readonly load: Float64Array;
  /** Parts of the whole, from 0 to 1. */
  readonly keep: (from: number, to: number) => void;
}

/** The value of each moment; dragging over a part keeps it. */
function LoadLine({ load, keep }: LineProps): VNode {
  const { theme } = useSession();
  const canvas = useRef<HTMLCanvasElement>(null);
  const mark = useRef<HTMLDivElement>(null);
  const from = useRef<number | undefined>(undefined);
  const { palette } = theme;
  useEffect(() => {
    const element = canvas.current!;
    const draw = (): void => drawLoad(element, load, palette.value.heat, palette.value.page);
    draw();
    const sizes = new ResizeObserver(draw);
    sizes.observe(element);
    return () => sizes.disconnect();
  }, [load, palette.value]);
  const part = (event: PointerEvent): number => {
    const box = canvas.current!.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
  };
  const show = (a: number, b: number): void => {
    mark.current!.style.left = `${Math.min(a, b) * 100}%`;
    mark.current!.style.width = `${Math.abs(a - b) * 100}%`;
  };
  return (
    <div
      class="load"
      role="img"
      aria-label="How much was going on over time; dragging over a part keeps it, as zooming and the button beside do"
      onPointerDown={(event) => {
        from.current = part(event);
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => from.current !== undefined && show(from.current, part(event))}
      onPointerUp={(event) => {
        const begin = from.current;
        from.current = undefined;
        show(0, 0);
        const end = part(event);
        if (begin !== undefined && Math.abs(end - begin) > 0.004) keep(Math.min(begin, end), Math.max(begin, end));
      }}
    >
      <canvas ref={canvas} />
      <div class="load-mark" ref={mark} />
    </div>
  );
}

function drawLoad(canvas: HTMLCanvasElement, load: Float64Array, heat: readonly string[], page: string): void {
  const { clientWidth, clientHeight } = canvas;
  canvas.width = clientWidth * devicePixelRatio;
  canvas.height = clientHeight * devicePixelRatio;
  const context = canvas.getContext("2d")!;
  context.fillStyle = page;
  context.fillRect(0, 0, canvas.width, canvas.height);
  let largest = 0;
  for (const value of load) largest = Math.max(largest, Math.abs(value));
  const width = canvas.width / load.length;
  load.forEach((value, i) => {
    if (value === 0) return;
    const part = Math.abs(value) / largest;
    context.fillStyle = heat[Math.min(heat.length - 1, Math.floor(part * heat.length))]!;
    context.fillRect(i * width, canvas.height * (1 - part), Math.ceil(width), canvas.height * part);
  });
}
