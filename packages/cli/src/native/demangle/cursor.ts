/** A mangled name that does not read as one. */
export class NotMangled extends Error {
  override readonly name: string = "NotMangled";
}

/** How deep what a name describes may be nested, and how long it may get: names of real programs stay far below. */
export const DEEPEST: number = 500;
export const LONGEST: number = 1 << 17;

/** A mangled name, and how far it is read. */
export class Cursor {
  readonly text: string;
  at = 0;
  depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** The character `ahead` of the next one; "" past the end. */
  peek(ahead = 0): string {
    return this.text[this.at + ahead] ?? "";
  }

  sees(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  /** Reads this text if it comes next. */
  eat(text: string): boolean {
    if (!this.sees(text)) return false;
    this.at += text.length;
    return true;
  }

  expect(text: string): void {
    if (!this.eat(text)) this.fail(`no ${text}`);
  }

  take(count = 1): string {
    if (this.at + count > this.text.length) this.fail("an end too early");
    this.at += count;
    return this.text.slice(this.at - count, this.at);
  }

  get seesDigit(): boolean {
    const next = this.peek();
    return next >= "0" && next <= "9";
  }

  /** A decimal number that an array index can be; fails where there is none. */
  number(): number {
    const from = this.at;
    while (this.seesDigit) this.at++;
    if (this.at === from || this.at - from > 9) this.fail("no number");
    return Number(this.text.slice(from, this.at));
  }

  fail(what: string): never {
    throw new NotMangled(`${what} at ${this.at} of ${this.text}`);
  }

  /** Reads a part that may hold parts of its kind; names that would exhaust the stack are none. */
  nested<T>(read: () => T): T {
    if (++this.depth > DEEPEST) this.fail("too much nesting");
    const result = read();
    this.depth--;
    return result;
  }
}
