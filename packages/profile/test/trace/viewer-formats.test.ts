import { describe, expect, test } from "vitest";
import { traceFormats } from "../../src/index.ts";
import { WireReader } from "../../src/proto/wire.ts";
import { rounds } from "./rounds.ts";

const ROUNDS = 25;
const bytesOf = (name: string): Uint8Array =>
  traceFormats.find((format) => format.name === name)!.write(rounds(ROUNDS));

interface ChromeEvent {
  readonly ph: string;
  readonly ts: number;
  readonly pid: number;
  readonly tid: number;
  readonly name: string;
  readonly cat: string;
  readonly id: string;
}

describe("Chrome's JSON", () => {
  const { traceEvents } = JSON.parse(new TextDecoder().decode(bytesOf("chrome"))) as { traceEvents: ChromeEvent[] };

  test("every event has a process, a thread, a name and a time that does not go back", () => {
    let last = 0;
    for (const { pid, tid, ts, name } of traceEvents) {
      expect([typeof pid, typeof tid, typeof name]).toEqual(["number", "number", "string"]);
      expect(ts).toBeGreaterThanOrEqual(last);
      last = ts;
    }
  });

  test("slices of a thread begin and end in order, and so do asynchronous ones by their ids", () => {
    const open = new Map<string, string[]>();
    for (const { ph, tid, name, cat, id } of traceEvents) {
      const key = ph === "B" || ph === "E" ? `thread ${tid}` : `${cat} ${id}`;
      if (ph === "B" || ph === "b") open.set(key, [...(open.get(key) ?? []), name]);
      if (ph === "E" || ph === "e") expect(open.get(key)?.pop()).toBe(name);
    }
    expect([...open.values()].flat()).toEqual([]);
  });

  test("has the requests, what they waited for, what they said, and the heap", () => {
    const count = (ph: string, name: string): number =>
      traceEvents.filter((event) => event.ph === ph && event.name === name).length;
    // Each runs three times, and once in a system call.
    expect(count("B", "GET /item/:id")).toBe(ROUNDS * 2);
    expect(count("B", "GET /item/:id (system call)")).toBe(ROUNDS);
    expect(count("b", "GET /item/:id")).toBe(ROUNDS);
    for (const name of ["network", "sync", "waits for the loop", "parse", "GC scavenge"]) {
      expect([name, count("b", name)]).toEqual([name, expect.any(Number)]);
      expect(count("b", name)).toBeGreaterThanOrEqual(ROUNDS);
    }
    expect(count("i", "url")).toBe(ROUNDS);
    expect(count("C", "heap")).toBe(ROUNDS);
    expect(count("C", "rss")).toBe(ROUNDS);
  });
});

/** A message of protocol buffers as lists of what each field holds: numbers, or bytes. */
function fieldsOf(bytes: Uint8Array): Map<number, (number | Uint8Array)[]> {
  const reader = new WireReader(bytes);
  const fields = new Map<number, (number | Uint8Array)[]>();
  while (reader.pos < bytes.length) {
    const tag = reader.size();
    const [field, type] = [Math.floor(tag / 8), tag % 8];
    let value: number | Uint8Array;
    if (type === 0) value = reader.size();
    else {
      expect(type).toBe(2);
      const length = reader.byteLength();
      value = bytes.subarray(reader.pos, reader.pos + length);
      reader.pos += length;
    }
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}

/** Perfetto's, as its importer reads it: the rules by which that drops what it does not understand. */
test("Perfetto's protobuf refers to nothing that was not told before, and what begins ends", () => {
  const packets = fieldsOf(bytesOf("perfetto")).get(1) as Uint8Array[];
  const told = new Map<number, Set<number>>();
  const tracks = new Set<number>();
  const open = new Map<number, number>();
  const kinds = { slices: 0, instants: 0, counts: 0, samples: 0 };
  const names = new Map<number, string>();
  let first = true;
  for (const bytes of packets) {
    const packet = fieldsOf(bytes);
    const message = (field: number): Map<number, (number | Uint8Array)[]> | undefined =>
      packet.has(field) ? fieldsOf(packet.get(field)![0] as Uint8Array) : undefined;
    // On one sequence, whose state is cleared by the first packet and needed by all.
    expect(packet.get(10)).toEqual([1]);
    expect(packet.get(13)).toEqual([first ? 3 : 2]);
    first = false;
    const known = (kind: number, iid: number | Uint8Array | undefined): void => {
      if (iid !== undefined) expect([kind, iid, told.get(kind)?.has(iid as number)]).toEqual([kind, iid, true]);
    };
    for (const [kind, rows] of message(12) ?? []) {
      for (const row of rows) {
        const fields = fieldsOf(row as Uint8Array);
        const iid = fields.get(1)![0] as number;
        if (kind === 6) {
          known(5, fields.get(2)?.[0]);
          known(18, fields.get(5)?.[0]);
        }
        for (const frame of kind === 7 ? (fields.get(2) ?? []) : []) known(6, frame);
        if (kind === 2) names.set(iid, new TextDecoder().decode(fields.get(2)![0] as Uint8Array));
        told.set(kind, (told.get(kind) ?? new Set()).add(iid));
      }
    }
    const descriptor = message(60);
    if (descriptor !== undefined) {
      const parent = descriptor.get(5)?.[0];
      if (parent !== undefined) expect(tracks).toContain(parent);
      tracks.add(descriptor.get(1)![0] as number);
    }
    const sample = message(66);
    if (sample !== undefined) {
      kinds.samples++;
      known(7, sample.get(4)?.[0]);
    }
    const event = message(11);
    if (event === undefined) continue;
    const track = event.get(11)![0] as number;
    expect(tracks).toContain(track);
    known(2, event.get(10)?.[0]);
    known(1, event.get(3)?.[0]);
    known(7, event.get(56)?.[0]);
    const type = event.get(9)![0] as number;
    if (type === 1) open.set(track, (open.get(track) ?? 0) + 1);
    if (type === 2) {
      open.set(track, open.get(track)! - 1);
      expect(open.get(track)).toBeGreaterThanOrEqual(0);
      kinds.slices++;
    }
    if (type === 3) kinds.instants++;
    if (type === 4) kinds.counts++;
  }
  expect([...open.values()].every((count) => count === 0)).toBe(true);
  expect([...names.values()]).toEqual(
    expect.arrayContaining(["GET /item/:id", "network", "sync", "waits for the loop", "url"]),
  );
  expect(kinds).toMatchObject({ instants: 2 * ROUNDS, counts: 3 * ROUNDS, samples: ROUNDS });
  expect(kinds.slices).toBeGreaterThan(10 * ROUNDS);
});
