import { WireWriter } from "../../src/proto/wire.ts";
import { GO_EVENT, GO_EVENTS } from "../../src/trace/go/events.ts";

/**
 * A Go trace as text: a line an event, `thread time event arguments…`, in which `"…"` stands for a string and `[name name]` for a
 * stack, leaf first; `generation N` begins the next one, and `sample time thread proc goroutine [name]` is a CPU sample. Thread
 * `-` is none. A number may stand where a string or a stack is meant.
 */
export function goTraceOf(text: string, version = 22): Uint8Array {
  const out = new WireWriter();
  out.raw(new TextEncoder().encode(`go 1.${version} trace`.padEnd(16, "\0")));
  const parts = text.trim().split(/^\s*generation (\d+)\n/m);
  const generations = parts[0] === "" ? parts.slice(1) : ["1", ...parts];
  for (let i = 0; i < generations.length; i += 2)
    writeGeneration(out, Number(generations[i]), generations[i + 1]!, version);
  return out.finish().slice();
}

function writeGeneration(out: WireWriter, number: number, text: string, version: number): void {
  const strings = new Map<string, number>();
  const stacks = new Map<string, number>();
  const streams = new Map<string, { readonly bytes: WireWriter; readonly start: number; last: number }>();
  const samples: number[][] = [];
  const rowOf = (rows: Map<string, number>, key: string): number => {
    if (!rows.has(key)) rows.set(key, rows.size + 1);
    return rows.get(key)!;
  };
  const numberOf = (word: string): number => {
    if (word.startsWith('"')) return rowOf(strings, word.slice(1, -1));
    if (word === "[]") return 0;
    return word.startsWith("[") ? rowOf(stacks, word.slice(1, -1)) : Number(word);
  };
  for (const line of text.split("\n").filter((one) => one.trim() !== "")) {
    const [thread, time, event, ...words] = line.trim().match(/"[^"]*"|\[[^\]]*\]|\S+/g)!;
    const args = words.map(numberOf);
    if (thread === "sample") {
      samples.push([Number(time), Number(event), ...args]);
      continue;
    }
    const at = Number(time);
    const stream = streams.get(thread!) ?? { bytes: new WireWriter(), start: at, last: at };
    streams.set(thread!, stream);
    const type = GO_EVENT[event!] ?? Number(event);
    if (GO_EVENTS[type] !== undefined && GO_EVENTS[type].args.length !== args.length)
      throw new Error(`wrong arguments: ${line}`);
    stream.bytes.reserve(128);
    stream.bytes.uint(type);
    stream.bytes.uint(at - stream.last);
    for (const arg of args) {
      // All bits set stand for no thread.
      if (arg < 0) stream.bytes.uint64(-1, -1);
      else stream.bytes.uint(arg);
    }
    stream.last = at;
  }
  const batch = (thread: string, time: number, bytes: Uint8Array): void => {
    out.reserve(64);
    for (const head of [1, number]) out.uint(head);
    if (thread === "-") out.uint64(-1, -1);
    else out.uint(Number(thread));
    out.uint(time);
    out.uint(bytes.length);
    out.raw(bytes);
  };
  const table = (kind: number, rows: Iterable<(bytes: WireWriter) => void>): void => {
    const bytes = new WireWriter(1 << 17);
    bytes.uint(kind);
    for (const write of rows) write(bytes);
    if (bytes.pos > 1) batch("-", 1, bytes.finish());
  };
  const clock = new WireWriter();
  clock.reserve(64);
  for (const value of version >= 25 ? [50, 8, 1e9, 51, 0, 1, 1, 1] : [8, 1e9]) clock.uint(value);
  batch("-", 1, clock.finish());
  for (const [thread, { bytes, start }] of streams) batch(thread, start, bytes.finish());
  table(
    6,
    samples.map((fields) => (bytes) => {
      for (const value of [7, ...fields]) bytes.uint(value);
    }),
  );
  table(
    2,
    Array.from(stacks, ([names, row]) => (bytes: WireWriter) => {
      const frames = names.split(" ");
      for (const value of [3, row, frames.length]) bytes.uint(value);
      for (const name of frames)
        for (const value of [4096 + 16 * rowOf(strings, name), rowOf(strings, name), 0, 1])
          bytes.uint(value || rowOf(strings, "a.js"));
    }),
  );
  table(
    4,
    Array.from(strings, ([string, row]) => (bytes: WireWriter) => {
      const encoded = new TextEncoder().encode(string);
      for (const value of [5, row, encoded.length]) bytes.uint(value);
      bytes.raw(encoded);
      bytes.reserve(64);
    }),
  );
  if (version >= 26) out.raw(Uint8Array.of(52));
}
