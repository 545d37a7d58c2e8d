import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { LabelShades } from "../../session/protocol.ts";
import { useSession } from "../../session/session.ts";
import { type Colouring, colourings, colourLook, labelOf } from "./drawing/flame-colour.ts";
import type { Look } from "./drawing/flame-paint.ts";
import type { Shown } from "./shown.ts";

/** By what a picture's boxes are coloured, and with what. */
export interface LookChoice {
  /** Undefined while there is no picture. */
  readonly look: Look | undefined;
  readonly choices: readonly Colouring[];
  /** The name of the choice that the address makes, or of the first one. */
  readonly colouring: string;
  /** Of a label, which values have a colour; undefined where boxes are coloured by something else. */
  readonly shading: LabelShades | undefined;
}

/** The look of a picture: the colours that the address names, and the matches of a search. */
export function useLook(
  question: "flame" | "time",
  sides: boolean,
  shown: Shown | undefined,
  matches: Uint8Array | undefined,
): LookChoice {
  const { nav, summary, theme } = useSession();
  const all = colourings(shown?.picture.isDiff === true && !sides, summary.value?.labels ?? []);
  const colouring = (all.find(({ name }) => name === nav.place.value.query.c) ?? all[0]!).name;
  const shading = useShades(question, shown, labelOf(colouring));
  const look = useMemo((): Look | undefined => {
    if (shown === undefined) return undefined;
    const { frames } = shown.picture;
    return {
      ...colourLook(colouring, shown.picture, theme.palette.value, shading),
      matches,
      label: shown.label,
      isInlined: (frame) => frame >= 0 && frames.inlined[frame] === 1,
    };
  }, [shown, theme.palette.value, matches, colouring, shading]);
  const choices = question === "time" ? all.filter(({ name }) => labelOf(name) === undefined) : all;
  return { look, choices, colouring, shading };
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
