import { useEffect, useState } from "preact/hooks";

/** How high a row of a long table is, in CSS pixels. */
export const ROW = 26;
/** Rows drawn above and below those in view. */
const MARGIN = 10;
/** So many rows are drawn at once: more than a screen has, and what is printed. */
const MOST = 200;

/** Which of a table's rows are drawn: those in view of the element that scrolls, and some more; on paper, the first ones. */
export function useVisibleRows(
  element: { readonly current: HTMLElement | null },
  count: number,
): { readonly first: number; readonly last: number } {
  const [{ top, height }, setView] = useState({ top: 0, height: 800 });
  useEffect(() => {
    const scroller = element.current!;
    const look = (): void => setView({ top: scroller.scrollTop, height: scroller.clientHeight });
    look();
    scroller.addEventListener("scroll", look, { passive: true });
    const print = (): void => setView({ top: 0, height: MOST * ROW });
    addEventListener("beforeprint", print);
    addEventListener("afterprint", look);
    const sizes = new ResizeObserver(look);
    sizes.observe(scroller);
    return () => {
      removeEventListener("beforeprint", print);
      removeEventListener("afterprint", look);
      scroller.removeEventListener("scroll", look);
      sizes.disconnect();
    };
  }, []);
  // A table that became shorter may still be scrolled to where it had rows.
  const first = Math.max(0, Math.min(count - 1, Math.floor(top / ROW)) - MARGIN);
  return { first, last: Math.min(count, Math.ceil((top + height) / ROW) + MARGIN, first + MOST) };
}
