import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { CODE_KINDS, type FrameKinds, type LabelShades } from "../../session/protocol.ts";
import { useSession } from "../../session/session.ts";
import { type ColourAnswers, type Colouring, colourings, colourLook, labelOf } from "./drawing/flame-colour.ts";
import type { Look } from "./drawing/flame-paint.ts";
import type { Shown } from "./drawing/shown.ts";

/** By what a picture's boxes are coloured, and with what. */
export interface LookChoice extends ColourAnswers {
  /** Undefined while there is no picture. */
  readonly look: Look | undefined;
  readonly choices: readonly Colouring[];
  /** The name of the choice that the address makes, or of the first one. */
  readonly colouring: string;
}

/** The look of a picture: the colours that the address names, what it dims, and the matches of a search. */
export function useLook(
  question: "flame" | "time",
  sides: boolean,
  shown: Shown | undefined,
  matches: Uint8Array | undefined,
): LookChoice {
  const { nav, summary, theme } = useSession();
  const { query } = nav.place.value;
  const all = colourings(shown?.picture.isDiff === true && !sides, summary.value?.labels ?? []);
  const colouring = (all.find(({ name }) => name === query.c) ?? all[0]!).name;
  const shades = useShades(question, shown, labelOf(colouring));
  const isDimmed = query.dim === "1";
  const kinds = useKinds(shown, colouring === "kind" || isDimmed);
  const dimmed = useMemo(
    () => (isDimmed && kinds !== undefined ? kinds.of.map((kind) => (kind === OWN ? 0 : 1)) : undefined),
    [isDimmed, kinds],
  );
  const look = useMemo((): Look | undefined => {
    if (shown === undefined) return undefined;
    const { frames } = shown.picture;
    return {
      ...colourLook(colouring, shown.picture, theme.palette.value, { shades, kinds }),
      matches,
      dimmed,
      label: shown.label,
      isInlined: (frame) => frame >= 0 && frames.inlined[frame] === 1,
    };
  }, [shown, theme.palette.value, matches, colouring, shades, kinds, dimmed]);
  const choices = question === "time" ? all.filter(({ name }) => labelOf(name) === undefined) : all;
  return { look, choices, colouring, shades, kinds };
}

const OWN = CODE_KINDS.indexOf("own");

/** Whose code the frames of a picture are, once the worker has answered that. */
function useKinds(shown: Shown | undefined, isWanted: boolean): FrameKinds | undefined {
  const { analyst, error } = useSession();
  const answered = useSignal<{ readonly of: Shown; readonly kinds: FrameKinds } | undefined>(undefined);
  useEffect(() => {
    if (!isWanted || shown === undefined || answered.peek()?.of === shown) return;
    analyst.ask("kinds", undefined).then(
      (kinds) => {
        // It may be of a picture that was asked for meanwhile.
        if (kinds.of.length === shown.picture.frames.length) answered.value = { of: shown, kinds };
      },
      (failed: Error) => {
        error.value = failed.message;
      },
    );
  }, [isWanted, shown]);
  return isWanted && answered.value?.of === shown ? answered.value?.kinds : undefined;
}

/** What value of a label each box has, once the worker has answered that of this picture. */
function useShades(question: string, shown: Shown | undefined, label: string | undefined): LabelShades | undefined {
  const { analyst, error } = useSession();
  const answered = useSignal<{ readonly of: Shown; readonly key: string; readonly shades: LabelShades } | undefined>(
    undefined,
  );
  useEffect(() => {
    if (label === undefined || shown === undefined || question === "time") return;
    analyst.ask("shades", { query: shown.picture.query, key: label }).then(
      (shades) => {
        answered.value = { of: shown, key: label, shades };
      },
      (failed: Error) => {
        error.value = failed.message;
      },
    );
  }, [label, shown]);
  const last = answered.value;
  return last !== undefined && last.of === shown && last.key === label ? last.shades : undefined;
}
