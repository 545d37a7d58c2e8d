import { parseEncoding, parseName, parseUnqualifiedName } from "./cxx-names.ts";
import { type Node, named } from "./cxx-nodes.ts";
import type { CxxParser } from "./cxx-parser.ts";
import { OPERATORS } from "./cxx-tables.ts";
import { parseQualifiers, parseTemplateArg, parseTemplateArgs, parseType } from "./cxx-types.ts";

/** An operator in a function's name, or a conversion to a type. */
export function parseOperatorName(p: CxxParser, inExpression: boolean): Node {
  const { cursor } = p;
  const code = cursor.take(2);
  if (code === "cv") {
    const { allowsForward } = p;
    if (!inExpression) p.allowsForward = true;
    const type = parseType(p, !inExpression);
    p.allowsForward = allowsForward;
    return { kind: "conversion", type };
  }
  // A vendor's own.
  if (/^v\d$/.test(code)) return { kind: "operator", text: p.sourceName() };
  if (code === "li") return { kind: "literalOperator", name: named(p.sourceName()) };
  return { kind: "operator", text: OPERATORS.get(code)?.text ?? cursor.fail("no operator") };
}

/** An expression in a template argument or a `decltype`. */
export function parseExpression(p: CxxParser): Node {
  const { cursor } = p;
  return cursor.nested(() => {
    if (cursor.eat("L")) return parseLiteral(p);
    if (cursor.peek() === "T") return p.templateParam();
    if (cursor.seesDigit) return withArgs(p, parseUnqualifiedName(p));
    if (cursor.eat("u")) return parseVendorExpression(p);
    const isParam = cursor.peek() === "f" && (cursor.peek(1) === "p" || /\d/.test(cursor.peek(2)));
    const code = cursor.peek() + cursor.peek(1);
    const read = isParam ? parseParam : EXPRESSIONS[code];
    if (read !== undefined) {
      cursor.take(2);
      return read(p, code);
    }
    return parseOperation(p);
  });
}

function withArgs(p: CxxParser, name: Node): Node {
  return p.cursor.peek() === "I" ? { kind: "template", name, args: parseTemplateArgs(p) } : name;
}

function parseList(p: CxxParser, end: string, read: (p: CxxParser) => Node = parseExpression): Node[] {
  const items: Node[] = [];
  while (!p.cursor.eat(end)) items.push(read(p));
  return items;
}

type Read = (p: CxxParser, code: string) => Node;

/** `fp_` and the like: a parameter of the function itself. */
const parseParam: Read = (p, code) => {
  if (code === "fL") {
    p.cursor.number();
    p.cursor.expect("p");
  } else if (p.cursor.eat("T")) return named("this");
  parseQualifiers(p);
  return named(`{parm#${p.compactNumber() + 1}}`);
};

const parseBraces: Read = (p, code) => {
  const type = code === "tl" ? parseType(p) : undefined;
  return { kind: "braces", type, items: parseList(p, "E") };
};

const parseCast: Read = (p, code) => ({
  kind: "cast",
  operator: OPERATORS.get(code)!.text,
  type: parseType(p),
  operand: parseExpression(p),
});

const parseOfType: Read = (p, code) => ({
  kind: "unary",
  operator: named(OPERATORS.get(code)!.text),
  operand: parseType(p),
  style: code === "st" ? "type" : "prefix",
});

const parseFold: Read = (p, code) => {
  const operator = OPERATORS.get(p.cursor.take(2))?.text ?? p.cursor.fail("no operator");
  const first = parseExpression(p);
  if (code === "fl") return { kind: "fold", operator, parts: [undefined, first] };
  if (code === "fr") return { kind: "fold", operator, parts: [first, undefined] };
  return { kind: "fold", operator, parts: [first, undefined, parseExpression(p)] };
};

const parseNew: Read = (p) => {
  const { cursor } = p;
  const placed = parseList(p, "_");
  const placement: Node | undefined = placed.length === 0 ? undefined : { kind: "list", items: placed };
  const type = parseType(p);
  let initial: Node | undefined;
  if (cursor.eat("pi")) initial = { kind: "list", items: parseList(p, "E") };
  else if (cursor.sees("il")) initial = parseExpression(p);
  else cursor.expect("E");
  return { kind: "new", placement, type, initial };
};

