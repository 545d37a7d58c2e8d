import type { Profile } from "@pprof-ts/profile";
import { type FrameTable, frameName } from "@pprof-ts/report";
import { groupOf } from "./frame-group.ts";
import type { FrameColumns } from "./protocol.ts";

/** A picture's frames as columns that can be handed from the worker to the page. */
export function frameColumns(
  profile: Profile,
  table: FrameTable,
  sums: { readonly self: Float64Array; readonly total: Float64Array },
): FrameColumns {
  const { strings } = profile;
  const texts = new TextColumn(strings);
  const made = table.made.map((text) => texts.add(new TextEncoder().encode(text)));
  const groups = groupsOf(profile);
  const name = new Uint32Array(table.length);
  const file = new Uint32Array(table.length);
  const group = new Uint32Array(table.length);
  for (let frame = 0; frame < table.length; frame++) {
    const nameRow = table.name[frame]!;
    const fileRow = table.file[frame]!;
    name[frame] = nameRow < 0 ? made[-1 - nameRow]! : texts.row(nameRow);
    file[frame] = texts.row(fileRow);
    const key = nameRow * strings.length + fileRow;
    let known = nameRow < 0 ? undefined : groups.get(key);
    if (known === undefined) {
      known = hashText(groupOf(frameName(profile, table, frame), strings.get(fileRow)));
      if (nameRow >= 0) groups.set(key, known);
    }
    group[frame] = known;
  }
  const { length, line, inlined } = table;
  return { length, ...texts.finish(), name, file, group, line, inlined, ...sums };
}

/** For the rows of a name and a file, what they belong to: found out once for all pictures of a profile. */
const knownGroups = new WeakMap<Profile["strings"], Map<number, number>>();

function groupsOf({ strings }: Profile): Map<number, number> {
  let groups = knownGroups.get(strings);
  if (groups === undefined) {
    groups = new Map();
    knownGroups.set(strings, groups);
  }
  return groups;
}

/** Rows of a string table as bytes, each kept once: text that is never looked at need not be read. */
class TextColumn {
  readonly #strings: Profile["strings"];
  readonly #rows: Int32Array;
  #bytes = new Uint8Array(65536);
  #length = 0;
  readonly #start: number[] = [0];

  constructor(strings: Profile["strings"]) {
    this.#strings = strings;
    this.#rows = new Int32Array(strings.length).fill(-1);
  }

  row(row: number): number {
    if (this.#rows[row]! < 0) this.#rows[row] = this.add(this.#strings.bytes(row));
    return this.#rows[row]!;
  }

  add(text: Uint8Array): number {
    const end = this.#length + text.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(end * 2);
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(text, this.#length);
    this.#length = end;
    return this.#start.push(end) - 2;
  }

  finish(): { readonly textBytes: Uint8Array; readonly textStart: Uint32Array } {
    return { textBytes: this.#bytes.slice(0, this.#length), textStart: Uint32Array.from(this.#start) };
  }
}

/** FNV-1a. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length && i < 256; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
