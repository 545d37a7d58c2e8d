const COLON = /": ?"/y;
const ESCAPE = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|(.))/g;
const NAMED = new Map([
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
]);

/** The pairs of a Go text such as `{"key":"value", "other":"…"}`. */
export function goPairs(text: string): (readonly [key: string, value: string])[] {
  const pairs: (readonly [string, string])[] = [];
  // By hand: an expression that fails at the end of a long text would begin anew at each of its quotes.
  for (let at = text.indexOf('"'); at >= 0; ) {
    const keyEnd = closingQuote(text, at);
    COLON.lastIndex = keyEnd;
    if (keyEnd < 0) break;
    if (!COLON.test(text)) {
      at = text.indexOf('"', keyEnd);
      // What closed no key may open one.
      continue;
    }
    const valueAt = COLON.lastIndex;
    const valueEnd = closingQuote(text, valueAt - 1);
    if (valueEnd < 0) break;
    pairs.push([unquote(text.slice(at + 1, keyEnd)), unquote(text.slice(valueAt, valueEnd))]);
    at = text.indexOf('"', valueEnd + 1);
  }
  return pairs;
}

/** Where the quote closes that opens at `open`; -1 where none does. */
function closingQuote(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at;
  }
  return -1;
}

function unquote(text: string): string {
  return text.replace(ESCAPE, (_, byte?: string, short?: string, long?: string, octal?: string, one?: string) => {
    if (one !== undefined) return NAMED.get(one) ?? one;
    const code = octal === undefined ? Number.parseInt((byte ?? short ?? long)!, 16) : Number.parseInt(octal, 8);
    // Go writes \x only for a byte that is not UTF-8.
    return (byte !== undefined && code >= 0x80) || code > 0x10ffff ? "\ufffd" : String.fromCodePoint(code);
  });
}
