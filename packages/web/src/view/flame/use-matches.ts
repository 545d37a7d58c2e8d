import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { useSession } from "../../session/session.ts";
import type { BoxId } from "./drawing/flame-scene.ts";
import { type Found, findMatches } from "./drawing/search.ts";
import type { Shown } from "./drawing/shown.ts";

/** What the search box finds in a picture. */
export interface Matches {
  /** 1 for each frame that matches; undefined where nothing is searched. */
  readonly frames: Signal<Uint8Array | undefined>;
  /** The boxes of those frames; undefined until they are found. */
  readonly found: Found | undefined;
}

/** Searches a picture for what is in the search box: the worker finds the frames, the page their boxes. */
export function useMatches(shown: Shown | undefined): Matches {
  const { analyst, search, searchProblem } = useSession();
  const frames = useSignal<Uint8Array | undefined>(undefined);
  const matching = frames.value;
  const [found, setFound] = useState<Found | undefined>(undefined);
  useEffect(() => {
    let isStale = false;
    setFound(undefined);
    if (shown !== undefined && matching !== undefined)
      findMatches(shown.scene.tree, matching, () => isStale).then((all) => isStale || setFound(all));
    return () => {
      isStale = true;
    };
  }, [shown, matching]);
  const pattern = search.value;
  useEffect(() => {
    if (shown === undefined) return;
    if (pattern === "") {
      frames.value = undefined;
      return;
    }
    analyst.ask("match", pattern).then(
      (answer) => {
        if (search.peek() === pattern) frames.value = answer;
      },
      (error: Error) => {
        // An expression that is not finished yet finds nothing.
        frames.value = undefined;
        if (search.peek() === pattern) searchProblem.value = error.message;
      },
    );
  }, [pattern, shown]);
  return { frames, found };
}

/** Goes so many matches on from the selected box, as the keys n and N and the search box do. */
export function useSteps(
  found: Found | undefined,
  selected: Signal<BoxId | undefined>,
  select: (box: BoxId | undefined) => void,
): (by: number) => void {
  const { goToMatch } = useSession();
  const step = (by: number): void => {
    const boxes = found?.boxes;
    if (boxes === undefined || boxes.length === 0) return;
    const at = boxes.indexOf(selected.value ?? -1);
    select(boxes[at < 0 ? (by > 0 ? 0 : boxes.length - 1) : (at + by + boxes.length) % boxes.length]);
  };
  const latest = useRef(step);
  latest.current = step;
  useEffect(() => {
    goToMatch.value = (by) => latest.current(by);
    return () => {
      goToMatch.value = undefined;
    };
  }, []);
  return step;
}
