import type { Signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { FlameCanvas, type FlameEvents } from "./drawing/flame-canvas.ts";
import type { Look } from "./drawing/flame-paint.ts";
import { type BoxId, boxAt, placeOf, type Scene } from "./drawing/flame-scene.ts";
import type { Canvases, Shown } from "./drawing/shown.ts";
import { sideScene } from "./drawing/side-tree.ts";
import { type FreeView, isSameView } from "./free-view.ts";

/** The two sides of a comparison, from left to right. */
export const SIDES = ["old", "fresh"] as const;

/** The boxes that are pointed at and chosen, on all canvases of a picture. */
export interface Marks {
  readonly hovered: Signal<BoxId | undefined>;
  readonly selected: Signal<BoxId | undefined>;
}

interface Drawn {
  readonly shown: Shown | undefined;
  readonly look: Look | undefined;
  readonly zoomed: BoxId | undefined;
  readonly free: FreeView | undefined;
  /** Whether there is a canvas for each side of a comparison. */
  readonly sides: boolean;
}

/**
 * Draws a picture on the canvases in the element `views`, and keeps them at what the page shows. They follow it before it
 * is painted: a key that is pressed once an answer can be seen goes to that answer's picture. `forget` is called where
 * another picture takes the place of one.
 */
export function useCanvases(
  { shown, look, zoomed, free, sides }: Drawn,
  { hovered, selected }: Marks,
  events: Omit<FlameEvents, "hover">,
  forget: () => void,
): { readonly views: { current: HTMLDivElement | null }; readonly canvases: Canvases } {
  const views = useRef<HTMLDivElement>(null);
  const canvases = useRef<FlameCanvas[]>([]);
  // The canvases outlive the functions of one drawing of the page: they call the latest ones.
  const latest = useRef(events);
  latest.current = events;
  useLayoutEffect(() => {
    const scrollers = [...(views.current?.querySelectorAll<HTMLElement>(".flame-scroll") ?? [])];
    const made = scrollers.map(
      (scroller) =>
        new FlameCanvas(
          scroller,
          {
            hover(box) {
              hovered.value = box;
              for (const other of made) other.point(box);
            },
            point: (at) => latest.current.point(at),
            click: (box) => latest.current.click(box),
            menu: (box, x, y) => latest.current.menu(box, x, y),
            view: (left, right) => latest.current.view(left, right),
          },
          scroller.parentElement?.querySelector<HTMLElement>(".flame-map") ?? undefined,
        ),
    );
    canvases.current = made;
    return () => {
      for (const canvas of made) canvas.end();
    };
  }, [sides]);

  const last = useRef<Shown | undefined>(undefined);
  useLayoutEffect(() => {
    if (shown === undefined || look === undefined) return;
    const { scene } = shown;
    const before = last.current;
    last.current = shown;
    const sceneAt = (i: number): Scene => (sides ? sideScene(scene, SIDES[i]!) : scene);
    if (before !== undefined && before !== shown && shown.picture.query.seen && isSame(before, shown)) {
      const box = selected.value === undefined ? undefined : boxAt(scene, placeOf(before.scene, selected.value));
      canvases.current.forEach((canvas, i) => {
        canvas.deepen(sceneAt(i), box);
      });
      hovered.value = undefined;
      selected.value = box;
      return;
    }
    canvases.current.forEach((canvas, i) => {
      canvas.show(sceneAt(i), look);
    });
    hovered.value = undefined;
    selected.value = undefined;
    forget();
    for (const canvas of canvases.current) canvas.scrollTo(scene.rowsAbove - 6);
    requestAnimationFrame(() => performance.mark("pprof picture"));
  }, [shown, sides]);

  useLayoutEffect(() => {
    if (look !== undefined) for (const canvas of canvases.current) canvas.look = look;
  }, [look]);

  const zoomedAt = shown === undefined || zoomed === undefined ? "" : placeOf(shown.scene, zoomed);
  // A picture that comes again with more boxes stays as it is in view, unless it now has the box that was to be zoomed to.
  const first = shown === undefined || !shown.picture.query.seen ? shown : undefined;
  useLayoutEffect(() => {
    if (shown === undefined) return;
    for (const canvas of canvases.current) {
      if (free === undefined) canvas.zoomTo(zoomed);
      else if (!isSameView(free, canvas.viewport)) canvas.showRange(free.left, free.right);
    }
  }, [zoomedAt, free, first, sides]);
  return { views, canvases };
}

/** Whether two pictures differ in nothing but how many of their narrow boxes are made. */
function isSame(before: Shown, now: Shown): boolean {
  const of = ({ picture }: Shown): string => JSON.stringify({ ...picture.query, seen: "" });
  return of(before) === of(now);
}
