import { NotMangled } from "./cursor.ts";
import { parseEncoding } from "./cxx-names.ts";
import { type Node, named } from "./cxx-nodes.ts";
import { CxxParser } from "./cxx-parser.ts";
import { type CxxStyle, CxxWriter } from "./cxx-writer.ts";

/** How a C++ name is shown; without parameters whatever follows the name itself is not even read. */
export interface CxxOptions extends CxxStyle {
  readonly params: boolean;
}

/** A name in the mangling of the Itanium C++ ABI, which all compilers but Microsoft's use; throws `NotMangled`. */
export function demangleCxx(name: string, options: CxxOptions): string {
  return new CxxWriter(options).text(parseSymbol(name, options.params));
}

function parseSymbol(name: string, withParams: boolean): Node {
  if (name.startsWith("_Z")) return parseEncoding(new CxxParser(name.slice(2)), withParams);
  const block = /^___Z(.*)_block_invoke_?\d*(?:\..*)?$/s.exec(name);
  if (block !== null) {
    const of = parseEncoding(new CxxParser(block[1]!), withParams);
    return { kind: "prefixed", prefix: "invocation function for block in ", type: of };
  }
  const global = /^_GLOBAL_[._$]([ID])_(_Z)?(.*)$/s.exec(name);
  if (global === null) throw new NotMangled(`not a C++ name: ${name}`);
  const prefix = `global ${global[1] === "I" ? "constructors" : "destructors"} keyed to `;
  const key = global[2] === undefined ? named(name.slice("_GLOBAL_".length)) : undefined;
  return { kind: "prefixed", prefix, type: key ?? parseEncoding(new CxxParser(global[3]!), true) };
}
