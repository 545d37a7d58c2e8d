// Hot: the 80,000 frames of a profile of 100 MB have their columns in 10 ms. Bench: bench/src/pages.ts, "first picture ms".
import type { Profile } from "@pprof-ts/profile";
import { type Analysis, type FrameTable, frameName, frameTable } from "@pprof-ts/report";
import type { FrameColumns } from "../../session/protocol.ts";
import { groupOf } from "./frame-group.ts";

type OwnColumns = Omit<FrameColumns, "self" | "total">;

/** The frames of pictures. Pictures of one profile mostly have the same ones: their columns are made once and copied. */
export class PictureFrames {
  readonly #tables = new WeakMap<Analysis["selection"]["frames"], Map<string, FrameTable>>();
  readonly #columns = new WeakMap<FrameTable, OwnColumns>();
  readonly #groups = new WeakMap<Profile["strings"], Groups>();

  /** The frames of a selection at the granularity that is asked for. */
  table({ selection, options: { granularity, showcolumns } }: Analysis): FrameTable {
    const key = `${granularity} ${showcolumns}`;
    const known = this.#tables.get(selection.frames) ?? new Map<string, FrameTable>();
    const table = known.get(key) ?? frameTable(selection, granularity, showcolumns);
    this.#tables.set(selection.frames, known.set(key, table));
    return table;
  }

  /** The frames as columns that can be handed from the worker to the page. */
  columns(
    profile: Profile,
    table: FrameTable,
    sums: { readonly self: Float64Array; readonly total: Float64Array },
  ): FrameColumns {
    const known = this.#columns.get(table) ?? this.#made(profile, table);
    this.#columns.set(table, known);
    const { length, textBytes, textStart, name, file, group, line, inlined } = known;
    return {
      length,
      // An answer's arrays move to the page and are gone here: it gets copies.
      textBytes: textBytes.slice(),
      textStart: textStart.slice(),
      name: name.slice(),
      file: file.slice(),
      group: group.slice(),
      line: line.slice(),
      inlined: inlined.slice(),
      ...sums,
    };
  }

  #made(profile: Profile, table: FrameTable): OwnColumns {
    const { strings } = profile;
    const { length, made, inlined } = table;
    const texts = new TextColumn(strings);
    for (let frame = 0; frame < length; frame++) {
      if (table.name[frame]! >= 0) texts.want(table.name[frame]!);
      texts.want(table.file[frame]!);
    }
    const { rowOf, ...text } = texts.finish(made);
    const own = strings.before ?? strings;
    const groups = this.#groups.get(own) ?? new Groups(own.length);
    this.#groups.set(own, groups);
    const name = new Uint32Array(length);
    const file = new Uint32Array(length);
    const group = new Uint32Array(length);
    for (let frame = 0; frame < length; frame++) {
      const nameRow = table.name[frame]!;
      const fileRow = table.file[frame]!;
      name[frame] = rowOf[nameRow < 0 ? strings.length - 1 - nameRow : nameRow]!;
      file[frame] = rowOf[fileRow]!;
      group[frame] = groups.of(nameRow, fileRow, () =>
        hashText(groupOf(frameName(profile, table, frame), strings.get(fileRow))),
      );
    }
    const line = table.line.map((line, frame) => line || table.startLine[frame]!);
    return { length, ...text, name, file, group, line, inlined };
  }
}

/** The group of each name in a file: most names stand in one file. */
class Groups {
  readonly #group: Uint32Array;
  /** The row of the file that a name's group is known for, plus 1. */
  readonly #file: Uint32Array;

  constructor(length: number) {
    this.#group = new Uint32Array(length);
    this.#file = new Uint32Array(length);
  }

  of(name: number, file: number, find: () => number): number {
    if (this.#file[name] === file + 1) return this.#group[name]!;
    const group = find();
    if (name >= 0 && name < this.#file.length) {
      this.#group[name] = group;
      this.#file[name] = file + 1;
    }
    return group;
  }
}

/** The rows of a string table that are wanted, as bytes: text that is never looked at need not be read. */
class TextColumn {
  readonly #strings: Profile["strings"];
  readonly #isWanted: Uint8Array;

  constructor(strings: Profile["strings"]) {
    this.#strings = strings;
    this.#isWanted = new Uint8Array(strings.length);
  }

  want(row: number): void {
    this.#isWanted[row] = 1;
  }

  /** The texts, and which of them each row of the table has become; those of `more` go on after the last row. */
  finish(more: readonly string[]): Pick<FrameColumns, "textBytes" | "textStart"> & { readonly rowOf: Uint32Array } {
    const { utf8, start, length } = this.#strings;
    const isWanted = this.#isWanted;
    let count = 0;
    let size = 0;
    for (let row = 0; row < length; row++) {
      if (isWanted[row] === 0) continue;
      count++;
      size += start[row + 1]! - start[row]!;
    }
    const added = more.map((text) => new TextEncoder().encode(text));
    for (const text of added) size += text.length;
    const textBytes = new Uint8Array(size);
    const textStart = new Uint32Array(count + added.length + 1);
    const rowOf = new Uint32Array(length + added.length);
    let at = 0;
    let texts = 0;
    for (let row = 0; row < length; ) {
      if (isWanted[row] === 0) {
        row++;
        continue;
      }
      // Names stand beside their files: what is wanted is copied a run at a time.
      const first = row;
      const offset = at - start[first]!;
      for (; row < length && isWanted[row] === 1; row++) {
        rowOf[row] = texts++;
        textStart[texts] = start[row + 1]! + offset;
      }
      textBytes.set(utf8.subarray(start[first]!, start[row]!), at);
      at += start[row]! - start[first]!;
    }
    added.forEach((text, i) => {
      textBytes.set(text, at);
      at += text.length;
      rowOf[length + i] = texts++;
      textStart[texts] = at;
    });
    return { textBytes, textStart, rowOf };
  }
}

/** FNV-1a. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length && i < 256; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
