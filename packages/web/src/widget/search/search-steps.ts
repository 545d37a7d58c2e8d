import { useEffect, useRef } from "preact/hooks";
import { useSession } from "../../session/session.ts";

/**
 * Says how many matches of the search a page has, and goes from one to the next: for the search box and for the keys n and
 * N. `count` is undefined where nothing is searched.
 */
export function useSearchSteps(count: number | undefined, goTo: (match: number) => void): void {
  const { found, goToMatch } = useSession();
  const latest = useRef(goTo);
  latest.current = goTo;
  useEffect(() => {
    found.value = count === undefined ? undefined : { count, at: -1 };
    if (count === undefined) return;
    goToMatch.value = (by) => {
      const { count, at } = found.peek() ?? { count: 0, at: -1 };
      if (count === 0) return;
      const next = at < 0 ? (by > 0 ? 0 : count - 1) : (at + by + count) % count;
      found.value = { count, at: next };
      latest.current(next);
    };
    return () => {
      found.value = undefined;
      goToMatch.value = undefined;
    };
  }, [count]);
}
