import { compilePattern } from "@pprof-ts/report";
import type { Answers } from "../session/protocol.ts";
import type { Opened } from "./open/opened.ts";
import { flamePicture, matching, type ShownFrames } from "./picture/flame-answer.ts";
import { PictureFrames } from "./picture/frame-columns.ts";
import { labelShades } from "./picture/label-shades.ts";
import { timePicture } from "./picture/time-answer.ts";

/** The pictures of stacks, their colours by a label, and what a search finds in the last of them. */
export function pictureAnswers(opened: Opened): Pick<Answers, "flame" | "shades" | "match" | "time"> {
  const frames = new PictureFrames();
  let shown: ShownFrames | undefined;
  return {
    flame(query) {
      const picture = flamePicture(opened.analysis("tree", query, undefined, { trim: false }), query, frames);
      shown = picture;
      return picture.picture;
    },

    shades({ query, key }) {
      return labelShades(opened.analysis("tree", query, undefined, { trim: false }), query, key, frames);
    },

    match(text) {
      if (shown === undefined) throw new Error("there is no picture to search");
      // Capitals are meant where there are any.
      return matching(shown, compilePattern(/[A-Z]/.test(text) ? text : `(?i)${text}`));
    },

    time(query) {
      const analysis = opened.analysis("tree", query, undefined, { trim: false });
      const picture = timePicture(analysis, opened.profile, query, frames);
      shown = picture;
      return picture.picture;
    },
  };
}
