/** A part of what a picture shows from side to side. */
interface Range {
  readonly left: number;
  readonly right: number;
}

/** How long a movement takes, in milliseconds. */
const MOVES = 140;

/** A movement from one range to another that an eye can follow. It begins when it is first asked where it is. */
export class Movement {
  readonly #from: Range;
  readonly #to: Range;
  #begin = 0;

  constructor(from: Range, to: Range) {
    this.#from = from;
    this.#to = to;
  }

  at(now: number): Range & { readonly isOver: boolean } {
    this.#begin ||= now;
    const time = Math.min(1, (now - this.#begin) / MOVES);
    const eased = 1 - (1 - time) ** 3;
    const [from, to] = [this.#from, this.#to];
    return {
      left: from.left + (to.left - from.left) * eased,
      right: from.right + (to.right - from.right) * eased,
      isOver: time === 1,
    };
  }
}

/** Whether whoever looks wants nothing to move. */
export const isStill = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** A drag begins after so many pixels; less is a click. */
export const DRAG_FROM = 4;
/** Fingers that are closer count as so far apart, in pixels. */
const CLOSEST = 20;

/** The range after a wheel that zooms, about what is at the pointer. */
export function wheelZoomed({ deltaY }: WheelEvent, at: number, { left, right }: Range): Range {
  const by = Math.exp(Math.max(-60, Math.min(60, deltaY)) * 0.006);
  return { left: at - (at - left) * by, right: at + (right - at) * by };
}

/** What a wheel does: it zooms, or goes sideways by so many pixels; undefined: it scrolls. */
export function wheelDeed({
  shiftKey,
  ctrlKey,
  metaKey,
  altKey,
  deltaX,
  deltaY,
}: WheelEvent): "zoom" | number | undefined {
  if (ctrlKey || metaKey || altKey) return "zoom";
  const sideways = shiftKey && deltaX === 0 ? deltaY : deltaX;
  return Math.abs(sideways) > Math.abs(shiftKey ? 0 : deltaY) ? sideways : undefined;
}

/** The fingers on a picture. */
export class Fingers {
  /** Where they are, by their pointers. */
  readonly #at = new Map<number, number>();

  get areTwo(): boolean {
    return this.#at.size > 1;
  }

  put({ pointerId, clientX }: PointerEvent): void {
    this.#at.set(pointerId, clientX);
  }

  lift({ pointerId }: PointerEvent): void {
    this.#at.delete(pointerId);
  }

  /** The range after one of two has moved: what is between them stays there. `shareAt`: which part of the picture is left of a place. */
  pinched(
    { pointerId, clientX }: PointerEvent,
    { left, right }: Range,
    shareAt: (x: number) => number,
  ): Range | undefined {
    if (!this.#at.has(pointerId)) return undefined;
    const [a, b] = [...this.#at.values()] as [number, number];
    this.#at.set(pointerId, clientX);
    const [c, d] = [...this.#at.values()] as [number, number];
    const before = Math.max(CLOSEST, Math.abs(a - b));
    const now = Math.max(CLOSEST, Math.abs(c - d));
    const room = ((right - left) * before) / now;
    const at = (x: number): number => shareAt(x) * (right - left);
    const from = left + at((a + b) / 2) - (at((c + d) / 2) * room) / (right - left);
    return { left: from, right: from + room };
  }
}
