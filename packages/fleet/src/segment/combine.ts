import { setImmediate as nextTurn } from "node:timers/promises";
import { SymbolImport, SymbolTables } from "../columns/symbol-tables.ts";
import { Table } from "../columns/table.ts";
import { runStarts, VarintReader } from "../columns/varints.ts";
import { type Labels, labelsKey } from "../store/labels.ts";
import type { Failure } from "../store/store.ts";
import type { Block, Header, Shape, ShapeSamples } from "./block.ts";
import { type Counter, movedCounter } from "./counters.ts";
import { type ProfileEntry, profileEntry, profileRows } from "./profile-rows.ts";
import { RunWriter } from "./run-writer.ts";
import type { SegmentContent, WrittenShape } from "./segment-content.ts";

/** So many are written before others get their turn: 20 ms. */
const VALUES_A_TURN = 200_000;

/**
 * Blocks of one service as one, in their order. `counters` have the rows of the last block. A day takes seconds, in which other things
 * get their turn.
 */
export async function combineBlocks(blocks: readonly Block[], counters: Iterable<Counter>): Promise<SegmentContent> {
  const { tenant, service } = blocks[0]!;
  const tables = new SymbolTables();
  const imports = blocks.map((block) => new SymbolImport(block.symbols(), tables));
  const series = new Table<Labels>(labelsKey);
  const shapes = new Table<Shape>(JSON.stringify);
  const headers = new Table<Header>(JSON.stringify);
  const entries: ProfileEntry[] = [];
  const failures: Failure[] = [];
  const slots: number[] = [];
  /** By shape the parts of it: of which block, and what its first slot is here. */
  const parts: Part[][] = [];
  blocks.forEach((block, b) => {
    const rows = block.profiles();
    const seriesOf = block.series.map((labels) => series.row(labels));
    const variant = (row: number): number => (row < 0 ? -1 : imports[b]!.variant(row));
    const headerOf = block.headers.map((header) =>
      headers.row({ ...header, main: variant(header.main), variants: header.variants.map(variant) }),
    );
    const shapeOf = block.shapes.map((shape, own) => {
      const row = shapes.row(shape);
      parts[row] ??= [];
      parts[row].push({ samples: block.samples(own), rows: imports[b]!, firstSlot: slots[row] ?? 0 });
      return row;
    });
    for (let row = 0; row < rows.length; row++) {
      const entry = profileEntry(rows, row);
      const shape = shapeOf[entry.shape]!;
      const slot = slots[shape] ?? 0;
      slots[shape] = slot + 1;
      entries.push({ ...entry, shape, slot, series: seriesOf[entry.series]!, header: headerOf[entry.header]! });
    }
    failures.push(...block.failures());
  });
  const samples: WrittenShape[] = [];
  for (const [shape, own] of parts.entries()) {
    samples.push(await combineParts(own, shapes.rows[shape]!.sampleTypes.length));
  }
  const moved = Array.from(counters, (counter) => movedCounter(counter, imports.at(-1)!));
  return {
    tenant,
    service,
    series: series.rows,
    shapes: shapes.rows,
    headers: headers.rows,
    profiles: profileRows(entries),
    failures,
    symbols: tables.finish(),
    samples,
    counters: moved,
  };
}

/** The samples of a shape in one of the blocks. */
interface Part {
  readonly samples: ShapeSamples;
  readonly rows: SymbolImport;
  readonly firstSlot: number;
}

async function combineParts(parts: readonly Part[], columns: number): Promise<WrittenShape> {
  const readers = parts.map(({ samples, rows }) => ({
    samples,
    rows: Uint32Array.from(samples.rows, (row) => rows.row(row)),
    slotStarts: runStarts(samples.slots, samples.counts),
    valueStarts: samples.values.map((column) => runStarts(column, samples.counts)),
  }));
  // All runs by their row, those of one row in the order of the blocks.
  const runs = readers.flatMap(({ rows }, part) => Array.from(rows, (row, run) => ({ row, part, run })));
  runs.sort((a, b) => a.row - b.row || a.part - b.part);
  const w = new RunWriter(columns);
  let written = 0;
  for (const [i, { row, part, run }] of runs.entries()) {
    const { samples, slotStarts, valueStarts } = readers[part]!;
    const { firstSlot } = parts[part]!;
    const count = samples.counts[run]!;
    const slots = new VarintReader(samples.slots, slotStarts[run]!);
    for (let left = count, slot = firstSlot; left > 0; left--) {
      slot += slots.uint();
      w.slot(slot);
    }
    for (let c = 0; c < columns; c++) {
      const values = new VarintReader(samples.values[c]!, valueStarts[c]![run]!);
      for (let left = count, value = 0; left > 0; left--) {
        value += values.int();
        w.value(c, value);
      }
    }
    if (runs[i + 1]?.row !== row) w.end(row);
    written += count;
    if (written > VALUES_A_TURN) {
      written = 0;
      await nextTurn();
    }
  }
  return w.finish();
}
