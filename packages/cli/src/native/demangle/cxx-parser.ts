import { Cursor, DEEPEST, NotMangled } from "./cursor.ts";
import type { Node, Param } from "./cxx-nodes.ts";
import { named } from "./cxx-nodes.ts";
import { ABBREVIATIONS, FULL_ABBREVIATIONS } from "./cxx-tables.ts";

/** What reading a C++ name (Itanium C++ ABI, section 5.1) has to remember. */
export class CxxParser {
  readonly cursor: Cursor;
  /** What `S_`, `S0_` and so on repeat. */
  readonly substitutions: Node[] = [];
  /** What `T_`, `T0_` and so on stand for: the arguments of the template that is read, and of lambdas in it. */
  scopes: (readonly Node[])[] = [];
  /** How many scopes there were, plus one, where the parameters of a lambda began; 0 outside of lambdas. */
  lambdaLevel = 0;
  /** Whether a conversion operator's type is read, whose template arguments come later. */
  allowsForward = false;
  forwards: Param[] = [];
  /** Parameters are not looked up in constraints, which name those of outer templates too. */
  isConstraint = false;
  /** Whether parts hold parameters, as far as that was looked at. */
  readonly #mentions = new Map<Node, boolean>();

  constructor(name: string) {
    this.cursor = new Cursor(name);
  }

  remember(node: Node): Node {
    this.substitutions.push(node);
    return node;
  }

  /** `<number> _`, where nothing before the underscore is 0. */
  compactNumber(): number {
    if (this.cursor.eat("_")) return 0;
    const value = this.cursor.number() + 1;
    this.cursor.expect("_");
    return value;
  }

  /** A number that may be negative, as its digits. */
  signedNumber(): string {
    const sign = this.cursor.eat("n") ? "-" : "";
    return sign + this.cursor.number();
  }

  /** An identifier with its length before it. */
  sourceName(): string {
    const { cursor } = this;
    const length = cursor.number();
    if (length === 0) cursor.fail("an empty name");
    const name = cursor.take(length);
    return /^_GLOBAL_[._$]N./s.test(name) ? "(anonymous namespace)" : name;
  }

  /** What an S stands for. Before a constructor or destructor an abbreviation is written out. */
  substitution(inPrefix: boolean): Node {
    const { cursor } = this;
    cursor.expect("S");
    const code = cursor.peek();
    if (/[_\dA-Z]/.test(code)) {
      const digits = cursor.text.slice(cursor.at, cursor.text.indexOf("_", cursor.at));
      if (!/^[\dA-Z]{0,6}$/.test(digits)) cursor.fail("no substitution");
      cursor.at += digits.length + 1;
      const index = digits === "" ? 0 : Number.parseInt(digits, 36) + 1;
      return this.#rebound(this.substitutions[index] ?? cursor.fail(`no substitution ${index}`));
    }
    cursor.take();
    const full = inPrefix && /[CD]/.test(cursor.peek());
    const node = (full ? FULL_ABBREVIATIONS : ABBREVIATIONS)[code] ?? cursor.fail("no abbreviation");
    if (cursor.peek() !== "B") return node;
    return this.remember(this.tagged(node));
  }

  /** A name with its ABI tags. */
  tagged(base: Node): Node {
    let node = base;
    while (this.cursor.eat("B")) node = { kind: "tagged", base: node, tag: this.sourceName() };
    return node;
  }

  /** What a T stands for. */
  templateParam(): Node {
    const { cursor } = this;
    const from = cursor.at;
    cursor.expect("T");
    const level = cursor.eat("L") ? this.compactNumber() + 1 : 0;
    const index = this.compactNumber();
    if (this.isConstraint) return named(cursor.text.slice(from, cursor.at - 1));
    const target = this.scopes[level]?.[index] ?? (level === this.lambdaLevel - 1 ? auto(index) : undefined);
    const param: Param = { kind: "param", level, index, target };
    if (target === undefined) {
      if (!this.allowsForward) cursor.fail("a template parameter outside of a template");
      this.forwards.push(param);
    }
    return param;
  }

  /** Gives the forward references since `from` what they stand for. */
  resolveForwards(from: number, args: readonly Node[] | undefined): void {
    for (const forward of this.forwards.splice(from)) {
      forward.target = args?.[forward.index] ?? this.cursor.fail("a template parameter outside of a template");
    }
  }

  /** A repeated part with its parameters as they are here: it may have been read in another template. */
  #rebound(node: Node, depth = 0): Node {
    if (depth > DEEPEST) this.cursor.fail("too much nesting");
    if (!this.#mentionsParam(node)) return node;
    if (node.kind !== "param") {
      const copy: Record<string, unknown> = { ...node };
      for (const [key, value] of Object.entries(node)) {
        if (Array.isArray(value))
          copy[key] = value.map((part) => (isNode(part) ? this.#rebound(part, depth + 1) : part));
        else if (isNode(value)) copy[key] = this.#rebound(value, depth + 1);
      }
      return copy as unknown as Node;
    }
    const { level, index } = node;
    const target = this.lambdaLevel > 0 ? auto(index) : (this.scopes[level]?.[index] ?? node.target);
    if (target === node.target && target !== undefined) return node;
    const param: Param = { kind: "param", level, index, target };
    if (target === undefined) this.forwards.push(param);
    return param;
  }

  #mentionsParam(node: Node): boolean {
    if (node.kind === "param") return true;
    // Functions and lambdas bring their own.
    if (node.kind === "encoding" || node.kind === "closure" || node.kind === "local") return false;
    let known = this.#mentions.get(node);
    if (known === undefined) {
      const parts = Object.values(node).flat() as unknown[];
      known = parts.some((part) => isNode(part) && this.#mentionsParam(part));
      this.#mentions.set(node, known);
    }
    return known;
  }

  /** What `read` reads, or undefined with everything as it was before. */
  attempt<T>(read: () => T | undefined): T | undefined {
    const { cursor } = this;
    const { at } = cursor;
    const substitutions = this.substitutions.length;
    const forwards = this.forwards.length;
    const { depth } = cursor;
    let result: T | undefined;
    try {
      result = read();
    } catch (error) {
      if (!(error instanceof NotMangled)) throw error;
    }
    if (result === undefined) {
      cursor.at = at;
      cursor.depth = depth;
      this.substitutions.length = substitutions;
      this.forwards.length = forwards;
    }
    return result;
  }
}

function auto(index: number): Node {
  return named(`auto:${index + 1}`);
}

function isNode(part: unknown): part is Node {
  return typeof part === "object" && part !== null && "kind" in part;
}
