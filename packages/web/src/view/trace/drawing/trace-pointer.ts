import { followPointer, placeIn } from "../../../widget/canvas/follow-pointer.ts";
import { AXIS, type TracePlace } from "./trace-layout.ts";
import type { TraceView } from "./trace-paint.ts";

/** The picture below a pointer. */
interface Pointed {
  readonly view: () => TraceView;
  readonly setRange: (left: number, right: number) => void;
  readonly place: (x: number, y: number) => TracePlace;
  readonly hover: (place: TracePlace | undefined, at: { readonly x: number; readonly y: number } | undefined) => void;
  readonly click: (place: TracePlace, isDouble: boolean) => void;
  /** A part of the time is being drawn over. */
  readonly drawOver: (part: { readonly from: number; readonly to: number } | undefined) => void;
  readonly select: (from: number, to: number) => void;
}

/** Does with a trace what a person does with mouse, pen and fingers: moves it, zooms, draws over a part of the time. */
export function followTracePointer(scroller: HTMLElement, pointed: Pointed, signal: AbortSignal): void {
  const placeAt = (event: MouseEvent): TracePlace => {
    const { x, y } = placeIn(scroller, event);
    return pointed.place(x, y);
  };
  followPointer(
    scroller,
    {
      inView: pointed.view,
      setRange: pointed.setRange,
      pan(by) {
        const { left, right } = pointed.view();
        pointed.setRange(left + by, right + by);
      },
      hover: (event) =>
        pointed.hover(
          event && placeAt(event),
          event?.pointerType === "mouse" ? { x: event.clientX, y: event.clientY } : undefined,
        ),
      click: (event) => pointed.click(placeAt(event), false),
      drag(event) {
        const { x, y } = placeIn(scroller, event);
        const drawsOver = (event.shiftKey || y < AXIS) && x > pointed.view().gutter;
        if (!drawsOver) return undefined;
        const begin = pointed.place(x, y).time;
        return (event, isEnd) => {
          const { time } = placeAt(event);
          const part = { from: Math.min(begin, time), to: Math.max(begin, time) };
          if (isEnd) pointed.select(Math.max(0, part.from), part.to);
          else pointed.drawOver(part);
        };
      },
    },
    signal,
  );
  scroller.addEventListener("dblclick", (event) => pointed.click(placeAt(event), true), { signal });
}
