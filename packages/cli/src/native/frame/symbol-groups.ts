import type { ObjectSymbol } from "@pprof-ts/report";
import { demangledForms } from "../demangle/demangle.ts";
import type { SymbolTable } from "../image/symbols.ts";

/**
 * The symbols with a name, mangled or not, that `matches`, or that hold `address` (0n for none). A symbol reaches up to
 * the next; those at one address are one symbol, under the name that matches or, where the address does, all names.
 */
export function symbolGroups(
  symbols: SymbolTable,
  file: string,
  matches: (name: string) => boolean,
  address: bigint,
): ObjectSymbol[] {
  const groups: ObjectSymbol[] = [];
  for (let row = 0; row < symbols.length; ) {
    const start = symbols.address[row]!;
    const names: string[] = [];
    let size = 0n;
    for (; row < symbols.length && symbols.address[row] === start; row++) {
      names.push(symbols.name(row));
      if (symbols.size[row]! > size) size = symbols.size[row]!;
    }
    const end = (row < symbols.length ? symbols.address[row]! : start + (size || 1n)) - 1n;
    const shown = address !== 0n && address >= start && address <= end ? names.sort() : matching(names, matches);
    if (shown !== undefined) groups.push({ names: shown, file, start, end });
  }
  return groups;
}

function matching(names: readonly string[], matches: (name: string) => boolean): string[] | undefined {
  for (const name of names) {
    if (matches(name)) return [name];
    for (const form of demangledForms(name)) if (matches(form)) return [form];
  }
  return undefined;
}
