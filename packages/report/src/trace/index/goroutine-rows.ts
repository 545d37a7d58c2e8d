// Hot: sees each event of a trace, of which 5 million are indexed in 0.9 s (index-trace.ts). Bench: bench/src/trace-pages.ts.

import { TRACE_KIND, type Trace } from "@pprof-ts/profile";
import { LEADS_TO, SAME } from "./event-kinds.ts";
import { type GoroutineColumns, NO_ROW } from "./trace-index.ts";

const CREATE = TRACE_KIND.create;
const MADE_READY = TRACE_KIND.ready;

/**
 * The goroutines of a trace, each a row, in the order in which they are first met. It counts how many spans each can have, so that the
 * spans of all can be written side by side into one column.
 */
export class GoroutineRows {
  readonly goroutines: GoroutineColumns;
  /** How many spans there are at most. */
  readonly room: number;
  readonly #rows = new Map<number, number>();
  // Events of one goroutine come in a row.
  #lastId = 0;
  #lastRow = NO_ROW;

  constructor({ events, stacks, frames, durationNanos }: Trace) {
    const ids: number[] = [];
    const counts: number[] = [];
    const names: number[] = [];
    const kinds: number[] = [];
    for (let i = 0; i < events.length; i++) {
      const id = events.goroutine[i]!;
      if (id === 0) continue;
      const row = this.#rowOrNext(id);
      if (row === ids.length) {
        ids.push(id);
        for (const column of [counts, names, kinds]) column.push(0);
      }
      const kind = events.kind[i]!;
      if (LEADS_TO[kind]! < SAME) counts[row]!++;
      if (names[row] !== 0 || kind === MADE_READY) continue;
      // An event that creates it has the creator's stack; where it itself begins is the number `a`.
      const stack = kind === CREATE ? events.a[i]! : events.stack[i]!;
      const end = stacks.start[stack + 1]!;
      if (end === stacks.start[stack]) continue;
      const frame = stacks.frame[end - 1]!;
      names[row] = frames.function[frame]!;
      if (frames.line[frame] === 0) kinds[row] = frames.file[frame]!;
    }
    const { length } = ids;
    const spanStart = new Uint32Array(length);
    let room = 0;
    for (let row = 0; row < length; row++) {
      spanStart[row] = room;
      room += counts[row]!;
    }
    this.room = room;
    this.goroutines = {
      length,
      id: Float64Array.from(ids),
      name: Uint32Array.from(names),
      kind: Uint32Array.from(kinds),
      from: new Float64Array(length).fill(durationNanos),
      to: new Float64Array(length).fill(durationNanos),
      spanStart,
      spanEnd: spanStart.slice(),
      task: new Int32Array(length).fill(NO_ROW),
      maker: new Int32Array(length).fill(NO_ROW),
    };
  }

  /** The row of a goroutine; `NO_ROW` where there is none of this number. */
  rowOf(id: number): number {
    if (id === this.#lastId) return this.#lastRow;
    const row = this.#rows.get(id);
    if (row === undefined) return NO_ROW;
    this.#lastId = id;
    this.#lastRow = row;
    return row;
  }

  #rowOrNext(id: number): number {
    const known = this.rowOf(id);
    if (known !== NO_ROW) return known;
    const row = this.#rows.size;
    this.#rows.set(id, row);
    return row;
  }
}
