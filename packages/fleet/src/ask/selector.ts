import { FleetError } from "../error.ts";
import type { Matcher, MatchOperator } from "../store/selector.ts";

/** What a text asks for: the name in front of the braces, "" where there is none, and what they hold. */
export interface ParsedSelector {
  readonly name: string;
  readonly matchers: readonly Matcher[];
}

/** Longer than anybody writes, and short enough that what is asked costs less than what is answered. */
const LONGEST_SELECTOR = 8192;
const MOST_MATCHERS = 64;

/** The label that the name in front of the braces stands for. */
const NAME_LABEL = "__name__";
/** Pyroscope's label for the same. */
const TYPE_LABEL = "__profile_type__";

const NAME = /[a-zA-Z_:][\w:.]*/y;
const LABEL = /[a-zA-Z_][\w.]*/y;
const OPERATOR = /=~|!~|!=|=/y;
const SPACE = /[ \t\r\n]*/y;

/**
 * Understands a selector as Prometheus and Pyroscope write it: `{service_name="api", version=~"v1.*"}`, a profile type in
 * front of it or alone, "" for everything. What is wrong with it is a `FleetError`.
 */
export function parseSelector(text: string): ParsedSelector {
  if (text.length > LONGEST_SELECTOR)
    throw new FleetError(`a selector of ${text.length} letters: ${LONGEST_SELECTOR} are the most`);
  const scanner = new Scanner(text);
  const before = scanner.take(NAME);
  const matchers: Matcher[] = [];
  if (scanner.takes("{")) {
    while (!scanner.takes("}")) {
      if (matchers.length >= MOST_MATCHERS) throw new FleetError(`more than ${MOST_MATCHERS} matchers in a selector`);
      matchers.push(scanMatcher(scanner));
      if (!scanner.takes(",") && !scanner.isAt("}")) scanner.fail('"," or "}"');
    }
  } else if (before === undefined && !scanner.isDone) scanner.fail('"{"');
  if (!scanner.isDone) scanner.fail("the end");
  const isName = ({ label }: Matcher): boolean => label === NAME_LABEL || label === TYPE_LABEL;
  const names = [...new Set([...(before === undefined ? [] : [before]), ...matchers.filter(isName).map(nameOf)])];
  if (names.length > 1)
    throw new FleetError(`a selector of ${names.length} profile types, ${names.join(" and ")}: one is asked for`);
  return { name: names[0] ?? "", matchers: matchers.filter((matcher) => !isName(matcher)) };
}

/** The matchers of a selector whose braces may be missing: `service_name="api"`. */
export function parseMatchers(text: string): readonly Matcher[] {
  return parseSelector(/^\s*(\{|$)/.test(text) ? text : `{${text}}`).matchers;
}

function nameOf({ label, operator, value }: Matcher): string {
  if (operator === "=") return value;
  throw new FleetError(`invalid selector: ${label} must be one type, with =, and not ${operator}`);
}

function scanMatcher(scanner: Scanner): Matcher {
  const label = scanner.take(LABEL) ?? scanner.quoted() ?? scanner.fail("the name of a label");
  const operator = (scanner.take(OPERATOR) ?? scanner.fail("one of =, !=, =~, !~")) as MatchOperator;
  return { label, operator, value: scanner.quoted() ?? scanner.fail("a text in quotes") };
}

/** What a letter stands for behind a backslash, in Go's texts. */
const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
  "'": "'",
};

/** Goes through a text, past what is blank. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.take(SPACE);
  }

  get isDone(): boolean {
    return this.#at === this.#text.length;
  }

  isAt(letter: string): boolean {
    return this.#text[this.#at] === letter;
  }

  takes(letter: string): boolean {
    if (!this.isAt(letter)) return false;
    this.#at++;
    this.#skip();
    return true;
  }

  /** What matches here, or nothing. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) return undefined;
    this.#at += found.length;
    this.#skip();
    return found;
  }

  /** The text in quotes that stands here, or nothing. */
  quoted(): string | undefined {
    const quote = this.#text[this.#at] ?? "";
    if (quote === "`") {
      const end = this.#text.indexOf("`", this.#at + 1);
      if (end < 0) this.fail("a ` that ends the text");
      const raw = this.#text.slice(this.#at + 1, end);
      this.#at = end + 1;
      this.#skip();
      return raw;
    }
    if (quote !== '"' && quote !== "'") return undefined;
    const pattern = quote === '"' ? /"((?:[^"\\\n]|\\.)*)"/y : /'((?:[^'\\\n]|\\.)*)'/y;
    pattern.lastIndex = this.#at;
    const content = pattern.exec(this.#text)?.[1];
    if (content === undefined) return this.fail(`a ${quote} that ends the text`);
    this.#at = pattern.lastIndex;
    this.#skip();
    return content.replace(/\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{3}|.)/g, (whole, letter: string) =>
      this.#unescape(whole, letter),
    );
  }

  /** Says what is meant to stand here. */
  fail(expected: string): never {
    const here = this.isDone ? "its end" : JSON.stringify(this.#text.slice(this.#at, this.#at + 20));
    throw new FleetError(
      `invalid selector ${JSON.stringify(this.#text.slice(0, 200))}: ${expected} is expected at ${here}`,
    );
  }

  #skip(): void {
    SPACE.lastIndex = this.#at;
    this.#at += SPACE.exec(this.#text)?.[0].length ?? 0;
  }

  #unescape(whole: string, letter: string): string {
    const known = ESCAPES[letter];
    if (known !== undefined) return known;
    const isOctal = /^[0-7]{3}$/.test(letter);
    const code = isOctal ? Number.parseInt(letter, 8) : letter.length > 1 ? Number.parseInt(letter.slice(1), 16) : -1;
    if (code < 0 || code > 0x10ffff) throw new FleetError(`invalid selector: ${whole} is no letter of a text`);
    return String.fromCodePoint(code);
  }
}
