import { parseExpression } from "./cxx-expressions.ts";
import { parseConstraint, parseName } from "./cxx-names.ts";
import { type Closure, type FunctionType, type Node, named } from "./cxx-nodes.ts";
import type { CxxParser } from "./cxx-parser.ts";
import { ABBREVIATIONS, BUILTIN_TYPES, LATER_TYPES } from "./cxx-tables.ts";

/** A type. In the type of a conversion operator template arguments may be the operator's own. */
export function parseType(p: CxxParser, ofConversion = false): Node {
  return p.cursor.nested(() => {
    const { cursor } = p;
    const qualifiers = parseQualifiers(p);
    if (qualifiers.length === 0) return parseUnqualifiedType(p, ofConversion, true);
    // A member function's `const` is part of its type, and the type without it is never repeated.
    const base = parseUnqualifiedType(p, ofConversion, cursor.peek() !== "F");
    return p.remember(qualified(base, qualifiers));
  });
}

function qualified(base: Node, qualifiers: readonly Node[]): Node {
  if (base.kind === "function") return { ...base, qualifiers: [...qualifiers, ...base.qualifiers] };
  return { kind: "qualified", type: base, qualifiers };
}

function parseUnqualifiedType(p: CxxParser, ofConversion: boolean, isRemembered: boolean): Node {
  const { cursor } = p;
  const code = cursor.peek();
  const builtin = BUILTIN_TYPES[code];
  if (builtin !== undefined) {
    cursor.take();
    return named(builtin);
  }
  if (code === "D") return parseLaterType(p, ofConversion);
  if (code === "S") return parseRepeatedType(p, ofConversion);
  if (cursor.eat("Ul")) return parseClosure(p);
  if (cursor.eat("Ut")) return p.remember(named(`{unnamed type#${p.compactNumber() + 1}}`));
  const type = parseCompound(p, code, ofConversion);
  return isRemembered ? p.remember(type) : type;
}

const INDIRECT: Readonly<Record<string, "pointer" | "reference" | "rvalue">> = {
  P: "pointer",
  R: "reference",
  O: "rvalue",
};

const ELABORATED: Readonly<Record<string, string>> = { Ts: "struct ", Tu: "union ", Te: "enum " };

function parseCompound(p: CxxParser, code: string, ofConversion: boolean): Node {
  const { cursor } = p;
  if (/[NWZ\d]/.test(code)) return parseName(p);
  if (code === "T") {
    const prefix = ELABORATED[code + cursor.peek(1)];
    if (prefix === undefined) return parseParamType(p, p.templateParam(), ofConversion, true);
    cursor.take(2);
    return { kind: "prefixed", prefix, type: parseName(p) };
  }
  cursor.take();
  const kind = INDIRECT[code];
  if (kind !== undefined) return { kind, type: parseType(p, ofConversion) };
  if (code === "F") return parseFunctionType(p);
  if (code === "A") return parseArrayType(p, ofConversion);
  if (code === "M") return { kind: "member", owner: parseType(p), type: parseType(p, ofConversion) };
  if (code === "C") return { kind: "suffixed", type: parseType(p, ofConversion), suffix: named("_Complex") };
  if (code === "G") return { kind: "suffixed", type: parseType(p, ofConversion), suffix: named("_Imaginary") };
  if (code === "u") return parseVendorType(p);
  if (code !== "U") cursor.fail("no type");
  let suffix = named(p.sourceName());
  if (cursor.peek() === "I") suffix = { kind: "template", name: suffix, args: parseTemplateArgs(p) };
  return { kind: "suffixed", type: parseType(p, ofConversion), suffix };
}

function parseVendorType(p: CxxParser): Node {
  const name = p.sourceName();
  if (!p.cursor.eat("I")) return named(name);
  const type = parseType(p);
  p.cursor.expect("E");
  return { kind: "applied", word: name, args: [type], space: "" };
}

/** A template parameter, perhaps with arguments: then it is a template itself. */
function parseParamType(p: CxxParser, param: Node, ofConversion: boolean, isNew: boolean): Node {
  const { cursor } = p;
  if (cursor.peek() !== "I") return param;
  const read = (): Node => {
    if (isNew) p.remember(param);
    return { kind: "template", name: param, args: parseTemplateArgs(p) };
  };
  if (!ofConversion) return read();
  // The arguments are the operator's, unless more follow.
  return (
    p.attempt(() => {
      const type = read();
      return cursor.peek() === "I" ? type : undefined;
    }) ?? param
  );
}

function parseRepeatedType(p: CxxParser, ofConversion: boolean): Node {
  const { cursor } = p;
  if (!/[_\dA-Z]/.test(cursor.peek(1))) {
    const name = parseName(p);
    return IS_ABBREVIATION.has(name) ? name : p.remember(name);
  }
  const repeated = p.substitution(false);
  if (cursor.peek() !== "I") return repeated;
  const isParam = repeated.kind === "param";
  const type = isParam && ofConversion ? parseParamType(p, repeated, true, false) : templateOf(p, repeated);
  return type === repeated ? type : p.remember(type);
}

