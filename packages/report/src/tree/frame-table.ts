import type { Profile } from "@pprof-ts/profile";
import { basePath } from "../go/paths.ts";
import type { Granularity } from "../options.ts";
import { grown } from "../stack/grown.ts";
import type { Selection } from "../stack/selection.ts";

/** The frames of a selection at a granularity: at that of functions, all lines of `parse` are one row, which is drawn and named as one. */
export interface FrameTable {
  readonly length: number;
  /** A row of the profile's strings; `-1 - k` is `made[k]`, the name of a location that has no function. */
  readonly name: Int32Array;
  readonly made: readonly string[];
  /** A row of the profile's strings. */
  readonly file: Uint32Array;
  /** 0 where the granularity, or the profile, knows no line or column. */
  readonly line: Float64Array;
  readonly column: Float64Array;
  /** Where the frame's function begins; 0 where the profile does not say. */
  readonly startLine: Float64Array;
  /** 1 where the frame was inlined into its caller. */
  readonly inlined: Uint8Array;
  /** The row under which a frame is summed up: a function that is inlined here and called there has two rows, and one of them for its sums. */
  readonly same: Uint32Array;
  /** For each row of the selection's frames, a row of this table. */
  readonly rowOf: Uint32Array;
}

/** The text of a frame's name. */
export function frameName(profile: Profile, table: FrameTable, frame: number): string {
  const row = table.name[frame]!;
  return row < 0 ? table.made[-1 - row]! : profile.strings.get(row);
}

/**
 * Sorts the frames of a selection. Unlike the nodes of a graph, a frame that was inlined is another one than the same
 * function called, and a location without a function is named after its file or its address. "" stands for filefunctions.
 */
export function frameTable({ profile, frames }: Selection, granularity: Granularity, columns: boolean): FrameTable {
  const { functions, locations, mappings, strings } = profile;
  const { lines } = locations;
  const rows = new FrameRows(frames.length);
  const made: string[] = [];
  const madeRows = new Map<string, number>();
  const rowOf = new Uint32Array(frames.length);
  const startLine: number[] = [];
  const withFile = granularity !== "functions";
  const withLine = granularity === "lines" || granularity === "addresses";
  /** Where lines do not count, by function and whether it is inlined, its row plus 1: there are ten times as many frames. */
  const known = new Int32Array(withLine ? 0 : 2 * functions.length);
  for (let frame = 0; frame < frames.length; frame++) {
    const location = frames.location[frame]!;
    const line = frames.line[frame]!;
    const fn = line < 0 ? -1 : lines.function[line]!;
    const inlined = frame + 1 < frames.start[location + 1]! ? 1 : 0;
    // A function without a name is called as its location is.
    const at = withLine || fn < 0 || functions.name[fn] === 0 ? -1 : 2 * fn + inlined;
    if (at >= 0 && known[at]! > 0) {
      rowOf[frame] = known[at]! - 1;
      continue;
    }
    const file = fn < 0 || !withFile ? 0 : functions.filename[fn]!;
    let name = fn < 0 ? 0 : functions.name[fn]!;
    if (granularity === "files" && file !== 0) name = file;
    if (name === 0) name = unnamed(location);
    const before = rows.length;
    const row = rows.row(
      name,
      file,
      withLine && line >= 0 ? Number(lines.line[line]!) : 0,
      withLine && columns && line >= 0 ? Number(lines.column[line]!) : 0,
      inlined,
    );
    rowOf[frame] = row;
    if (at >= 0) known[at] = row + 1;
    if (row === before) startLine.push(fn < 0 ? 0 : Number(functions.startLine[fn]!));
  }
  return { ...rows.finish(), startLine: Float64Array.from(startLine), made, rowOf };

  function unnamed(location: number): number {
    const mapping = locations.mapping[location]!;
    const file = basePath(mapping < 0 ? "" : strings.get(mappings.filename[mapping]!));
    const known = mapping >= 0 && strings.get(mappings.filename[mapping]!) !== "";
    const address = `0x${locations.address[location]!.toString(16)}`;
    // Named as in other reports. A label that a sample does not have is such a location, too.
    const isNowhere = !known && locations.address[location] === 0n;
    const text = isNowhere ? "<unknown>" : known ? (withLine ? `${address} [${file}]` : `[${file}]`) : address;
    let row = madeRows.get(text);
    if (row === undefined) {
      row = -1 - made.length;
      made.push(text);
      madeRows.set(text, row);
    }
    return row;
  }
}

