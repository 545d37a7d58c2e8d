import { UNDRAWABLE } from "./html.ts";

/** Letters of a text in a picture; names of more than a few thousand are no use there, and Graphviz takes minutes for a megabyte. */
const MOST = 4000;
/** So much of what is kept is the end: there stand the values. */
const TAIL = 400;

/**
 * A graph in the dot language as it is drawn: every letter stands for itself, and of texts that are too long the middle is
 * left out. Graphviz would take `&#27;` for the letter that XML has no place for, and a carriage return ends a comment
 * of PostScript, in which names are.
 */
export function drawableDot(text: string): string {
  const dot = text.replace(UNDRAWABLE, "\ufffd").replaceAll("\r", "\ufffd").replaceAll("&", "&amp;");
  const pieces: string[] = [];
  let kept = 0;
  for (let open = dot.indexOf('"'); open >= 0; ) {
    const close = endOfText(dot, open);
    if (close - open > MOST) {
      pieces.push(dot.slice(kept, open + 1), shortened(dot.slice(open + 1, close)));
      kept = close;
    }
    open = dot.indexOf('"', close + 1);
  }
  return kept === 0 ? dot : pieces.join("") + dot.slice(kept);
}

/** Where the quotes that open here close. */
function endOfText(dot: string, open: number): number {
  let at = open + 1;
  while (at < dot.length && dot[at] !== '"') at += dot[at] === "\\" ? 2 : 1;
  return at;
}

/** Without cutting an escape or a letter in two. */
function shortened(text: string): string {
  const head = text.slice(0, MOST - TAIL).replace(/[\ud800-\udbff]$/, "");
  const tail = text.slice(-TAIL).replace(/^[\udc00-\udfff]/, "");
  // An odd number of backslashes is one that belongs to what follows.
  const whole = head.replace(/\\*$/, (run) => run.slice(run.length % 2));
  const before = /\\*$/.exec(text.slice(0, text.length - tail.length))![0].length;
  return `${whole}…${before % 2 === 1 ? tail.slice(1) : tail}`;
}
