import { DEEPEST, LONGEST, NotMangled } from "./cursor.ts";
import { expressionText } from "./cxx-expression-text.ts";
import type { Encoding, FunctionType, Node } from "./cxx-nodes.ts";

export interface CxxStyle {
  readonly templateArgs: boolean;
  /** The parameters of functions that something is local to. */
  readonly scopeParams: boolean;
}

/** A declaration grows around its name: what stands before the name, and what after it. */
interface Around {
  readonly left: string;
  readonly right: string;
}

/** So many parts are written of names whose repetitions would otherwise go on for ever. */
const MOST_PARTS = 200_000;

/** Writes what a name describes, in the style of GNU's tools. */
export class CxxWriter {
  readonly #style: CxxStyle;
  /** Which argument of the packs in an expansion is written; undefined outside of expansions. */
  #element: number | undefined;
  /** How many arguments the packs of this expansion have; -1 before one was met. */
  #elements = -1;
  #parts = 0;
  #depth = 0;

  constructor(style: CxxStyle) {
    this.#style = style;
  }

  text(node: Node): string {
    const { left, right } = this.#around(node);
    return left + right;
  }

  /** With commas between, and without those that are empty packs. */
  list(nodes: readonly Node[]): string {
    return nodes
      .map((node) => ({ node, text: this.text(node) }))
      .filter(({ node, text }) => text !== "" || node.kind === "name")
      .map(({ text }) => text)
      .join(", ");
  }

  /** The arguments between angle brackets, with a space where two of them would meet. */
  templateArgs(args: readonly Node[]): string {
    const list = this.list(args);
    return `<${list}${list.endsWith(">") ? " " : ""}>`;
  }

  /** What a node stands for where it is written. */
  resolved(node: Node): Node {
    let known = node;
    while (known.kind === "param") {
      const { target }: { target: Node | undefined } = known;
      known = target ?? this.#fail("a template parameter outside of a template");
      if (known.kind === "arguments" && this.#element !== undefined) {
        this.#elements = Math.max(this.#elements, known.elements.length);
        known = known.elements[this.#element] ?? { kind: "list", items: [] };
      }
    }
    return known;
  }

  #fail(what: string): never {
    throw new NotMangled(what);
  }

  #around(written: Node): Around {
    // Repetitions nest what they repeat without a limit of their own.
    if (++this.#parts > MOST_PARTS || ++this.#depth > DEEPEST) this.#fail("too long a name");
    const node = this.resolved(written);
    const around = DECLARATORS[node.kind] === undefined ? plain(this.#plain(node)) : this.#declarator(node);
    this.#depth--;
    if (around.left.length + around.right.length > LONGEST) this.#fail("too long a name");
    return around;
  }

  /** What is written in one piece. */
  #plain(node: Node): string {
    switch (node.kind) {
      case "name":
        return node.text;
      case "nested":
        return `${this.text(node.scope)}::${this.text(node.name)}`;
      case "local": {
        const argument = node.defaultArgument === undefined ? "" : `{default arg#${node.defaultArgument}}::`;
        return `${this.text(node.scope)}::${argument}${this.text(node.name)}`;
      }
      case "template": {
        const name = this.text(node.name);
        if (!this.#style.templateArgs) return name;
        return name + (name.endsWith("<") ? " " : "") + this.templateArgs(node.args);
      }
      case "destructor":
        return `~${this.text(node.base)}`;
      case "tagged":
        return `${this.text(node.base)}[abi:${node.tag}]`;
      case "conversion":
        return `operator ${this.text(node.type)}`;
      case "operator":
        return `operator${/^[a-z]/.test(node.text) ? " " : ""}${node.text.trimEnd()}`;
      case "literalOperator":
        return `operator"" ${this.text(node.name)}`;
      case "module":
        return `${this.text(node.name)}@${node.module}`;
      case "bindings":
        return `[${this.list(node.names)}]`;
      case "special":
        return node.prefix + this.text(node.base) + node.middle + this.text(node.of);
      case "encoding":
        return this.#encoding(node);
      case "closure":
        return `{lambda${this.closure(node)}#${node.number}}`;
      case "prefixed":
        return node.prefix + this.text(node.type);
      case "applied":
        return `${node.word}${node.space}(${this.list(node.args)})`;
      case "arguments":
        return this.list(node.elements);
      case "expansion":
        return this.#expansion(node.type);
      default:
        return expressionText(this, node);
    }
  }

  closure(node: Extract<Node, { kind: "closure" }>): string {
    const params = node.templateParams.length === 0 ? "" : `<${this.list(node.templateParams)}>`;
    return `${params}(${this.list(node.params)})`;
  }

  #encoding({ name, type, after }: Encoding): string {
    const { left, right } = this.#function(type);
    return left + this.text(name) + right + after.map((node) => this.text(node)).join("");
  }

