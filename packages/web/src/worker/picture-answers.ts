import { type Analysis, compilePattern } from "@pprof-ts/report";
import type { Query } from "../session/address/state.ts";
import type { Answers } from "../session/protocol.ts";
import type { Opened } from "./open/opened.ts";
import { flamePicture, frameKinds, type ShownPicture } from "./picture/flame-answer.ts";
import { PictureFrames } from "./picture/frame-columns.ts";
import { FrameMatcher } from "./picture/frame-matcher.ts";
import { labelShades } from "./picture/label-shades.ts";
import { timePicture } from "./picture/time-answer.ts";

const NO_MEANS = "pictures show sums: means do not add up";

/** The pictures of stacks, their colours by a label, and what a search finds in the last of them. */
export function pictureAnswers(
  opened: Opened,
): Pick<Answers, "flame" | "shades" | "match" | "totals" | "kinds" | "time"> {
  const frames = new PictureFrames();
  let shown: ShownPicture | undefined;
  /** What was searched last: mostly the next picture is searched for the same. */
  let searched: { readonly text: string; readonly matcher: FrameMatcher } | undefined;
  // Boxes add up, means do not.
  const analysis = (query: Query): Analysis => {
    const sums = opened.analysis("tree", query, undefined, { trim: false, mean: false });
    return opened.optionsOf(query).mean ? { ...sums, messages: [...sums.messages, NO_MEANS] } : sums;
  };
  return {
    flame(query) {
      const picture = flamePicture(analysis(query), query, frames);
      shown = picture;
      return picture.picture;
    },

    shades({ query, key }) {
      return labelShades(analysis(query), query, key, frames);
    },

    match(text) {
      if (shown === undefined) throw new Error("there is no picture to search");
      searched = searched?.text === text ? searched : { text, matcher: matcherOf(text) };
      return searched.matcher.flags(shown);
    },

    totals() {
      if (shown === undefined) throw new Error("there is no picture whose frames could be summed up");
      return shown.total();
    },

    kinds() {
      if (shown === undefined) throw new Error("there is no picture whose kinds could be told");
      return frameKinds(shown, frames);
    },

    time(query) {
      const picture = timePicture(analysis(query), opened.profile, query, frames);
      shown = picture;
      return picture.picture;
    },
  };
}

function matcherOf(text: string): FrameMatcher {
  // What is wrong with it is said of what was typed.
  const pattern = compilePattern(text);
  // Capitals are meant where there are any.
  return new FrameMatcher(/[A-Z]/.test(text) ? pattern : compilePattern(`(?i)${text}`));
}
