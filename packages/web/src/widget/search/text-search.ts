import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { expression } from "../../session/address/expression.ts";
import { useSession } from "../../session/session.ts";
import { useSearchSteps } from "./search-steps.ts";

const FURNITURE = "button:not(.plain), select, summary.button, thead, caption, small, .hint";

/** So many matches are marked. */
const MOST = 5000;

/** Marks what the search finds in the text of an element, and goes from one to the next; `content` is what it shows. */
export function useTextSearch(element: { readonly current: HTMLElement | null }, content: unknown): void {
  const { search } = useSession();
  const ranges = useRef<readonly Range[]>([]);
  const marks = useMemo(() => new Marks(), []);
  const [count, setCount] = useState<number | undefined>(undefined);
  const pattern = search.value;
  useLayoutEffect(() => {
    const wanted = expression(pattern);
    ranges.current = wanted === undefined || element.current === null ? [] : matchesIn(element.current, wanted);
    marks.show("found", ranges.current);
    marks.show("found-here", []);
    setCount(wanted === undefined ? undefined : ranges.current.length);
  }, [pattern, content]);
  useEffect(
    () => () => {
      marks.show("found", []);
      marks.show("found-here", []);
    },
    [],
  );
  useSearchSteps(count, (match) => {
    const range = ranges.current[match];
    if (range === undefined) return;
    marks.show("found-here", [range]);
    const { top, bottom } = range.getBoundingClientRect();
    const scroller = element.current!.closest("main")!;
    const view = scroller.getBoundingClientRect();
    if (top < view.top || bottom > view.bottom) scroller.scrollBy(0, (top + bottom - view.top - view.bottom) / 2);
  });
}

/** What is marked of a page; in one document there may be several pages, which share the names of marks. */
class Marks {
  readonly #shown = new Map<string, readonly Range[]>();

  /** Browsers that cannot mark text show the match that one goes to as selected. */
  show(name: "found" | "found-here", ranges: readonly Range[]): void {
    if (typeof Highlight === "function") {
      const all = CSS.highlights.get(name) ?? new Highlight();
      for (const range of this.#shown.get(name) ?? []) all.delete(range);
      for (const range of ranges) all.add(range);
      this.#shown.set(name, ranges);
      if (all.size === 0) CSS.highlights.delete(name);
      else CSS.highlights.set(name, all);
    } else if (name === "found-here" && ranges.length > 0) {
      getSelection()?.removeAllRanges();
      getSelection()?.addRange(ranges[0]!);
    }
  }
}

function matchesIn(element: HTMLElement, wanted: RegExp): readonly Range[] {
  const each = new RegExp(wanted, `${wanted.flags}g`);
  const ranges: Range[] = [];
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode as Text;
    // Names and values are searched, not what the page says of them.
    if (node.parentElement?.closest(FURNITURE) != null) continue;
    for (const { 0: text, index } of node.data.matchAll(each)) {
      if (text === "") continue;
      const range = new Range();
      range.setStart(node, index);
      range.setEnd(node, index + text.length);
      ranges.push(range);
      if (ranges.length === MOST) return ranges;
    }
  }
  return ranges;
}
