import { followPointer, placeIn } from "../../../widget/canvas/follow-pointer.ts";
import type { BoxId } from "./flame-scene.ts";

/** The picture below a pointer. */
export interface Pointed {
  readonly boxAt: (x: number, y: number) => BoxId | undefined;
  readonly range: () => { readonly left: number; readonly right: number; readonly width: number };
  readonly setRange: (left: number, right: number) => void;
  readonly pan: (by: number) => void;
  /** The mouse is there; undefined where it is elsewhere, or no mouse: a finger hides what is below it. */
  readonly hover: (box: BoxId | undefined, at: MouseEvent | undefined) => void;
  readonly click: (box: BoxId) => void;
  readonly menu: (box: BoxId, x: number, y: number) => void;
}

/** A click so soon after another one, and so near, is the second of a double click. */
const DOUBLE = { millis: 500, pixels: 6 };

/** Does with a flame graph what a person does with mouse, pen and fingers. */
export function followFlamePointer(scroller: HTMLElement, pointed: Pointed, signal: AbortSignal): void {
  let clicked: { readonly box: BoxId; readonly time: number; readonly x: number; readonly y: number } | undefined;
  const boxAt = (event: MouseEvent): BoxId | undefined => {
    const { x, y } = placeIn(scroller, event);
    return pointed.boxAt(x, y);
  };
  followPointer(
    scroller,
    {
      inView: () => ({ ...pointed.range(), gutter: 0 }),
      setRange: pointed.setRange,
      pan: pointed.pan,
      hover: (event) =>
        pointed.hover(event && boxAt(event), event !== undefined && event.pointerType === "mouse" ? event : undefined),
      click(event) {
        const [x, y, time] = [event.clientX, event.clientY, event.timeStamp];
        const last = clicked;
        // The first click has moved the picture: the second is about the same box, whatever is there now.
        const isSecond =
          last !== undefined && time - last.time < DOUBLE.millis && Math.hypot(x - last.x, y - last.y) < DOUBLE.pixels;
        const box = isSecond ? last.box : boxAt(event);
        clicked = isSecond || box === undefined ? undefined : { box, time, x, y };
        if (box !== undefined) pointed.click(box);
      },
    },
    signal,
  );
  const menu = (event: MouseEvent): void => {
    const box = boxAt(event);
    if (box === undefined) return;
    event.preventDefault();
    pointed.menu(box, event.clientX, event.clientY);
  };
  scroller.addEventListener("contextmenu", menu, { signal });
}
