// Where the functions of a script begin and end, by a scan of its tokens: enough to tell in which function a line stands.

/** A function of a script; lines and columns count from 0 and begin where V8 says that functions begin: at the parameters. */
export interface FunctionRange {
  readonly name: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  /** The words in it that are also names of functions of this script: all that it may call of them. */
  readonly mentions: ReadonlySet<string>;
  /** The other words in it by which functions may be called: all that it may call of other scripts. */
  readonly beyond: ReadonlySet<string>;
}

interface Token {
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

/** An open bracket: with the tokens that stood before it, and the function that ends with it. */
interface Open {
  readonly token: Token;
  readonly before: readonly Token[];
  readonly range: OpenRange | undefined;
}

type OpenRange = { -readonly [Key in Exclude<keyof FunctionRange, "mentions" | "beyond">]: FunctionRange[Key] } & {
  readonly mentions: Set<string>;
  readonly beyond: Set<string>;
};

const CONTROL = new Set(["if", "for", "while", "switch", "catch", "with", "await"]);
/** Words after which a slash begins a regular expression. */
const OPERATOR_WORDS = new Set([
  "return",
  "typeof",
  "case",
  "in",
  "of",
  "delete",
  "void",
  "throw",
  "new",
  "else",
  "do",
  "await",
  "yield",
  "instanceof",
]);
/** Words that begin a statement, and so end an arrow function that ends without a semicolon. */
const STATEMENT_WORDS = new Set([
  "const",
  "let",
  "var",
  "function",
  "class",
  "return",
  "if",
  "for",
  "while",
  "switch",
  "try",
  "throw",
  "export",
  "import",
  "break",
  "continue",
]);

/**
 * A script is scanned no further, and has no functions here, that has more of these: brackets in each other, functions,
 * words noted in the functions around them and those kept, and characters looked through in vain for the end of what began like a text,
 * a comment or a regular expression. No script that people or their tools write comes near; others would take minutes.
 */
const BOUNDS = { depth: 1_000, functions: 50_000, noted: 60_000_000, kept: 2_000_000, vain: 2 ** 28 };

const TOKEN =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|[\p{ID_Start}$_#@][\p{ID_Continue}$\u200c\u200d]*|\d[\w.]*|=>|[^\s]/gu;
const REGEXP = /\/(?:[^/\\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+\/[a-z]*/y;
const TEMPLATE = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(`|\$\{)/y;
const WORD = /^[\p{ID_Start}$_#]/u;
/** How many tokens before a bracket can have a say in the name of a function. */
const REACH = 6;

/**
 * The functions of a script, in the order in which they end; text that is no JavaScript gives no error, but odd ranges, or
 * none where it is over a bound.
 */
export function functionRanges(source: string): FunctionRange[] {
  const ranges: OpenRange[] = [];
  const stack: Open[] = [];
  let recent: Token[] = [];
  let closed: Open | undefined;
  let line = 0;
  let lineStart = 0;
  let newline = source.indexOf("\n");
  let noted = 0;
  let kept = 0;
  let vain = 0;
  TOKEN.lastIndex = 0;

  const locate = (index: number): void => {
    while (newline >= 0 && newline < index) {
      line++;
      lineStart = newline + 1;
      newline = source.indexOf("\n", lineStart);
    }
  };
  const open = (token: Token, range?: OpenRange): void => {
    stack.push({ token, before: recent.slice(-REACH), range });
  };
  const close = (): Open | undefined => {
    const top = stack.pop();
    if (top?.range !== undefined) {
      top.range.endLine = line;
      ranges.push(top.range);
    }
    return top;
  };
  const note = (words: Set<string>, word: string): void => {
    const before = words.size;
    words.add(word);
    kept += words.size - before;
  };
  const closeArrows = (): void => {
    while (stack.at(-1)?.token.text === "=>") close();
  };
  const template = (index: number): void => {
    TEMPLATE.lastIndex = index;
    const end = TEMPLATE.exec(source);
    TOKEN.lastIndex = end === null ? source.length : TEMPLATE.lastIndex;
    if (end?.[1] === "${") open({ text: "${", line, column: index - lineStart });
  };

  for (let match = TOKEN.exec(source); match !== null; match = TOKEN.exec(source)) {
    let text = match[0];
    if (text.startsWith("//") || text.startsWith("/*")) continue;
    locate(match.index);
    const unclosed = text === '"' || text === "'" || (text === "/" && source[match.index + 1] === "*");
    if (unclosed) vain += source.length - match.index;
    noted += 2 * stack.length;
    if (vain > BOUNDS.vain || noted > BOUNDS.noted || kept > BOUNDS.kept) return [];
    if (stack.length > BOUNDS.depth || ranges.length > BOUNDS.functions) return [];
    const token: Token = { text, line, column: match.index - lineStart };
    const last = recent.at(-1);
    if (text === "/" && startsRegexp(last)) {
      REGEXP.lastIndex = match.index;
      const regexp = REGEXP.exec(source);
      if (regexp !== null) {
        TOKEN.lastIndex = REGEXP.lastIndex;
        text = '"';
      } else vain += source.length - match.index;
    } else if (text === "`") template(TOKEN.lastIndex);
    else if (text === "(" || text === "[") {
      // A call; or one of what a module exports, in brackets so that it is no method's: `(0, m.f)(x)`.
      const called = last?.text === ")" && closed !== undefined ? recent.at(-2) : last;
      if (text === "(" && called !== undefined && WORD.test(called.text))
        for (const { range } of stack) if (range !== undefined) note(range.beyond, called.text);
      open(token);
    } else if (text === "{") {
      const body = last?.text === "=>" ? arrowRange(recent, closed) : methodRange(last, closed);
      if (last?.text === "=>") stack.pop();
      open(token, body);
    } else if (text === "=>") {
      // The function's own bracket follows where its body is a block.
      open(token, arrowRange([...recent, token], closed));
    } else if (text === ")" || text === "]" || text === "}") {
      closeArrows();
      const top = close();
      if (text === ")") closed = top;
      if (text === "}" && top?.token.text === "${") template(TOKEN.lastIndex);
    } else if (text === "," || text === ";") closeArrows();
    else if (last !== undefined && last.line < line && STATEMENT_WORDS.has(text)) closeArrows();

    if (WORD.test(text)) for (const { range } of stack) if (range !== undefined) note(range.mentions, text);
    recent.push(text === token.text ? token : { ...token, text });
    if (recent.length > 4 * REACH) recent = recent.slice(-REACH);
  }
  locate(source.length);
  while (stack.length > 0) close();
  const names = new Set(ranges.map(({ name }) => lastWord(name)));
  for (const { mentions, beyond } of ranges) {
    for (const word of mentions) if (!names.has(word)) mentions.delete(word);
    for (const word of beyond) if (names.has(word)) beyond.delete(word);
  }
  return ranges;
}

/**
 * The function that a line of a sample in `caller` belongs to: V8 before 14 (Node 26) credits what it has inlined to the
 * caller, yet with the lines of the callee. "caller" where it is the caller's own line, "elsewhere" where no function around
 * the line can be called from there: then it is a line of another script.
 */
export function inlinedAt(
  ranges: readonly FunctionRange[],
  caller: { readonly line: number; readonly column: number },
  line: number,
): FunctionRange | "caller" | "elsewhere" {
  const own = rangeAt(ranges, caller);
  // The function of the whole script stands in no range.
  const outside = own === undefined ? caller.line > 0 && line < caller.line : line < own.line || line > own.endLine;
  // A line inside the caller on which another function begins is the caller's as well.
  const others = ranges.filter(
    (range) => range !== own && (outside || line !== range.line) && (own === undefined || !encloses(range, own)),
  );
  const inner = innermostAt(others, line);
  if (own === undefined || !outside) return inner ?? "caller";
  if (inner === undefined) return "elsewhere";
  const words = namedFrom(ranges, own.mentions);
  const holders = ranges.filter((range) => encloses(range, inner) && !encloses(range, own));
  return holders.some(({ name }) => words.has(lastWord(name))) ? inner : "elsewhere";
}

/** The function that begins at a place. */
export function rangeAt(
  ranges: readonly FunctionRange[],
  place: { readonly line: number; readonly column: number },
): FunctionRange | undefined {
  return ranges.find(({ line, column }) => line === place.line && column === place.column);
}

/** What a function elsewhere, in which these words stand, may call of a script: the words with what those functions name. */
export function reachedFrom(
  ranges: readonly FunctionRange[],
  words: ReadonlySet<string>,
  line: number,
): { readonly at: FunctionRange | undefined; readonly words: ReadonlySet<string> } {
  const named = namedFrom(ranges, words);
  const reached = ranges.filter(({ name }) => named.has(lastWord(name)));
  const inner = innermostAt(ranges, line);
  const at = inner !== undefined && reached.some((range) => encloses(range, inner)) ? inner : undefined;
  return { at, words: new Set([...named, ...reached.flatMap(({ beyond }) => [...beyond])]) };
}

/** The ranges come innermost first; of two functions on one line, nothing tells which one it was. */
function innermostAt(ranges: readonly FunctionRange[], line: number): FunctionRange | undefined {
  let inner: FunctionRange | undefined;
  for (const range of ranges) {
    if (line > range.endLine || line < range.line) continue;
    if (inner !== undefined && (range.line !== inner.line || range.endLine !== inner.endLine)) break;
    inner = range;
  }
  return inner;
}

/** No more calls than this are looked through: V8 inlines few levels deep, and all of a large script can be reached. */
const DEEPEST = 5;

/** These words, with those that the functions they name mention, and so on. */
function namedFrom(ranges: readonly FunctionRange[], from: ReadonlySet<string>): ReadonlySet<string> {
  let words = from;
  for (let depth = 0; depth < DEEPEST; depth++) {
    const more = new Set(words);
    for (const { name, mentions } of ranges) if (words.has(lastWord(name))) for (const word of mentions) more.add(word);
    if (more.size === words.size) break;
    words = more;
  }
  return words;
}

/** A function encloses itself, too. */
function encloses(outer: FunctionRange, inner: FunctionRange): boolean {
  return outer.line <= inner.line && outer.endLine >= inner.endLine;
}

/** The word by which a function is called. */
export function lastWord(name: string): string {
  return name.split(/[^\p{ID_Continue}$#]+/u).at(-1)!;
}

function startsRegexp(last: Token | undefined): boolean {
  if (last === undefined) return true;
  if (/^[\w$#\p{ID_Start}]/u.test(last.text)) return OPERATOR_WORDS.has(last.text);
  return !/^["'`)\]]/.test(last.text);
}

function methodRange(last: Token | undefined, closed: Open | undefined): OpenRange | undefined {
  if (last?.text !== ")" || closed === undefined) return undefined;
  const head = closed.before.at(-1);
  if (head === undefined || CONTROL.has(head.text)) return undefined;
  return rangeFrom(closed.token, nameOf(closed.before));
}

function arrowRange(recent: readonly Token[], closed: Open | undefined): OpenRange {
  const parameter = recent.at(-2)!;
  if (parameter?.text === ")" && closed !== undefined) return rangeFrom(closed.token, assignedName(closed.before));
  return rangeFrom(parameter ?? recent.at(-1)!, assignedName(recent.slice(0, -2)));
}

function rangeFrom({ line, column }: Token, name: string): OpenRange {
  return { name, line, column, endLine: line, mentions: new Set(), beyond: new Set() };
}

/** The name of a function or method by the tokens before its parameters. */
function nameOf(before: readonly Token[]): string {
  const head = before.at(-1)!.text;
  const earlier = before.at(-2)?.text ?? "";
  if (head === "function") return assignedName(before.slice(0, -1));
  if (head === "*" && earlier === "function") return assignedName(before.slice(0, -2));
  return earlier === "get" || earlier === "set" ? `${earlier} ${head}` : plain(head);
}

/** What a function without a name of its own is assigned to. */
function assignedName(before: readonly Token[]): string {
  const words = before.at(-1)?.text === "async" ? before.slice(0, -1) : before;
  const [target, operator] = [words.at(-2)?.text ?? "", words.at(-1)?.text];
  if (operator !== "=" && operator !== ":") return "";
  const owner = words.at(-3)?.text === "." ? words.at(-4)?.text : undefined;
  const name = plain(target);
  return owner !== undefined && owner !== "this" && operator === "=" && name !== "" ? `${owner}.${name}` : name;
}

function plain(text: string): string {
  return /^[\p{ID_Start}$_#]/u.test(text) ? text : /^["']/.test(text) ? text.slice(1, -1) : "";
}