/** What has an abbreviation is not repeated by number. */
const IS_ABBREVIATION: ReadonlySet<Node> = new Set(Object.values(ABBREVIATIONS));

function templateOf(p: CxxParser, name: Node): Node {
  return { kind: "template", name, args: parseTemplateArgs(p) };
}

/** A type whose code begins with a D. */
function parseLaterType(p: CxxParser, ofConversion: boolean): Node {
  const { cursor } = p;
  cursor.take();
  const code = cursor.take();
  const plain = LATER_TYPES[code];
  if (plain !== undefined) return named(plain);
  const read = LATER[code] ?? cursor.fail("no type");
  return read(p, ofConversion, code);
}

type ReadType = (p: CxxParser, ofConversion: boolean, code: string) => Node;

const parseDecltype: ReadType = (p) => {
  const expression = parseExpression(p);
  p.cursor.expect("E");
  return p.remember({ kind: "applied", word: "decltype", args: [expression], space: " " });
};

const parseBitInt: ReadType = (p, _, code) => {
  const size = p.cursor.seesDigit ? named(String(p.cursor.number())) : parseExpression(p);
  p.cursor.expect("_");
  return { kind: "applied", word: code === "B" ? "_BitInt" : "unsigned _BitInt", args: [size], space: "" };
};

const LATER: Readonly<Record<string, ReadType>> = {
  T: parseDecltype,
  t: parseDecltype,
  B: parseBitInt,
  U: parseBitInt,
  p: (p, ofConversion) => p.remember({ kind: "expansion", type: parseType(p, ofConversion) }),
  k: (p) => ({ kind: "suffixed", type: parseName(p), suffix: named("auto") }),
  K: (p) => ({ kind: "suffixed", type: parseName(p), suffix: named("decltype(auto)") }),
  v: (p, ofConversion) => {
    const { cursor } = p;
    const size = cursor.eat("_") ? parseExpression(p) : named(String(cursor.number()));
    cursor.expect("_");
    const suffix: Node = { kind: "applied", word: "__vector", args: [size], space: "" };
    return p.remember({ kind: "suffixed", type: parseType(p, ofConversion), suffix });
  },
  F: (p, ofConversion) => {
    const { cursor } = p;
    const bits = cursor.seesDigit ? cursor.number() : undefined;
    if (cursor.eat("_")) return named(`_Float${bits ?? cursor.fail("no width")}`);
    if (bits !== undefined && cursor.eat("x")) return named(`_Float${bits}x`);
    if (bits === 16 && cursor.eat("b")) return named("std::bfloat16_t");
    const base = parseType(p, ofConversion);
    if (cursor.seesDigit) cursor.number();
    const prefix = cursor.take() === "s" ? "_Sat " : "";
    const suffix = named(bits === undefined ? "_Fract" : "_Accum");
    const type: Node = base.kind === "name" && base.text === "int" ? suffix : { kind: "suffixed", type: base, suffix };
    return { kind: "prefixed", prefix, type };
  },
};

const QUALIFIERS: Readonly<Record<string, string>> = { r: "restrict", V: "volatile", K: "const" };

/** They are mangled from right to left. */
export function parseQualifiers(p: CxxParser): Node[] {
  const { cursor } = p;
  const qualifiers: Node[] = [];
  for (;;) {
    const plain = QUALIFIERS[cursor.peek()];
    if (plain !== undefined) {
      cursor.take();
      qualifiers.unshift(named(plain));
    } else if (cursor.eat("Dx")) qualifiers.unshift(named("transaction_safe"));
    else if (cursor.eat("Do")) qualifiers.unshift(named("noexcept"));
    else if (cursor.eat("DO")) {
      qualifiers.unshift({ kind: "applied", word: "noexcept", args: [parseExpression(p)], space: "" });
      cursor.expect("E");
    } else if (cursor.eat("Dw")) {
      qualifiers.unshift({ kind: "applied", word: "throw", args: parseParams(p), space: "" });
      cursor.expect("E");
    } else return qualifiers;
  }
}

export function parseRef(p: CxxParser): string {
  return p.cursor.eat("R") ? "&" : p.cursor.eat("O") ? "&&" : "";
}

/** Parameters up to whatever ends them; a lone `void` is none. */
export function parseParams(p: CxxParser): Node[] {
  const { cursor } = p;
  const params: Node[] = [];
  while (!cursor.isAtEnd && !/^(?:[E.Q]|[RO]E)/.test(cursor.peek() + cursor.peek(1))) params.push(parseType(p));
  if (params.length === 0) cursor.fail("no parameters");
  const [first] = params;
  return params.length === 1 && first?.kind === "name" && first.text === BUILTIN_TYPES.v ? [] : params;
}

