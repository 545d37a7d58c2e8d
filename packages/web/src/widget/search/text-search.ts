import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useSession } from "../../session/session.ts";
import { expression } from "./expression.ts";
import { useSearchSteps } from "./search-steps.ts";

const FURNITURE = "button:not(.plain), select, summary.button, thead, caption, small, .hint";

/** So many matches are marked. */
const MOST = 5000;

/** Marks what the search finds in the text of an element, and goes from one to the next; `content` is what it shows. */
export function useTextSearch(element: { readonly current: HTMLElement | null }, content: unknown): void {
  const { search } = useSession();
  const ranges = useRef<readonly Range[]>([]);
  const [count, setCount] = useState<number | undefined>(undefined);
  const pattern = search.value;
  useLayoutEffect(() => {
    const wanted = expression(pattern);
    ranges.current = wanted === undefined || element.current === null ? [] : matchesIn(element.current, wanted);
    mark("found", ranges.current);
    mark("found-here", []);
    setCount(wanted === undefined ? undefined : ranges.current.length);
  }, [pattern, content]);
  useEffect(
    () => () => {
      mark("found", []);
      mark("found-here", []);
    },
    [],
  );
  useSearchSteps(count, (match) => {
    const range = ranges.current[match];
    if (range === undefined) return;
    mark("found-here", [range]);
    const { top, bottom } = range.getBoundingClientRect();
    const scroller = element.current!.closest("main")!;
    const view = scroller.getBoundingClientRect();
    if (top < view.top || bottom > view.bottom) scroller.scrollBy(0, (top + bottom - view.top - view.bottom) / 2);
  });
}

/** Browsers that cannot mark text show the match that one goes to as selected. */
function mark(name: string, ranges: readonly Range[]): void {
  if (typeof Highlight === "function") {
    if (ranges.length === 0) CSS.highlights.delete(name);
    else CSS.highlights.set(name, new Highlight(...ranges));
    return;
  }
  if (name !== "found-here" || ranges.length === 0) return;
  getSelection()?.removeAllRanges();
  getSelection()?.addRange(ranges[0]!);
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
