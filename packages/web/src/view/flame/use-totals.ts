import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useSession } from "../../session/session.ts";
import type { Shown } from "./drawing/shown.ts";

/**
 * By frame, what the stacks are worth that it is in. They come with the picture or, of very many stacks, once they are
 * wanted and the worker has summed them up; undefined until then.
 */
export function useTotals(shown: Shown | undefined, isWanted: boolean): Float64Array | undefined {
  const { analyst, error } = useSession();
  const answered = useSignal<{ readonly of: Shown; readonly total: Float64Array } | undefined>(undefined);
  const known = shown?.picture.frames.total ?? (answered.value?.of === shown ? answered.value?.total : undefined);
  const isAsked = isWanted && shown !== undefined && known === undefined;
  useEffect(() => {
    if (!isAsked) return;
    analyst.ask("totals", undefined).then(
      (total) => {
        // It may be of a picture that was asked for meanwhile.
        if (total.length === shown.picture.frames.length) answered.value = { of: shown, total };
      },
      (failed: Error) => {
        error.value = failed.message;
      },
    );
  }, [isAsked, shown]);
  return known;
}
