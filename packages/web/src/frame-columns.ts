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
  const texts = new TextColumn();
  const name = new Uint32Array(table.length);
  const file = new Uint32Array(table.length);
  const group = new Uint32Array(table.length);
  for (let frame = 0; frame < table.length; frame++) {
    const nameText = frameName(profile, table, frame);
    const fileText = profile.strings.get(table.file[frame]!);
    name[frame] = texts.row(nameText);
    file[frame] = texts.row(fileText);
    group[frame] = hashText(groupOf(nameText, fileText));
  }
  const { bytes, start } = texts.finish();
  const { length, line, inlined } = table;
  return {
    length,
    textBytes: bytes,
    textStart: start,
    name,
    file,
    group,
    line,
    inlined,
    ...sums,
  };
}

/** Strings as UTF-8, each kept once. */
class TextColumn {
  readonly #rows = new Map<string, number>();
  readonly #encoder = new TextEncoder();
  #bytes = new Uint8Array(65536);
  #length = 0;
  readonly #start: number[] = [0];

  row(text: string): number {
    const known = this.#rows.get(text);
    if (known !== undefined) return known;
    const room = this.#length + text.length * 3;
    if (room > this.#bytes.length) {
      const larger = new Uint8Array(room * 2);
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#length += this.#encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written;
    this.#start.push(this.#length);
    this.#rows.set(text, this.#rows.size);
    return this.#rows.size - 1;
  }

  finish(): { readonly bytes: Uint8Array; readonly start: Uint32Array } {
    return { bytes: this.#bytes.slice(0, this.#length), start: Uint32Array.from(this.#start) };
  }
}

/** FNV-1a. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length && i < 256; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
