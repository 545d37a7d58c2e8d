import type { Node } from "./cxx-nodes.ts";
import { FLOATING_TYPES, LITERAL_SUFFIXES } from "./cxx-tables.ts";

interface Writer {
  text(node: Node): string;
  list(nodes: readonly Node[]): string;
  resolved(node: Node): Node;
  closure(node: Extract<Node, { kind: "closure" }>): string;
}

type Of<K extends Node["kind"]> = Extract<Node, { kind: K }>;

/** An expression as text: operands stand in parentheses unless they are names. */
export function expressionText(writer: Writer, node: Node): string {
  const write = EXPRESSIONS[node.kind] as ((writer: Writer, node: Node) => string) | undefined;
  if (write === undefined) throw new Error(`nothing writes ${node.kind}`);
  return write(writer, node);
}

function inParentheses(writer: Writer, operand: Node): string {
  const node = writer.resolved(operand);
  const isSimple = node.kind === "name" || node.kind === "braces" || node.kind === "nested";
  return isSimple ? writer.text(node) : `(${writer.text(node)})`;
}

/** The table below, checked row by row. */
type Rows = { readonly [K in Node["kind"]]?: (writer: Writer, node: Of<K>) => string };

const ROWS: Rows = {
  literal: writeLiteral,
  string: (writer, { type }) => `"<${writer.text(type)}>"`,
  lambda: (writer, { closure }) => `[]${writer.closure(closure)}{...}`,
  list: (writer, { items }) => writer.list(items),
  braces: (writer, { type, items }) => `${type === undefined ? "" : writer.text(type)}{${writer.list(items)}}`,
  unary: writeUnary,
  binary: writeBinary,
  cast: (writer, { operator, type, operand }) => `${operator}<${writer.text(type)}>(${writer.text(operand)})`,
  conditional: (writer, { operands: [condition, yes, no] }) =>
    `${inParentheses(writer, condition)}?${inParentheses(writer, yes)} : ${inParentheses(writer, no)}`,
  designated: (writer, { designator, isField, value }) => {
    const place = designator.map((part) => writer.text(part)).join(" ... ");
    const assigned = value.kind === "designated" ? writer.text(value) : `=${inParentheses(writer, value)}`;
    return (isField ? `.${place}` : `[${place}]`) + assigned;
  },
  fold: (writer, { operator, parts }) =>
    `(${parts.map((part) => (part === undefined ? "..." : inParentheses(writer, part))).join(operator)})`,
  new: (writer, { placement, type, initial }) => {
    const placed = placement === undefined ? "" : `${inParentheses(writer, placement)} `;
    return `new ${placed}${writer.text(type)}${initial === undefined ? "" : inParentheses(writer, initial)}`;
  },
  sizeofPack: (_, { args }) => {
    const counts = args.map((arg) => {
      const pack = arg.kind === "param" ? arg.target : arg;
      return pack?.kind === "arguments" ? pack.elements.length : 1;
    });
    return String(counts.reduce((sum, count) => sum + count, 0));
  },
  sequence: (writer, { parts }) => parts.map((part) => writer.text(part)).join(""),
};

const EXPRESSIONS: Readonly<Record<string, unknown>> = ROWS;

function writeLiteral(writer: Writer, { type, value, isNegative }: Of<"literal">): string {
  const sign = isNegative ? "-" : "";
  const known = writer.resolved(type);
  if (known.kind === "name") {
    const { text } = known;
    if (Object.hasOwn(LITERAL_SUFFIXES, text)) return sign + value + LITERAL_SUFFIXES[text];
    if (text === "bool" && sign === "" && /^[01]$/.test(value)) return value === "1" ? "true" : "false";
    if (text === "decltype(nullptr)" && /^0?$/.test(value)) return text;
    if (FLOATING_TYPES.has(text)) return `(${text})[${sign}${value}]`;
  }
  return `(${writer.text(type)})${sign}${value}`;
}

function writeUnary(writer: Writer, { operator, operand, style }: Of<"unary">): string {
  const sign = operator.kind === "conversion" ? `(${writer.text(operator.type)})` : writer.text(operator);
  if (style === "scope") return sign + writer.text(operand);
  if (style === "type") return `${sign}(${writer.text(operand)})`;
  if (style === "suffix") return inParentheses(writer, operand) + sign;
  // The address of a function is its name.
  const target = writer.resolved(operand);
  const named = sign === "&" && target.kind === "encoding" && isBare(target) ? target.name : operand;
  return sign + inParentheses(writer, named);
}

function writeBinary(writer: Writer, { operator, left, right }: Of<"binary">): string {
  if (operator === "[]") return `${inParentheses(writer, left)}[${writer.text(right)}]`;
  if (operator === "()") {
    const called = writer.resolved(left);
    const isFunction = called.kind === "encoding";
    const name = isFunction && (called.type.result === undefined || !isBare(called)) ? called.name : left;
    const isWhole = isFunction && name === left;
    return (isWhole ? writer.text(name) : inParentheses(writer, name)) + inParentheses(writer, right);
  }
  const text = inParentheses(writer, left) + operator + inParentheses(writer, right);
  // It would end the template arguments that it stands in.
  return operator === ">" || operator === ">>" ? `(${text})` : text;
}

/** Whether a function is nothing but its name and type. */
function isBare({ type, after }: Of<"encoding">): boolean {
  return type.qualifiers.length === 0 && type.ref === "" && after.length === 0;
}
