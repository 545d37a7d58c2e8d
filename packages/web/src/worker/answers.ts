import type { Answers } from "../session/protocol.ts";
import { codeAnswers } from "./code-answers.ts";
import { nameAnswers } from "./name-answers.ts";
import { Opened } from "./open/opened.ts";
import { pictureAnswers } from "./picture-answers.ts";
import { tableAnswers } from "./table-answers.ts";
import { textAnswers } from "./text-answers.ts";

/** Answers about one profile after another: the worker's side of the pages. */
export function answers(): Answers {
  const opened = new Opened();
  return {
    open: (source) => opened.open(source),
    compare: (added) => opened.compare(added),
    leaveOut: (which) => opened.leaveOut(which),
    ...pictureAnswers(opened),
    ...tableAnswers(opened),
    ...codeAnswers(opened),
    ...nameAnswers(opened),
    ...textAnswers(opened),
  };
}
