import { RuntimeError } from "../../error.ts";

/** How much a text may hold: a text of brackets takes a hundred times its size when it is parsed. */
export interface JsonBounds {
  readonly depth: number;
  /** Brackets and commas, so about as many values. */
  readonly values: number;
  /** Of all objects together: V8 takes four times as long for one as for another value. */
  readonly members: number;
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
/** Both kinds of bracket, with the bit set in which they differ. */
const [OPENING, CLOSING] = [0x7b, 0x7d];

/** What `JSON.parse` makes of the text; refuses, before that takes any memory, what holds more than these bounds. */
export function parseBounded(text: Buffer, { depth, values, members }: JsonBounds): unknown {
  let deep = 0;
  let found = 0;
  let named = 0;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at]!;
    if (byte === QUOTE) at = endOfString(text, at);
    else if ((byte | 0x20) === OPENING) {
      deep++;
      found++;
    } else if ((byte | 0x20) === CLOSING) deep--;
    else if (byte === COMMA) found++;
    else if (byte === COLON) named++;
    if (deep > depth) throw new RuntimeError(`it nests deeper than ${depth}`);
    if (found > values) throw new RuntimeError(`it has more than ${values} values`);
    if (named > members) throw new RuntimeError(`it has more than ${members} members of objects`);
  }
  return JSON.parse(text.toString());
}

/** Where the string that begins here ends; the end of the text where it does not. */
function endOfString(text: Buffer, begin: number): number {
  for (let at = begin; ; ) {
    at = text.indexOf(QUOTE, at + 1);
    if (at < 0) return text.length;
    let slashes = 0;
    while (text[at - 1 - slashes] === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return at;
  }
}