function parseFunctionType(p: CxxParser): FunctionType {
  // A function of C is shown like any other.
  p.cursor.eat("Y");
  const result = parseType(p);
  const params = parseParams(p);
  const ref = parseRef(p);
  p.cursor.expect("E");
  return { kind: "function", result, params, qualifiers: [], ref, isScope: false };
}

function parseArrayType(p: CxxParser, ofConversion: boolean): Node {
  const { cursor } = p;
  const digits = /^\d*/.exec(cursor.text.slice(cursor.at, cursor.at + 32))![0];
  const isCounted = digits !== "" || cursor.peek() === "_";
  const size = isCounted ? named(cursor.take(digits.length)) : parseExpression(p);
  cursor.expect("_");
  return { kind: "array", size, type: parseType(p, ofConversion) };
}

export function parseTemplateArgs(p: CxxParser): Node[] {
  const { cursor } = p;
  if (!cursor.eat("I")) cursor.expect("J");
  return cursor.nested(() => {
    const args: Node[] = [];
    while (!cursor.eat("E")) {
      args.push(parseTemplateArg(p, args));
      if (cursor.eat("Q")) parseConstraint(p);
    }
    return args;
  });
}

/** One argument; `before` are those that a parameter declared with it may name. */
export function parseTemplateArg(p: CxxParser, before: readonly Node[] = []): Node {
  const { cursor } = p;
  if (cursor.eat("X")) {
    const expression = parseExpression(p);
    cursor.expect("E");
    return expression;
  }
  if (cursor.peek() === "L") return parseExpression(p);
  if (/[IJ]/.test(cursor.peek())) return { kind: "arguments", elements: parseTemplateArgs(p) };
  if (!PARAM_DECLARATION.test(cursor.peek() + cursor.peek(1))) return parseType(p);
  const { scopes } = p;
  p.scopes = [...scopes, before];
  parseParamDeclaration(p, { types: 0, values: 0, templates: 0 });
  p.scopes = scopes;
  return parseTemplateArg(p);
}

const PARAM_DECLARATION = /^T[yktnp]/;

interface ParamCounts {
  types: number;
  values: number;
  templates: number;
}

const numbered = (prefix: string, count: number): string => prefix + (count === 0 ? "" : count - 1);

/** A template parameter as declared, and the name that is made up for it. */
function parseParamDeclaration(p: CxxParser, counts: ParamCounts): { declaration: Node; name: Node } {
  const { cursor } = p;
  cursor.expect("T");
  const code = cursor.take();
  if (code === "p") {
    const { declaration, name } = parseParamDeclaration(p, counts);
    return { declaration: { kind: "sequence", parts: [declaration, named("...")] }, name };
  }
  if (code === "y" || code === "k") {
    const name = named(numbered("$T", counts.types++));
    if (code === "y") return { declaration: { kind: "sequence", parts: [named("typename "), name] }, name };
    return { declaration: { kind: "sequence", parts: [parseConcept(p), named(" "), name] }, name };
  }
  if (code === "n") {
    const name = named(numbered("$N", counts.values++));
    return { declaration: { kind: "sequence", parts: [parseType(p), named(" "), name] }, name };
  }
  if (code !== "t") cursor.fail("no template parameter");
  const name = named(numbered("$TT", counts.templates++));
  const params: Node[] = [];
  while (!cursor.eat("E")) params.push(parseParamDeclaration(p, counts).declaration);
  const list: Node = { kind: "list", items: params };
  return { declaration: { kind: "sequence", parts: [named("template<"), list, named("> typename "), name] }, name };
}

function parseConcept(p: CxxParser): Node {
  const before = p.isConstraint;
  p.isConstraint = true;
  const name = parseName(p);
  p.isConstraint = before;
  return name;
}

/** A lambda's type, after `Ul`. */
export function parseClosure(p: CxxParser): Closure {
  const { cursor } = p;
  const { lambdaLevel, scopes } = p;
  p.lambdaLevel = scopes.length + 1;
  const counts = { types: 0, values: 0, templates: 0 };
  const templateParams: Node[] = [];
  const names: Node[] = [];
  while (PARAM_DECLARATION.test(cursor.peek() + cursor.peek(1))) {
    p.scopes = [...scopes, names];
    const { declaration, name } = parseParamDeclaration(p, counts);
    templateParams.push(declaration);
    names.push(name);
  }
  if (names.length > 0) p.scopes = [...scopes, names];
  if (cursor.eat("Q")) parseConstraint(p);
  const params = parseParams(p);
  if (cursor.eat("Q")) parseConstraint(p);
  p.lambdaLevel = lambdaLevel;
  p.scopes = scopes;
  cursor.expect("E");
  return { kind: "closure", templateParams, params, number: p.compactNumber() + 1 };
}
