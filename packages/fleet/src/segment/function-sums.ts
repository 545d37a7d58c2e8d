import type { RowSums } from "../columns/row-sums.ts";
import { FUNCTION, IDENTITY, LINE, LOCATION, NODE, ROW, type Symbols, VARIANT } from "../columns/symbols.ts";
import { fileFunction, UNKNOWN_FUNCTION } from "../store/function-names.ts";
import type { FunctionSums } from "./block.ts";

/** The functions of symbols: their names, by location those of its lines, and by node those that are not above it as well. */
export interface FunctionIndex {
  readonly symbols: Symbols;
  readonly names: readonly string[];
  readonly ofLocation: readonly (readonly number[])[];
  readonly outermost: readonly (readonly number[])[];
  /** By location its innermost function. */
  readonly innermost: Uint32Array;
}

export function functionIndex(symbols: Symbols): FunctionIndex {
  const { names, ofLocation } = functionNames(symbols);
  const innermost = Uint32Array.from(ofLocation, (own) => own[0]!);
  return { symbols, names, ofLocation, innermost, outermost: outermostFunctions(symbols.nodes, ofLocation) };
}

/** What functions have by the sums of rows: themselves, and with all that they call, each sample counted once. */
export function functionSums(index: FunctionIndex, { rows, columns }: RowSums): FunctionSums {
  const { symbols, names, innermost, outermost } = index;
  const { nodes } = symbols;
  const count = nodes.length / NODE;
  const flat = columns.map(() => new Float64Array(names.length));
  const cum = columns.map(() => new Float64Array(names.length));
  const totals: number[] = [];
  columns.forEach((sums, c) => {
    const below = new Float64Array(count + 1);
    const isExact = sums.isExactInLow;
    let total = 0;
    for (let i = 0; i < rows.length; i++) {
      const value = isExact ? sums.low[i]! : sums.number(i);
      if (value === 0) continue;
      const node = symbols.rows[ROW * rows[i]!]!;
      total += value;
      below[node] = below[node]! + value;
      if (node === 0) continue;
      const leaf = innermost[nodes[NODE * (node - 1) + 1]!]!;
      flat[c]![leaf] = flat[c]![leaf]! + value;
    }
    // Nodes come after their parents.
    for (let node = count; node > 0; node--) {
      const value = below[node]!;
      if (value === 0) continue;
      const parent = nodes[NODE * (node - 1)]!;
      below[parent] = below[parent]! + value;
      for (const name of outermost[node - 1]!) cum[c]![name] = cum[c]![name]! + value;
    }
    totals.push(total);
  });
  const all = [...flat, ...cum];
  const known = Uint32Array.from(names, (_, name) => name).filter((name) => all.some((column) => column[name] !== 0));
  const pick = (all: readonly Float64Array[]): Float64Array[] =>
    all.map((column) => Float64Array.from(known, (name) => column[name]!));
  return { names: Array.from(known, (name) => names[name]!), flat: pick(flat), cum: pick(cum), totals };
}

/** By node those of its functions that do not stand nearer to the root as well. */
function outermostFunctions(nodes: Uint32Array, ofLocation: readonly (readonly number[])[]): (readonly number[])[] {
  const count = nodes.length / NODE;
  // Nearly all locations have one line: then it is numbers that are compared.
  const only = Int32Array.from(ofLocation, (own) => (own.length === 1 ? own[0]! : -1));
  const outermost: (readonly number[])[] = [];
  for (let node = 0; node < count; node++) {
    const location = nodes[NODE * node + 1]!;
    const own = ofLocation[location]!;
    let left: readonly number[] = own.length === 1 ? own : [...new Set(own)];
    for (let at = nodes[NODE * node]!; at > 0 && left.length > 0; at = nodes[NODE * (at - 1)]!) {
      const above = nodes[NODE * (at - 1) + 1]!;
      if (only[above]! >= 0) {
        if (left.length > 1) left = left.filter((name) => name !== only[above]);
        else if (left[0] === only[above]) left = [];
      } else left = left.filter((name) => !ofLocation[above]!.includes(name));
    }
    outermost.push(left);
  }
  return outermost;
}

/** The names of functions, each once, and by location those of its lines, innermost first. */
function functionNames({ strings, functions, locations, identities, variants }: Symbols): {
  names: string[];
  ofLocation: number[][];
} {
  const names: string[] = [];
  const rowOf = new Map<string, number>();
  const intern = (name: string): number => {
    const known = rowOf.get(name);
    if (known !== undefined) return known;
    rowOf.set(name, names.length);
    return names.push(name) - 1;
  };
  const ofFunction = new Int32Array(functions.length / FUNCTION).fill(-1);
  const nameOf = (fn: number): number => {
    if (ofFunction[fn]! < 0) ofFunction[fn] = intern(strings.getExact(functions[FUNCTION * fn]!) || UNKNOWN_FUNCTION);
    return ofFunction[fn]!;
  };
  const files = new Array<string>(identities.length / IDENTITY).fill("");
  for (let at = 0; at < variants.length; at += VARIANT) files[variants[at]!] = strings.getExact(variants[at + 5]!);
  const { start, words } = locations;
  const ofLocation = Array.from({ length: start.length - 1 }, (_, location) => {
    const from = start[location]!;
    const own: number[] = [];
    for (let line = from + LOCATION; line < start[location + 1]!; line += LINE) {
      own.push(words[line] === 0 ? intern(UNKNOWN_FUNCTION) : nameOf(words[line]! - 1));
    }
    const identity = words[from + 2]!;
    return own.length > 0 ? own : [intern(identity === 0 ? fileFunction("") : fileFunction(files[identity - 1]!))];
  });
  return { names, ofLocation };
}
