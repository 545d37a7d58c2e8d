/** Letters that need no look: most texts have no other. */
const PLAIN = /^[ -~\n\t]*$/;
/** What Go does not print as it is: control characters, what turns the direction of writing, surrogates, odd spaces. */
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} \n\t]/gu;
const SHORT: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

/** Text as a terminal may get it: what would steer it stands there as in Go's quoted strings. Lines and tabs stay. */
export function printable(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNPRINTABLE, goEscape);
}

/** As `printable`, in one line: a name with a line feed is not to pass for two. */
export function oneLine(text: string): string {
  return printable(text).replace(/[\n\t]/g, goEscape);
}

function goEscape(letter: string): string {
  const short = SHORT[letter];
  if (short !== undefined) return short;
  const code = letter.codePointAt(0)!;
  const hex = (digits: number, of = code): string => of.toString(16).padStart(digits, "0");
  // A byte that is no UTF-8, as `exactText` has it.
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${hex(2, code - 0xdc00)}`;
  if (code < 0x80) return `\\x${hex(2)}`;
  return code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`;
}
