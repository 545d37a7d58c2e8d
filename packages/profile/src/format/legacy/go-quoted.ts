const PAIR = /"((?:[^"\\]|\\.)*)": ?"((?:[^"\\]|\\.)*)"/g;
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
  return Array.from(text.matchAll(PAIR), ([, key, value]) => [unquote(key!), unquote(value!)] as const);
}

function unquote(text: string): string {
  return text.replace(ESCAPE, (_, byte?: string, short?: string, long?: string, octal?: string, one?: string) => {
    if (one !== undefined) return NAMED.get(one) ?? one;
    const code = octal === undefined ? Number.parseInt((byte ?? short ?? long)!, 16) : Number.parseInt(octal, 8);
    // Go writes \x only for a byte that is not UTF-8.
    return (byte !== undefined && code >= 0x80) || code > 0x10ffff ? "\ufffd" : String.fromCodePoint(code);
  });
}