const parseDesignated: Read = (p, code) => {
  const designator =
    code === "di"
      ? [parseUnqualifiedName(p)]
      : code === "dx"
        ? [parseExpression(p)]
        : [parseExpression(p), parseExpression(p)];
  return { kind: "designated", designator, isField: code === "di", value: parseExpression(p) };
};

const parseMember: Read = (p, code) => {
  const left = parseExpression(p);
  const right = p.cursor.eat("L") ? parseLiteral(p) : withArgs(p, parseUnresolvedName(p));
  return { kind: "binary", operator: OPERATORS.get(code)!.text, left, right };
};

const parseCall: Read = (p) => ({
  kind: "binary",
  operator: "()",
  left: parseExpression(p),
  right: { kind: "list", items: parseList(p, "E") },
});

const parsePointerConversion: Read = (p) => {
  const type = parseType(p);
  const operand = parseExpression(p);
  if (!p.cursor.eat("E")) {
    p.signedNumber();
    p.cursor.expect("E");
  }
  return { kind: "sequence", parts: [named("("), type, named(")("), operand, named(")")] };
};

const parseSubobject: Read = (p) => {
  const { cursor } = p;
  const type = parseType(p);
  const operand = parseExpression(p);
  const offset = cursor.seesDigit || cursor.peek() === "n" ? p.signedNumber() : "0";
  while (cursor.eat("_")) if (cursor.seesDigit || cursor.peek() === "n") p.signedNumber();
  cursor.eat("p");
  cursor.expect("E");
  return { kind: "sequence", parts: [operand, named(".<"), type, named(` at offset ${offset}>`)] };
};

const parseRequires: Read = (p, code) => {
  const { cursor } = p;
  const parts: Node[] = [named("requires")];
  if (code === "rQ") {
    const params = cursor.peek() === "_" ? [] : parseList(p, "_", parseType);
    if (params.length === 0) cursor.eat("_");
    else parts.push(named(" ("), { kind: "list", items: params }, named(")"));
  }
  parts.push(named(" {"));
  while (!cursor.eat("E")) {
    if (cursor.eat("T")) parts.push(named(" typename "), parseType(p));
    else if (cursor.eat("Q")) parts.push(named(" requires "), parseExpression(p));
    else {
      cursor.expect("X");
      const expression = parseExpression(p);
      const isNoexcept = cursor.eat("N");
      const result = cursor.eat("R") ? parseName(p) : undefined;
      const isBraced = isNoexcept || result !== undefined;
      parts.push(named(isBraced ? " {" : " "), expression, named(isBraced ? "}" : ""));
      if (isNoexcept) parts.push(named(" noexcept"));
      if (result !== undefined) parts.push(named(" -> "), result);
    }
    parts.push(named(";"));
  }
  return { kind: "sequence", parts: [...parts, named(" }")] };
};

/** What reads an expression, by its code; others are operators with their operands. */
const EXPRESSIONS: Readonly<Record<string, Read>> = {
  il: parseBraces,
  tl: parseBraces,
  cc: parseCast,
  dc: parseCast,
  rc: parseCast,
  sc: parseCast,
  at: parseOfType,
  st: parseOfType,
  ti: parseOfType,
  fl: parseFold,
  fr: parseFold,
  fL: parseFold,
  fR: parseFold,
  na: parseNew,
  nw: parseNew,
  di: parseDesignated,
  dx: parseDesignated,
  dX: parseDesignated,
  dt: parseMember,
  pt: parseMember,
  cl: parseCall,
  cp: parseCall,
  mc: parsePointerConversion,
  so: parseSubobject,
  rq: parseRequires,
  rQ: parseRequires,
  sr: (p) => parseScopedName(p),
  sp: (p) => ({ kind: "expansion", type: parseExpression(p) }),
  sZ: (p) => ({ kind: "sizeofPack", args: [parseExpression(p)] }),
  sP: (p) => ({ kind: "sizeofPack", args: parseList(p, "E", parseTemplateArg) }),
  on: (p) => withArgs(p, parseUnqualifiedName(p)),
};

