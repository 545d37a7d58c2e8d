import { parseExpression, parseOperatorName } from "./cxx-expressions.ts";
import { type FunctionType, type Node, named } from "./cxx-nodes.ts";
import type { CxxParser } from "./cxx-parser.ts";
import { parseSpecialName } from "./cxx-special.ts";
import { ABBREVIATIONS } from "./cxx-tables.ts";
import { parseClosure, parseParams, parseQualifiers, parseRef, parseTemplateArgs, parseType } from "./cxx-types.ts";

/** What the end of a name says of the function that it names. */
export interface NameEnd {
  /** The template arguments that it ends with. */
  args: readonly Node[] | undefined;
  /** Constructors, destructors and conversions have no result, templates or not. */
  hasNoResult: boolean;
  qualifiers: readonly Node[];
  ref: string;
  /** Whether the object is the first parameter. */
  hasObject: boolean;
}

export function nameEnd(): NameEnd {
  return { args: undefined, hasNoResult: false, qualifiers: [], ref: "", hasObject: false };
}

/** A function with its parameters, a variable, or what the compiler made; without parameters they are left unread. */
export function parseEncoding(p: CxxParser, withParams: boolean, isScope = false): Node {
  const { cursor } = p;
  return cursor.nested(() => {
    if (/[GT]/.test(cursor.peek())) return parseSpecialName(p);
    const { scopes, lambdaLevel } = p;
    p.scopes = [];
    p.lambdaLevel = 0;
    const end = nameEnd();
    const name = parseName(p, end);
    const isFunction = withParams && !cursor.isAtEnd && !/[E.]/.test(cursor.peek());
    p.scopes = end.args === undefined ? [] : [end.args];
    const encoding = isFunction ? parseFunction(p, name, end, isScope) : name;
    p.scopes = scopes;
    p.lambdaLevel = lambdaLevel;
    return encoding;
  });
}

function parseFunction(p: CxxParser, name: Node, end: NameEnd, isScope: boolean): Node {
  const { cursor } = p;
  const after: Node[] = [];
  if (cursor.eat("Ua9enable_if")) {
    const args = parseTemplateArgs(p);
    after.push(named(" [enable_if:"), { kind: "list", items: args }, named("]"));
  }
  const hasResult = cursor.eat("J") || (end.args !== undefined && !end.hasNoResult);
  const result = hasResult ? parseType(p) : undefined;
  const params = parseParams(p);
  if (end.hasObject && params[0] !== undefined) params[0] = { kind: "prefixed", prefix: "this ", type: params[0] };
  if (cursor.eat("Q")) after.push(named(" requires "), parseConstraint(p));
  const { qualifiers, ref } = end;
  const type: FunctionType = { kind: "function", result, params, qualifiers, ref, isScope };
  return { kind: "encoding", name, type, after };
}

export function parseConstraint(p: CxxParser): Node {
  const before = p.isConstraint;
  p.isConstraint = true;
  const expression = parseExpression(p);
  p.isConstraint = before;
  return expression;
}

export function parseName(p: CxxParser, end: NameEnd = nameEnd()): Node {
  const { cursor } = p;
  const forwards = p.forwards.length;
  const name = cursor.nested(() => {
    if (cursor.eat("N")) return parseNestedName(p, end);
    if (cursor.eat("Z")) return parseLocalName(p, end);
    return parseUnscopedName(p, end);
  });
  if (!p.allowsForward) p.resolveForwards(forwards, end.args);
  return name;
}

function parseUnscopedName(p: CxxParser, end: NameEnd): Node {
  const { cursor } = p;
  let name: Node;
  let isRepeated = false;
  if (cursor.eat("St")) name = { kind: "nested", scope: ABBREVIATIONS.t!, name: parseUnqualifiedName(p, end) };
  else if (cursor.peek() === "S") {
    name = p.substitution(false);
    isRepeated = true;
  } else name = parseUnqualifiedName(p, end);
  if (cursor.peek() !== "I") return name;
  if (!isRepeated) p.remember(name);
  end.args = parseTemplateArgs(p);
  return { kind: "template", name, args: end.args };
}

