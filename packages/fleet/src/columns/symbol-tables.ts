// Hot: a profile of 1,900 samples with 24 frames each is taken in in 8 ms of processor time, a third of it here. See bench/src/fleet.ts.
import { StringRows, TupleRows } from "@pprof-ts/profile";
import { FUNCTION, IDENTITY, LABEL, LINE, LOCATION, NODE, type Ragged, ROW, type Symbols, VARIANT } from "./symbols.ts";

/** The tables of `Symbols` while they grow, in which equal rows find each other. */
export class SymbolTables {
  readonly strings: StringRows = new StringRows();
  readonly identities: TupleRows = new TupleRows();
  readonly variants: TupleRows = new TupleRows();
  readonly functions: TupleRows = new TupleRows();
  readonly locations: TupleRows = new TupleRows();
  readonly nodes: TupleRows = new TupleRows();
  readonly labelSets: TupleRows = new TupleRows();
  readonly rows: TupleRows = new TupleRows();
  readonly #pair = new Uint32Array(2);
  /** By node plus one the child that was asked for last, and its location: most nodes have one. */
  #children = new Uint32Array(1 << 10);

  constructor() {
    this.labelSets.row(this.#pair, 0);
  }

  /** The node below `parent`, which is a node plus one, as what is given back is. */
  node(parent: number, location: number): number {
    if (2 * parent + 1 >= this.#children.length) this.#growChildren(parent);
    const children = this.#children;
    if (children[2 * parent + 1] === location && children[2 * parent] !== 0) return children[2 * parent]!;
    this.#pair[0] = parent;
    this.#pair[1] = location;
    const node = this.nodes.row(this.#pair, NODE) + 1;
    children[2 * parent] = node;
    children[2 * parent + 1] = location;
    return node;
  }

  row(node: number, labels: number): number {
    this.#pair[0] = node;
    this.#pair[1] = labels;
    return this.rows.row(this.#pair, ROW);
  }

  #growChildren(parent: number): void {
    const larger = new Uint32Array(Math.max(2 * this.#children.length, 4 * parent));
    larger.set(this.#children);
    this.#children = larger;
  }

  finish(): Symbols {
    return {
      strings: this.strings.finish(),
      identities: flat(this.identities, IDENTITY),
      variants: flat(this.variants, VARIANT),
      functions: flat(this.functions, FUNCTION),
      locations: ragged(this.locations),
      nodes: flat(this.nodes, NODE),
      labelSets: ragged(this.labelSets),
      rows: flat(this.rows, ROW),
    };
  }
}

function flat({ length, start, words }: TupleRows, width: number): Uint32Array {
  const table = new Uint32Array(length * width);
  for (let row = 0, at = 0; row < length; row++) {
    for (let from = start[row]!, field = 0; field < width; field++) table[at++] = words[from + field]!;
  }
  return table;
}

function ragged({ length, start, words }: TupleRows): Ragged {
  const begins = new Uint32Array(length + 1);
  for (let row = 0; row < length; row++) begins[row + 1] = begins[row]! + words[start[row]! - 1]!;
  const all = new Uint32Array(begins[length]!);
  for (let row = 0; row < length; row++) {
    const from = start[row]!;
    for (let at = begins[row]!, i = 0; at < begins[row + 1]!; at++, i++) all[at] = words[from + i]!;
  }
  return { start: begins, words: all };
}

/** Brings rows of other symbols into tables, with what they refer to, each once. */
export class SymbolImport {
  readonly #from: Symbols;
  readonly #into: SymbolTables;
  readonly #strings: Int32Array;
  readonly #identities: Int32Array;
  readonly #variants: Int32Array;
  readonly #functions: Int32Array;
  readonly #locations: Int32Array;
  /** By node its number plus one in the tables; 0 for those that were not needed yet. */
  readonly #nodes: Uint32Array;
  readonly #labelSets: Int32Array;
  readonly #path: number[] = [];
  #tuple = new Uint32Array(64);

  constructor(from: Symbols, into: SymbolTables) {
    this.#from = from;
    this.#into = into;
    const unknown = (length: number): Int32Array => new Int32Array(length).fill(-1);
    this.#strings = unknown(from.strings.length);
    this.#identities = unknown(from.identities.length / IDENTITY);
    this.#variants = unknown(from.variants.length / VARIANT);
    this.#functions = unknown(from.functions.length / FUNCTION);
    this.#locations = unknown(from.locations.start.length - 1);
    this.#nodes = new Uint32Array(from.nodes.length / NODE);
    this.#labelSets = unknown(from.labelSets.start.length - 1);
  }

  row(row: number): number {
    const { rows } = this.#from;
    const node = rows[ROW * row]!;
    return this.#into.row(node === 0 ? 0 : this.#node(node), this.#labelSet(rows[ROW * row + 1]!));
  }

  variant(variant: number): number {
    const known = this.#variants[variant]!;
    if (known >= 0) return known;
    const fields = this.#from.variants.slice(VARIANT * variant, VARIANT * (variant + 1));
    fields[0] = this.#identity(fields[0]!);
    fields[5] = this.#string(fields[5]!);
    fields[6] = this.#string(fields[6]!);
    const row = this.#into.variants.row(fields, VARIANT);
    this.#variants[variant] = row;
    return row;
  }

  /** Of a node plus one. */
  #node(node: number): number {
    const { nodes } = this.#from;
    const path = this.#path;
    let at = node;
    // Up to what is known, and down again.
    for (; at > 0 && this.#nodes[at - 1] === 0; at = nodes[NODE * (at - 1)]!) path.push(at - 1);
    let into = at === 0 ? 0 : this.#nodes[at - 1]!;
    for (let next = path.pop(); next !== undefined; next = path.pop()) {
      into = this.#into.node(into, this.#location(nodes[NODE * next + 1]!));
      this.#nodes[next] = into;
    }
    return into;
  }

  #location(location: number): number {
    const known = this.#locations[location]!;
    if (known >= 0) return known;
    const { start, words } = this.#from.locations;
    const from = start[location]!;
    const size = start[location + 1]! - from;
    for (let line = LOCATION; line < size; line += LINE) {
      if (words[from + line]! > 0) this.#function(words[from + line]! - 1);
    }
    const tuple = this.#room(size);
    for (let i = 0; i < size; i++) tuple[i] = words[from + i]!;
    if (tuple[2]! > 0) tuple[2] = this.#identity(tuple[2]! - 1) + 1;
    for (let line = LOCATION; line < size; line += LINE) {
      if (tuple[line]! > 0) tuple[line] = this.#functions[tuple[line]! - 1]! + 1;
    }
    const row = this.#into.locations.row(tuple, size);
    this.#locations[location] = row;
    return row;
  }

  #function(row: number): void {
    if (this.#functions[row]! >= 0) return;
    const fields = this.#from.functions.slice(FUNCTION * row, FUNCTION * (row + 1));
    for (let text = 0; text < 3; text++) fields[text] = this.#string(fields[text]!);
    this.#functions[row] = this.#into.functions.row(fields, FUNCTION);
  }

  #identity(row: number): number {
    const known = this.#identities[row]!;
    if (known >= 0) return known;
    const fields = this.#from.identities.slice(IDENTITY * row, IDENTITY * (row + 1));
    fields[4] = this.#string(fields[4]!);
    const identity = this.#into.identities.row(fields, IDENTITY);
    this.#identities[row] = identity;
    return identity;
  }

  #labelSet(set: number): number {
    const known = this.#labelSets[set]!;
    if (known >= 0) return known;
    const { start, words } = this.#from.labelSets;
    const size = start[set + 1]! - start[set]!;
    const tuple = this.#room(size);
    for (let i = 0; i < size; i++) tuple[i] = words[start[set]! + i]!;
    for (let label = 0; label < size; label += LABEL) {
      for (const text of [0, 1, 4]) tuple[label + text] = this.#string(tuple[label + text]!);
    }
    const row = this.#into.labelSets.row(tuple, size);
    this.#labelSets[set] = row;
    return row;
  }

  #string(row: number): number {
    const known = this.#strings[row]!;
    if (known >= 0) return known;
    const { utf8, start } = this.#from.strings;
    const into = this.#into.strings.row(utf8, start[row]!, start[row + 1]!);
    this.#strings[row] = into;
    return into;
  }

  #room(size: number): Uint32Array {
    if (size > this.#tuple.length) this.#tuple = new Uint32Array(2 * size);
    return this.#tuple;
  }
}
