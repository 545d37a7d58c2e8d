import { parseEncoding, parseName } from "./cxx-names.ts";
import { type Node, named } from "./cxx-nodes.ts";
import type { CxxParser } from "./cxx-parser.ts";
import { SPECIAL_FUNCTIONS, SPECIAL_NAMES, SPECIAL_TYPES } from "./cxx-tables.ts";
import { parseTemplateArg, parseType } from "./cxx-types.ts";

/** Something that the compiler made: a table, a thunk, a guard. */
export function parseSpecialName(p: CxxParser): Node {
  const { cursor } = p;
  const code = cursor.take(2);
  const prefixOf = (table: Readonly<Record<string, string>>, key: string): string | undefined =>
    Object.hasOwn(table, key) ? table[key] : undefined;
  const ofType = prefixOf(SPECIAL_TYPES, code);
  if (ofType !== undefined) return special(ofType, parseType(p));
  const ofName = prefixOf(SPECIAL_NAMES, code);
  if (ofName !== undefined) {
    const name = parseName(p);
    if (code === "GR") cursor.take(/^[\dA-Z]*_?/.exec(cursor.text.slice(cursor.at))![0].length);
    return special(ofName, name);
  }
  const ofFunction = prefixOf(SPECIAL_FUNCTIONS, code === "GT" ? code + cursor.take() : code);
  if (ofFunction !== undefined) return special(ofFunction, parseEncoding(p, true));
  if (code === "TA") return special("template parameter object for ", parseTemplateArg(p));
  if (code === "TC") return parseConstructionTable(p);
  if (code === "Gr") return special("java resource ", parseResource(p));
  if (code === "Tc") {
    skipOffset(p, cursor.take());
    skipOffset(p, cursor.take());
    return special("covariant return thunk to ", parseEncoding(p, true));
  }
  skipOffset(p, code === "Th" || code === "Tv" ? code[1]! : cursor.fail("no special name"));
  return special(code === "Th" ? "non-virtual thunk to " : "virtual thunk to ", parseEncoding(p, true));
}

function special(prefix: string, of: Node): Node {
  return { kind: "prefixed", prefix, type: of };
}

function parseConstructionTable(p: CxxParser): Node {
  const derived = parseType(p);
  p.cursor.number();
  p.cursor.expect("_");
  return { kind: "special", prefix: "construction vtable for ", base: parseType(p), middle: "-in-", of: derived };
}

/** How far a thunk moves `this`; not shown. */
function skipOffset(p: CxxParser, kind: string): void {
  if (kind !== "h" && kind !== "v") p.cursor.fail("no offset");
  p.signedNumber();
  p.cursor.expect("_");
  if (kind === "h") return;
  p.signedNumber();
  p.cursor.expect("_");
}

const RESOURCE_ESCAPES: Readonly<Record<string, string>> = { S: "/", _: ".", $: "$" };

/** A file that gcj compiled in. */
function parseResource(p: CxxParser): Node {
  const length = p.cursor.number();
  p.cursor.expect("_");
  const text = p.cursor.take(Math.max(length - 1, 1));
  return named(text.replace(/\$(.?)/gs, (_, code: string) => RESOURCE_ESCAPES[code] ?? p.cursor.fail("no resource")));
}