function parseOperation(p: CxxParser): Node {
  const { cursor } = p;
  const code = cursor.peek() + cursor.peek(1);
  const operator = OPERATORS.get(code);
  const node = parseOperatorName(p, true);
  if (operator === undefined || code === "li") {
    // `(type)operand`, or a vendor's operator.
    const items: Node | undefined = cursor.eat("_") ? { kind: "list", items: parseList(p, "E") } : undefined;
    return { kind: "unary", operator: node, operand: items ?? parseExpression(p), style: "prefix" };
  }
  const { text, operands } = operator;
  if (operands === 0) return named(text);
  if (operands === 1) {
    const isStep = code === "pp" || code === "mm";
    const style = code === "gs" ? "scope" : isStep && !cursor.eat("_") ? "suffix" : "prefix";
    return { kind: "unary", operator: named(text), operand: parseExpression(p), style };
  }
  const left = parseExpression(p);
  const right = parseExpression(p);
  if (operands === 2) return { kind: "binary", operator: text, left, right };
  return { kind: "conditional", operands: [left, right, parseExpression(p)] };
}

/** `name(args)`: an extension of the compiler. */
function parseVendorExpression(p: CxxParser): Node {
  const { cursor } = p;
  const name = p.sourceName();
  const left = named(name);
  if (name === "__uuidof" && /[tz]/.test(cursor.peek())) {
    const items = [cursor.take() === "t" ? parseType(p) : parseExpression(p)];
    return { kind: "binary", operator: "()", left, right: { kind: "list", items } };
  }
  return { kind: "binary", operator: "()", left, right: { kind: "list", items: parseList(p, "E", parseTemplateArg) } };
}

function parseUnresolvedName(p: CxxParser): Node {
  const { cursor } = p;
  if (cursor.eat("gs")) {
    return { kind: "unary", operator: named("::"), operand: parseUnresolvedName(p), style: "scope" };
  }
  return cursor.eat("sr") ? parseScopedName(p) : parseBaseName(p);
}

/** A name in a scope that is not known before the template is used, after `sr`. */
function parseScopedName(p: CxxParser): Node {
  const { cursor } = p;
  if (/[TDS]/.test(cursor.peek())) {
    const nested: Node = { kind: "nested", scope: parseType(p), name: parseBaseName(p) };
    const name = withArgs(p, nested);
    return name === nested ? name : p.remember(name);
  }
  let scope: Node | undefined = cursor.eat("N") ? parseType(p) : undefined;
  while (!cursor.eat("E")) {
    if (scope !== undefined && !cursor.seesDigit) {
      // GCC leaves the E out, and what is read is the whole name already.
      if (scope.kind !== "nested") return cursor.fail("no name");
      const outer = scope.scope;
      if (outer.kind === "template") p.remember(outer.name);
      p.remember(outer);
      return scope;
    }
    const level = withArgs(p, named(p.sourceName()));
    scope = scope === undefined ? level : { kind: "nested", scope, name: level };
  }
  return { kind: "nested", scope: scope ?? cursor.fail("no scope"), name: parseBaseName(p) };
}

function parseBaseName(p: CxxParser): Node {
  const { cursor } = p;
  if (cursor.eat("dn")) {
    return withArgs(p, { kind: "destructor", base: cursor.seesDigit ? named(p.sourceName()) : parseType(p) });
  }
  // GCC writes an operator without `on` too.
  cursor.eat("on");
  return withArgs(p, cursor.seesDigit ? named(p.sourceName()) : parseOperatorName(p, true));
}

/** A literal or a function's address, after the L. */
function parseLiteral(p: CxxParser): Node {
  const { cursor } = p;
  if (cursor.eat("_Z") || cursor.eat("Z")) {
    const encoding = parseEncoding(p, true);
    cursor.expect("E");
    return encoding;
  }
  const type = parseType(p);
  const isNegative = cursor.eat("n");
  if (type.kind === "closure" && cursor.eat("E")) return { kind: "lambda", closure: type };
  const isArray = type.kind === "array" || (type.kind === "qualified" && type.type.kind === "array");
  if (isArray && cursor.eat("E")) return { kind: "string", type };
  const end = cursor.text.indexOf("E", cursor.at);
  const value = end < 0 ? cursor.fail("no end of a literal") : cursor.take(end - cursor.at);
  cursor.expect("E");
  if (value === "" && !(type.kind === "name" && type.text === "decltype(nullptr)")) cursor.fail("no literal");
  return { kind: "literal", type, value, isNegative };
}
