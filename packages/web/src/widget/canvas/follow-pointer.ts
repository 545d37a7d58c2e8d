import { DRAG_FROM, Fingers, wheelDeed, wheelZoomed } from "./pan-zoom.ts";

/** What is in view of a picture: from `left` to `right`, over a part of the element that begins `gutter` pixels from its left edge. */
interface InView {
  readonly left: number;
  readonly right: number;
  readonly gutter: number;
  /** Of the element, with the gutter; in pixels. */
  readonly width: number;
}

/** The picture below a pointer, and what is done to it. Places are those of the event, in pixels from the element's corner. */
export interface PointedPicture {
  readonly inView: () => InView;
  readonly setRange: (left: number, right: number) => void;
  /** Moves what is in view sideways, by as much of what `left` and `right` count. */
  readonly pan: (by: number) => void;
  /** The pointer moves and holds nothing; undefined: it has left, or holds something now. */
  readonly hover: (event: PointerEvent | undefined) => void;
  /** It went down and up again in one place. */
  readonly click: (event: PointerEvent) => void;
  /** Asked where it goes down, for a drag that is none of the picture: that hears each move of it, and its end. Undefined: the picture is dragged. */
  readonly drag?: (event: PointerEvent) => ((event: PointerEvent, isEnd: boolean) => void) | undefined;
}

/** A pointer that is down. */
interface Held {
  readonly x: number;
  readonly y: number;
  /** What was in view then. */
  readonly left: number;
  readonly top: number;
  readonly own: ((event: PointerEvent, isEnd: boolean) => void) | undefined;
  moved: boolean;
}

/** Where an event is, in pixels from an element's corner. */
export function placeIn(
  element: HTMLElement,
  { clientX, clientY }: MouseEvent,
): { readonly x: number; readonly y: number } {
  const { left, top } = element.getBoundingClientRect();
  return { x: clientX - left, y: clientY - top };
}

/** Moves and zooms a picture as a person does with mouse, pen and fingers; `scroller` is the element that it is in, and scrolls up and down. */
export function followPointer(scroller: HTMLElement, picture: PointedPicture, signal: AbortSignal): void {
  const fingers = new Fingers();
  let held: Held | undefined;
  /** How much of the range a pixel is. */
  const perPixel = ({ left, right, gutter, width }: InView): number => (right - left) / Math.max(1, width - gutter);

  const wheel = (event: WheelEvent): void => {
    const deed = wheelDeed(event);
    if (deed === undefined) return;
    event.preventDefault();
    const inView = picture.inView();
    if (deed === "zoom") {
      const at = inView.left + (placeIn(scroller, event).x - inView.gutter) * perPixel(inView);
      const zoomed = wheelZoomed(event, at, inView);
      picture.setRange(zoomed.left, zoomed.right);
    } else picture.pan(deed * perPixel(inView));
  };

  const down = (event: PointerEvent): void => {
    if (event.button !== 0 || placeIn(scroller, event).x > scroller.clientWidth) return;
    if (event.pointerType === "touch") {
      fingers.put(event);
      if (fingers.areTwo) {
        // Two fingers zoom, and what they lift from is no click.
        if (held !== undefined) held.moved = true;
        return;
      }
    }
    const { left } = picture.inView();
    const own = picture.drag?.(event);
    held = { x: event.clientX, y: event.clientY, left, top: scroller.scrollTop, own, moved: false };
  };

  const move = (event: PointerEvent): void => {
    if (fingers.areTwo) {
      pinch(event);
      return;
    }
    if (held === undefined || event.buttons === 0) {
      picture.hover(event);
      return;
    }
    const dx = event.clientX - held.x;
    const dy = event.clientY - held.y;
    if (!held.moved && Math.hypot(dx, dy) < DRAG_FROM) return;
    if (!held.moved) {
      scroller.setPointerCapture(event.pointerId);
      picture.hover(undefined);
    }
    held.moved = true;
    if (held.own !== undefined) {
      held.own(event, false);
      return;
    }
    scroller.scrollTop = held.top - dy;
    const inView = picture.inView();
    picture.pan(held.left - dx * perPixel(inView) - inView.left);
  };

  const pinch = (event: PointerEvent): void => {
    const inView = picture.inView();
    const shareAt = (x: number): number =>
      (x - scroller.getBoundingClientRect().left - inView.gutter) / Math.max(1, inView.width - inView.gutter);
    const pinched = fingers.pinched(event, inView, shareAt);
    if (pinched !== undefined) picture.setRange(pinched.left, pinched.right);
  };

  const lift = (event: PointerEvent): void => {
    fingers.lift(event);
    held = undefined;
  };

  const up = (event: PointerEvent): void => {
    const was = fingers.areTwo ? undefined : held;
    lift(event);
    if (was === undefined) return;
    if (!was.moved) picture.click(event);
    else was.own?.(event, true);
  };

  scroller.addEventListener("wheel", wheel, { signal, passive: false });
  scroller.addEventListener("pointerdown", down, { signal });
  scroller.addEventListener("pointermove", move, { signal });
  scroller.addEventListener("pointerup", up, { signal });
  scroller.addEventListener("pointercancel", lift, { signal });
  scroller.addEventListener("pointerleave", () => picture.hover(undefined), { signal });
}