/** `N ... E`: each part is remembered, but for the whole, which is what the type around it remembers. */
function parseNestedName(p: CxxParser, end: NameEnd): Node {
  const { cursor } = p;
  if (cursor.eat("H")) end.hasObject = true;
  else {
    end.qualifiers = parseQualifiers(p);
    end.ref = parseRef(p);
  }
  let name: Node | undefined;
  const inScope = (part: Node): Node => (name === undefined ? part : { kind: "nested", scope: name, name: part });
  while (!cursor.eat("E")) {
    const isRepeated = cursor.peek() === "S";
    if (cursor.peek() === "I") {
      end.args = parseTemplateArgs(p);
      name = { kind: "template", name: name ?? cursor.fail("template arguments of nothing"), args: end.args };
    } else if (name !== undefined && cursor.eat("M")) {
      // The variable or member that a lambda initializes: it is the scope that stands before.
      continue;
    } else {
      end.args = undefined;
      end.hasNoResult = false;
      name = inScope(parseNamePart(p, name, end));
    }
    if (!isRepeated && cursor.peek() !== "E") p.remember(name);
  }
  return name ?? cursor.fail("an empty name");
}

function parseNamePart(p: CxxParser, scope: Node | undefined, end: NameEnd): Node {
  const { cursor } = p;
  if (cursor.peek() === "S") return p.substitution(true);
  if (cursor.peek() === "T") return p.templateParam();
  if (cursor.sees("Dt") || cursor.sees("DT")) return parseType(p);
  const isConstructor = cursor.peek() === "C";
  if (!isConstructor && !/^D\d/.test(cursor.peek() + cursor.peek(1))) return parseUnqualifiedName(p, end);
  cursor.take();
  const inherits = cursor.eat("I");
  cursor.take();
  end.hasNoResult = true;
  const base = lastName(scope ?? cursor.fail("a constructor of nothing"));
  if (inherits) parseType(p);
  return p.tagged(isConstructor ? base : { kind: "destructor", base });
}

/** The name that a constructor repeats. */
function lastName(name: Node): Node {
  let last = name;
  for (;;) {
    if (last.kind === "template" || last.kind === "nested") last = last.name;
    else if (last.kind === "tagged") last = last.base;
    else return last;
  }
}

export function parseUnqualifiedName(p: CxxParser, end: NameEnd = nameEnd()): Node {
  const { cursor } = p;
  const module = parseModule(p);
  const isFriend = cursor.eat("F");
  let name = p.tagged(parseUntaggedName(p, end));
  if (module !== "") name = { kind: "module", name, module };
  return isFriend ? { kind: "prefixed", prefix: "friend ", type: name } : name;
}

function parseUntaggedName(p: CxxParser, end: NameEnd): Node {
  const { cursor } = p;
  if (cursor.seesDigit) return named(p.sourceName());
  if (cursor.eat("L")) {
    const name = named(p.sourceName());
    skipDiscriminator(p);
    return name;
  }
  if (cursor.eat("DC")) {
    const names: Node[] = [];
    while (!cursor.eat("E")) names.push(named(p.sourceName()));
    return { kind: "bindings", names };
  }
  if (cursor.eat("Ul")) return parseClosure(p);
  if (cursor.eat("Ut")) return p.remember(named(`{unnamed type#${p.compactNumber() + 1}}`));
  if (cursor.eat("Ub")) {
    p.compactNumber();
    return named("'block-literal'");
  }
  const operator = parseOperatorName(p, false);
  end.hasNoResult = operator.kind === "conversion";
  return operator;
}

/** The module that a name is attached to, as `a.b:part`. */
function parseModule(p: CxxParser): string {
  let module = "";
  while (p.cursor.eat("W")) {
    const separator = p.cursor.eat("P") ? ":" : module === "" ? "" : ".";
    module += separator + p.sourceName();
    p.remember(named(module));
  }
  return module;
}

/** What stands within a function. */
function parseLocalName(p: CxxParser, end: NameEnd): Node {
  const { cursor } = p;
  const scope = parseEncoding(p, true, true);
  cursor.expect("E");
  if (cursor.eat("s")) {
    skipDiscriminator(p);
    return { kind: "local", scope, name: named("string literal"), defaultArgument: undefined };
  }
  const defaultArgument = cursor.eat("d") ? p.compactNumber() + 1 : undefined;
  const name = parseName(p, end);
  skipDiscriminator(p);
  return { kind: "local", scope, name, defaultArgument };
}

/** A number that tells apart what has the same name in a function; it is not shown. */
function skipDiscriminator(p: CxxParser): void {
  const rest = p.cursor.text.slice(p.cursor.at);
  const found = /^(?:__\d{2,}_|__?\d+|\d+$)/.exec(rest);
  if (found !== null) p.cursor.take(found[0].length);
}