  #expansion(type: Node): string {
    const element = this.#element;
    const elements = this.#elements;
    this.#element = 0;
    this.#elements = -1;
    const written = [this.text(type)];
    const count = this.#elements;
    for (let i = 1; i < count; i++) {
      this.#element = i;
      written.push(this.text(type));
    }
    this.#element = element;
    this.#elements = elements;
    // Nothing to expand: the pack is not known yet.
    if (count < 0) return `${type.kind === "name" ? written[0] : `(${written[0]})`}...`;
    return count === 0 ? "" : written.filter((text) => text !== "").join(", ");
  }

  #declarator(node: Node): Around {
    switch (node.kind) {
      case "function":
        return this.#function(node);
      case "qualified":
        return this.#qualified(node.type, node.qualifiers);
      case "pointer":
        return this.#pointing(node.type, "*");
      case "reference":
      case "rvalue": {
        // References to references are one: an rvalue reference only if both are.
        let type = this.resolved(node.type);
        let isRvalue = node.kind === "rvalue";
        while (type.kind === "reference" || type.kind === "rvalue") {
          isRvalue &&= type.kind === "rvalue";
          type = this.resolved(type.type);
        }
        return this.#pointing(type, isRvalue ? "&&" : "&");
      }
      case "member": {
        const owner = this.text(node.owner);
        return this.#pointing(node.type, `${this.#isCompound(node.type) ? "" : " "}${owner}::*`);
      }
      case "array": {
        const { left, right } = this.#around(node.type);
        return { left, right: ` [${this.text(node.size)}]${right.replace(/^ (?=\[)/, "")}` };
      }
      case "suffixed": {
        const { left, right } = this.#around(node.type);
        return { left: `${left} ${this.text(node.suffix)}`, right };
      }
      default:
        return this.#fail("no declarator");
    }
  }

  #pointing(type: Node, sign: string): Around {
    const { left, right } = this.#around(type);
    if (!this.#isCompound(type)) return { left: left + sign, right };
    const space = left.endsWith(" ") || left.endsWith("(") || left.endsWith("*") ? "" : " ";
    return { left: `${left}${space}(${sign}`, right: `)${right}` };
  }

  #qualified(type: Node, qualifiers: readonly Node[]): Around {
    let base = this.resolved(type);
    const words = qualifiers.map((qualifier) => this.text(qualifier));
    while (base.kind === "qualified") {
      for (const qualifier of base.qualifiers) {
        const word = this.text(qualifier);
        if (!words.includes(word)) words.push(word);
      }
      base = this.resolved(base.type);
    }
    const { left, right } = this.#around(base);
    const suffix = words.map((word) => ` ${word}`).join("");
    return base.kind === "function" ? { left, right: right + suffix } : { left: left + suffix, right };
  }

  /** Whether a sign before the name needs parentheses: functions and arrays bind their right side more tightly. */
  #isCompound(type: Node): boolean {
    let node = this.resolved(type);
    while (node.kind === "qualified") node = this.resolved(node.type);
    return node.kind === "function" || node.kind === "array";
  }

  #function({ result, params, qualifiers, ref, isScope }: FunctionType): Around {
    const { left, right } = result === undefined || isScope ? plain("") : this.#around(result);
    const list = isScope && !this.#style.scopeParams ? "" : this.list(params);
    const after = qualifiers.map((qualifier) => ` ${this.text(qualifier)}`).join("");
    const space = result === undefined || isScope || right !== "" ? "" : " ";
    return { left: left + space, right: `(${list})${after}${ref === "" ? "" : ` ${ref}`}${right}` };
  }
}

/** The kinds that have something on both sides of a name. */
const DECLARATORS: Readonly<Record<string, true>> = {
  function: true,
  qualified: true,
  pointer: true,
  reference: true,
  rvalue: true,
  member: true,
  array: true,
  suffixed: true,
};

function plain(left: string): Around {
  return { left, right: "" };
}
