import { useEffect, useRef } from "preact/hooks";
import { useSession } from "../session/session.ts";

/** What keys do, by `KeyboardEvent.key`. */
export type KeyMap = Readonly<Record<string, () => unknown>>;

/**
 * Listens to keys while a part of the page is there; not while something is typed. Keys that are asked for `first` are
 * kept from all other parts.
 */
export function useKeys(map: KeyMap, first: boolean = false): void {
  const { hears } = useSession().home;
  const latest = useRef(map);
  latest.current = map;
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.composedPath()[0])) return;
      if (!hears(event)) return;
      const action = latest.current[event.key];
      if (action === undefined) return;
      event.preventDefault();
      if (first) event.stopPropagation();
      action();
    };
    addEventListener("keydown", pressed, first);
    return () => removeEventListener("keydown", pressed, first);
  }, []);
}

function isTyping(target: EventTarget | undefined): boolean {
  if (!(target instanceof HTMLElement)) return false;
  // A dialog has its own keys: Escape closes it, and nothing may happen behind it.
  return target.matches("input, textarea, select, [role=menu] *, dialog, dialog *");
}

/** The sheet that `?` shows. */
export const KEY_SHEET: readonly (readonly [keys: string, what: string])[] = [
  ["/", "search; Enter and Shift Enter go to the next and previous match"],
  ["n  N", "next, previous match"],
  ["← ↑ → ↓", "from box to box, from row to row; in a trace, through time and from row to row"],
  ["Enter", "zoom to the selected box; in a table, open it"],
  ["Shift and drag", "in a trace: a part of its time, as dragging over the line of times"],
  ["z", "show everything"],
  ["+  −", "zoom in, out; or the wheel with Ctrl"],
  ["m", "the menu of the selected box or row: focus, ignore, hide …"],
  ["v", "a picture as a table, and back"],
  ["p", "pivot: callers above, callees below"],
  ["i", "callers first, and back"],
  ["o", "siblings by name, or the heaviest first"],
  [
    "g then a letter",
    "go to a page: of a trace l timeline, k tasks, u turns, w waits; f flame graph, t top, g graph, p peek, s source, x assembly, a tags, m time, d diff, r raw",
  ],
  ["r", "refine"],
  ["c", "my code: what is not the program's own is one box a package, and back"],
  ["d", "dark, light"],
  ["Esc", "close; show everything"],
  ["?", "this sheet"],
];
