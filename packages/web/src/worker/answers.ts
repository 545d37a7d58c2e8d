import type { Answers } from "../session/protocol.ts";
import { codeAnswers } from "./code-answers.ts";
import { nameAnswers } from "./name-answers.ts";
import type { Tell } from "./open/arriving.ts";
import { Opened } from "./open/opened.ts";
import { pictureAnswers } from "./picture-answers.ts";
import { tableAnswers } from "./table-answers.ts";
import { textAnswers } from "./text-answers.ts";

/** Answers about one profile after another: the worker's side of the pages. `tell` hears how much of one is read. */
export function answers(tell: Tell = () => {}): Answers {
  const opened = new Opened(tell);
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