/** Rows of five numbers, each kept once. */
class FrameRows {
  length = 0;
  #name: Int32Array;
  #file: Uint32Array;
  #line: Float64Array;
  #column: Float64Array;
  #inlined: Uint8Array;
  #slots: Int32Array;

  constructor(expected: number) {
    const room = Math.max(64, expected);
    this.#name = new Int32Array(room);
    this.#file = new Uint32Array(room);
    this.#line = new Float64Array(room);
    this.#column = new Float64Array(room);
    this.#inlined = new Uint8Array(room);
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(room * 2))).fill(-1);
  }

  row(name: number, file: number, line: number, column: number, inlined: number): number {
    const slot = this.#slot(name, file, line, column, inlined);
    if (this.#slots[slot]! >= 0) return this.#slots[slot]!;
    if (this.length === this.#name.length) {
      this.#grow();
      return this.row(name, file, line, column, inlined);
    }
    const row = this.length++;
    this.#name[row] = name;
    this.#file[row] = file;
    this.#line[row] = line;
    this.#column[row] = column;
    this.#inlined[row] = inlined;
    this.#slots[slot] = row;
    return row;
  }

  /** The slot of the hash table in which such a row is, or would be. */
  #slot(name: number, file: number, line: number, column: number, inlined: number): number {
    const mask = this.#slots.length - 1;
    let slot = this.#hash(name, file, line, column, inlined) & mask;
    for (;;) {
      const row = this.#slots[slot]!;
      if (
        row < 0 ||
        (this.#name[row] === name &&
          this.#file[row] === file &&
          this.#line[row] === line &&
          this.#column[row] === column &&
          this.#inlined[row] === inlined)
      )
        return slot;
      slot = (slot + 1) & mask;
    }
  }

  finish(): Omit<FrameTable, "made" | "startLine" | "rowOf"> {
    const { length } = this;
    const same = new Uint32Array(length);
    for (let row = 0; row < length; row++) {
      same[row] = row;
      if (this.#inlined[row] === 0) continue;
      const slot = this.#slot(this.#name[row]!, this.#file[row]!, this.#line[row]!, this.#column[row]!, 0);
      if (this.#slots[slot]! >= 0) same[row] = this.#slots[slot]!;
    }
    return {
      same,
      length,
      name: this.#name.slice(0, length),
      file: this.#file.slice(0, length),
      line: this.#line.slice(0, length),
      column: this.#column.slice(0, length),
      inlined: this.#inlined.slice(0, length),
    };
  }

  #hash(name: number, file: number, line: number, column: number, inlined: number): number {
    let hash = Math.imul(name, 0x9e3779b1) ^ Math.imul(file, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35) ^ Math.imul(line, 0x27d4eb2f);
    hash = Math.imul(hash ^ (hash >>> 13), 0x165667b1) ^ Math.imul(column, 0x9e3779b1) ^ inlined;
    return hash ^ (hash >>> 16);
  }

  #grow(): void {
    const room = this.#name.length * 2;
    this.#name = grown(this.#name, new Int32Array(room));
    this.#file = grown(this.#file, new Uint32Array(room));
    this.#line = grown(this.#line, new Float64Array(room));
    this.#column = grown(this.#column, new Float64Array(room));
    this.#inlined = grown(this.#inlined, new Uint8Array(room));
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1);
    const mask = this.#slots.length - 1;
    for (let row = 0; row < this.length; row++) {
      let slot =
        this.#hash(this.#name[row]!, this.#file[row]!, this.#line[row]!, this.#column[row]!, this.#inlined[row]!) &
        mask;
      while (this.#slots[slot]! >= 0) slot = (slot + 1) & mask;
      this.#slots[slot] = row;
    }
  }
}
