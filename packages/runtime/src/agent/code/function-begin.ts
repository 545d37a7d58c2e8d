import { lastWord } from "./function-ranges.ts";

/**
 * A function as V8 names it and where it says that it begins, from 0: profilers at its parameters, stacks at its first word, be
 * that `async`, `function` or its name.
 */
export interface Begun {
  readonly functionName: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** What a text has where V8 says that a function begins. */
export interface Begin {
  /** Whether a function of this name can begin there. */
  readonly stands: boolean;
  /** Where on that line the identifier stands that the function is named for. */
  readonly nameColumn: number | undefined;
}

const WORD = "[\\p{ID_Start}$_#][\\p{ID_Continue}$\\u200c\\u200d]*";
/** The word in front of the parameters. */
const IN_FRONT = new RegExp(`(${WORD})\\s*$`, "u");
/** What a function without a name of its own has in front of them, and what that is assigned to. */
const HEAD = /(?:\basync\b\s*)?(?:\bfunction\b\s*\*?\s*)?$/;
const ASSIGNED = new RegExp(`(${WORD})\\s*[=:]\\s*\\(*\\s*$`, "u");
const ARROW = new RegExp(`^(?:async\\s+)?${WORD}\\s*=>`, "u");
/** A function from its first word to its parameters, with its name. */
const WHOLE = new RegExp(`^(?:async\\b\\s*)?(?:(?:function|get|set|static)\\b\\s*)?\\*?\\s*(${WORD})?\\s*\\(`, "u");
/** What else functions begin with: classes that have no constructor, static blocks, methods with names of more than a word. */
const OTHERS = /^(?:(?:class|static)\b|(?:(?:async|get|set|static)\b\s*)*\*?\s*["'[\d])/;
const FIELD = new RegExp(`^(?:${WORD}|"[^"]*"|'[^']*'|\\[[^\n]*?\\]|\\d+)\\s*(?:[=;}]|$)`, "mu");
/** Words that stand before parameters and name nothing. */
const WORDS = new Set(
  "function async constructor get set static await yield return throw case default else do new delete typeof void in of extends instanceof".split(
    " ",
  ),
);
/** How much of a line may have a say: a bundle may be one line. */
const REACH = 256;

/** What the text has at the beginning of each of these functions; `text` is gone through once. */
export function beginsIn(text: string, functions: Iterable<Begun>): Map<Begun, Begin> {
  const found = new Map<Begun, Begin>();
  let line = 0;
  let start = 0;
  let end = endOfLine(text, 0);
  for (const one of [...functions].sort((a, b) => a.lineNumber - b.lineNumber)) {
    while (line < one.lineNumber && end < text.length) {
      start = end + 1;
      end = endOfLine(text, start);
      line++;
    }
    found.set(one, line < one.lineNumber ? NOWHERE : beginAt(text, start, end, one));
  }
  return found;
}

const NOWHERE: Begin = { stands: false, nameColumn: undefined };
const ANYWHERE: Begin = { stands: true, nameColumn: undefined };

function endOfLine(text: string, start: number): number {
  const end = text.indexOf("\n", start);
  return end < 0 ? text.length : end;
}

function beginAt(text: string, start: number, end: number, { functionName, lineNumber, columnNumber }: Begun): Begin {
  // A module as a whole, and what V8 makes itself of the fields of a class, begin anywhere.
  if ((lineNumber <= 0 && columnNumber <= 0) || functionName.startsWith("<")) return ANYWHERE;
  const at = start + columnNumber;
  if (at >= end) return NOWHERE;
  const after = text.slice(at, at + REACH);
  const from = Math.max(start, at - REACH);
  const before = text.slice(from, at);
  const name = lastWord(functionName);
  const own = WHOLE.exec(after);
  const word = own?.[1] ?? "";
  if (word !== "" && !WORDS.has(word)) {
    return {
      stands: name === "" || word === name,
      nameColumn: word === name ? columnNumber + own![0].lastIndexOf(word) : undefined,
    };
  }
  const front = IN_FRONT.exec(before);
  const direct = after.startsWith("(") && front !== null && !WORDS.has(front[1]!);
  const named = direct ? front : ASSIGNED.exec(before.replace(HEAD, ""));
  const nameColumn = named !== null && named[1] === name ? from - start + named.index : undefined;
  if (own !== null) return { stands: !direct || name === "" || front[1] === name, nameColumn };
  // From Node 26 on, what V8 makes of the fields of a class has the name of the class, and begins at the first of them.
  const field = FIELD.test(after) && (text.includes(`class ${name}`) || text.includes(`${name} = class`));
  return { stands: OTHERS.test(after) || ARROW.test(after) || field, nameColumn };
}

/** Loaders that compile scripts by themselves take it away, and leave the end of its line (`v8-compile-cache`). */
const HASHBANG = /^#![^\n\r]*/;

/**
 * Whether the places of a text that runs are those of the file: where they are equal, but for what stands around them on their
 * first and last line, or where types alone were blanked out, as Node does it.
 */
export function hasPlacesOf(running: string, file: string): boolean {
  if (running === file) return true;
  for (const text of new Set([file, file.replace(HASHBANG, "")])) {
    const at = running.indexOf(text);
    if (text !== "" && at >= 0) return !running.slice(0, at).includes("\n");
  }
  return isBlanked(running, file);
}

/** Node puts a comment behind it. */
const OWN_COMMENT = /\n\/\/# sourceURL=[^\n]*\n?$/;

function isBlanked(running: string, file: string): boolean {
  const text = running.replace(OWN_COMMENT, "").trimEnd();
  if (Math.abs(text.length - file.length) > 2 * REACH) return false;
  const lines = file.trimEnd().split("\n");
  const own = text.split("\n");
  if (own.length !== lines.length) return false;
  return own.every((line, row) => {
    const other = lines[row]!;
    for (let column = 0; column < line.length; column++) {
      if (line[column] !== other[column] && !/[\s;()]/.test(line[column]!)) return false;
    }
    return true;
  });
}
