// Hot: the 80,000 frames of a profile of 100 MB have their columns in 10 ms. Bench: bench/src/pages.ts, "first picture ms".
import type { Profile } from "@pprof-ts/profile";
import { type Analysis, type FrameTable, frameName, frameTable, RecentParts } from "@pprof-ts/report";
import type { FrameColumns } from "../../session/protocol.ts";
import type { NamedFrame } from "../code/code-kind.ts";
import { filesOf } from "../code/named-functions.ts";
import { packageOf } from "../code/package-of.ts";

/** What of the frames is the same in every picture; `group` is a number for the package of each. */
type OwnColumns = Omit<FrameColumns, "self" | "total" | "colour"> & { readonly group: Uint32Array };

/** The frames of pictures. Pictures of one profile mostly have the same ones: their columns are made once and copied. */
export class PictureFrames {
  readonly recent: RecentParts = new RecentParts();
  readonly #tables = new WeakMap<Analysis["selection"]["frames"], Map<string, FrameTable>>();
  readonly #columns = new WeakMap<FrameTable, OwnColumns>();
  readonly #packages = new WeakMap<Profile["strings"], Packages>();
  /** The frames of the selections that tables were made of. */
  readonly #selected = new WeakMap<FrameTable, Analysis["selection"]["frames"]>();

  /** The frames of a selection at the granularity that is asked for. */
  table({ selection, options: { granularity, showcolumns } }: Analysis): FrameTable {
    const key = `${granularity} ${showcolumns}`;
    const known = this.#tables.get(selection.frames) ?? new Map<string, FrameTable>();
    const table = known.get(key) ?? frameTable(selection, granularity, showcolumns);
    this.#tables.set(selection.frames, known.set(key, table));
    this.#selected.set(table, selection.frames);
    return table;
  }

  /** The packages of frames: a number for each frame's, and what the colours of these are. */
  packages(profile: Profile, table: FrameTable): { readonly group: Uint32Array; readonly packages: Packages } {
    return { group: this.#own(profile, table).group, packages: this.#packagesOf(profile) };
  }

  /** Frames with their files, whatever the granularity, and the files that their code was loaded from. */
  named(profile: Profile, table: FrameTable): (frame: number) => NamedFrame {
    const { lines } = profile.locations;
    const selected = this.#selected.get(table);
    let one: Int32Array | undefined;
    return (frame) => {
      // One of those of the selection that it stands for.
      if (one === undefined) {
        one = new Int32Array(table.length).fill(-1);
        for (let i = 0; i < (selected?.length ?? 0); i++) one[table.rowOf[i]!] = i;
      }
      const [line, location] = [selected?.line[one[frame]!] ?? -1, selected?.location[one[frame]!] ?? -1];
      const fn = line < 0 ? -1 : lines.function[line]!;
      return { name: frameName(profile, table, frame), ...filesOf(profile, fn, location) };
    };
  }

  /** The frames as columns that can be handed from the worker to the page. */
  columns(
    profile: Profile,
    table: FrameTable,
    sums: Pick<FrameColumns, "self" | "total">,
    colour: Uint8Array,
  ): FrameColumns {
    const { length, textBytes, textStart, name, file, group, line, inlined } = this.#own(profile, table);
    const colours = new Uint8Array(length);
    for (let frame = 0; frame < length; frame++) colours[frame] = colour[group[frame]!]!;
    return {
      length,
      // An answer's arrays move to the page and are gone here: it gets copies.
      textBytes: textBytes.slice(),
      textStart: textStart.slice(),
      name: name.slice(),
      file: file.slice(),
      colour: colours,
      line: line.slice(),
      inlined: inlined.slice(),
      ...sums,
    };
  }

  #packagesOf({ strings }: Profile): Packages {
    const own = strings.before ?? strings;
    const known = this.#packages.get(own) ?? new Packages(own.length);
    this.#packages.set(own, known);
    return known;
  }

  #own(profile: Profile, table: FrameTable): OwnColumns {
    const known = this.#columns.get(table) ?? this.#made(profile, table);
    this.#columns.set(table, known);
    return known;
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
    const packages = this.#packagesOf(profile);
    const named = this.named(profile, table);
    const name = new Uint32Array(length);
    const file = new Uint32Array(length);
    const group = new Uint32Array(length);
    for (let frame = 0; frame < length; frame++) {
      const nameRow = table.name[frame]!;
      const fileRow = table.file[frame]!;
      name[frame] = rowOf[nameRow < 0 ? strings.length - 1 - nameRow : nameRow]!;
      file[frame] = rowOf[fileRow]!;
      const known = packages.known(nameRow, fileRow);
      group[frame] = known < 0 ? packages.add(nameRow, fileRow, packageOf(named(frame))) : known;
    }
    const line = table.line.slice();
    for (let frame = 0; frame < length; frame++) if (line[frame] === 0) line[frame] = table.startLine[frame]!;
    return { length, ...text, name, file, group, line, inlined };
  }
}

/** The packages of a profile's frames, numbered as they come: most names stand in one file. */
export class Packages {
  readonly names: string[] = [];
  /** A hash of each name. */
  readonly hashes: number[] = [];
  /** The colours that packages have had so far, by number. */
  colours: Uint8Array = new Uint8Array();
  /** By hash: to look up a part of a longer text by itself takes several times as long. */
  readonly #numbers = new Map<number, number>();
  readonly #package: Uint32Array;
  /** The row of the file that a name's package is known for, plus 1. */
  readonly #file: Uint32Array;

  constructor(length: number) {
    this.#package = new Uint32Array(length);
    this.#file = new Uint32Array(length);
  }

  /** The package of what has this name and this file; -1 where nobody has said which that is. */
  known(name: number, file: number): number {
    return this.#file[name] === file + 1 ? this.#package[name]! : -1;
  }

  add(name: number, file: number, text: string): number {
    const number = this.#number(text);
    if (name >= 0 && name < this.#file.length) {
      this.#package[name] = number;
      this.#file[name] = file + 1;
    }
    return number;
  }

  #number(name: string): number {
    const hash = hashText(name);
    let number = this.#numbers.get(hash);
    if (number === undefined) {
      number = this.names.push(name) - 1;
      this.hashes.push(hash);
      this.#numbers.set(hash, number);
    }
    return number;
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
