import { ExactSums, type RowSums } from "../columns/row-sums.ts";
import { decodeSymbols, encodeSymbols, type Symbols } from "../columns/symbols.ts";
import { VarintReader, VarintWriter } from "../columns/varints.ts";
import type { FileSystem } from "../file/file-system.ts";
import type { Labels } from "../store/labels.ts";
import type { Failure } from "../store/store.ts";
import type { Block, FunctionSums, Header, ProfileRows, Shape, ShapeSamples } from "./block.ts";
import type { Counter, CounterState } from "./counters.ts";
import { type FunctionIndex, functionIndex, functionSums } from "./function-sums.ts";
import { decodeFunctionSums, encodeFunctionSums } from "./function-sums-code.ts";
import { decodeProfileRows, encodeProfileRows } from "./profile-rows.ts";
import { sumRuns } from "./run-writer.ts";
import type { SegmentContent } from "./segment-content.ts";
import { encodeParts, SegmentFile } from "./segment-file.ts";

/** Beside what is in it, where a segment belongs. */
export interface SegmentPlace {
  /** How much time it may span: a row of `LEVELS`. */
  readonly level: number;
  /** All of its service up to this is in segments. */
  readonly maxSequence: number;
  /** The files that it takes the place of. */
  readonly replaces: readonly string[];
}

type Pairs = readonly (readonly [string, string])[];

/** A footer, as JSON has it. */
interface Meta extends SegmentPlace {
  readonly tenant: string;
  readonly service: string;
  readonly firstMillis: number;
  readonly lastMillis: number;
  readonly series: readonly Pairs[];
  readonly shapes: readonly Shape[];
  readonly headers: readonly Header[];
  readonly failures: number;
  readonly counters: readonly {
    labels: Pairs;
    shape: Shape;
    columns: readonly number[];
    state: Omit<CounterState, "rows">;
  }[];
}

/** The bytes of a segment. */
export function encodeSegment(content: SegmentContent, place: SegmentPlace): Promise<Uint8Array[]> {
  const { profiles, symbols, failures, samples, counters, series } = content;
  const parts = new Map<string, Uint8Array>();
  const { columns, wide } = encodeProfileRows(profiles);
  parts.set("profiles", columns).set("wide", wide);
  const { texts, numbers } = encodeSymbols(symbols);
  parts.set("texts", texts).set("numbers", numbers);
  let functions: FunctionIndex | undefined;
  samples.forEach(({ samples: own, sums }, shape) => {
    parts.set(`${shape}.rows`, encodeRows(own));
    parts.set(`${shape}.slots`, own.slots);
    own.values.forEach((column, c) => {
      parts.set(`${shape}.values.${c}`, column);
    });
    if (sums === undefined) return;
    parts.set(`${shape}.sums`, encodeSums(sums));
    if (sums.some((column) => column.reduce((sum, value) => sum + Math.abs(value), 0) > 2 ** 52)) return;
    functions ??= functionIndex(symbols);
    const rowSums = { rows: own.rows, columns: sums.map(exactSums) };
    parts.set(`${shape}.functions`, encodeFunctionSums(functionSums(functions, rowSums)));
  });
  if (failures.length > 0) {
    const rows = failures.map((failure) => ({ ...failure, labels: [...failure.labels] }));
    parts.set("failures", Buffer.from(JSON.stringify(rows)));
  }
  counters.forEach(({ state }, i) => {
    parts.set(`counter.${i}`, state.rows);
  });
  const millis = [...profiles.millis, ...failures.map(({ receivedMillis }) => receivedMillis)];
  const meta: Meta = {
    ...place,
    tenant: content.tenant,
    service: content.service,
    firstMillis: millis.reduce((a, b) => Math.min(a, b)),
    lastMillis: millis.reduce((a, b) => Math.max(a, b)),
    series: series.map((labels) => [...labels]),
    shapes: content.shapes,
    headers: content.headers,
    failures: failures.length,
    counters: counters.map(({ labels, shape, columns: own, state }) => ({
      labels: [...labels],
      shape,
      columns: own,
      state: { millis: state.millis, totals: state.totals },
    })),
  };
  // What is combined within the hour is packed in half the time, to a fifth more.
  return encodeParts(parts, meta, place.level === 0 ? 2 : 6);
}

/** A segment in a file: its footer in memory, the rest read when it is asked for. */
export class Segment implements Block {
  readonly #file: SegmentFile<Meta>;
  readonly series: readonly Labels[];

  /** What is damaged is a `FleetError`. */
  constructor(files: FileSystem, path: string) {
    this.#file = new SegmentFile(files, path);
    this.series = this.#file.meta.series.map((pairs) => new Map(pairs));
  }

  get path(): string {
    return this.#file.path;
  }

  get label(): string {
    return this.#file.path;
  }

  get size(): number {
    return this.#file.size;
  }

  get tenant(): string {
    return this.#file.meta.tenant;
  }

  get service(): string {
    return this.#file.meta.service;
  }

  get place(): SegmentPlace {
    return this.#file.meta;
  }

  get firstMillis(): number {
    return this.#file.meta.firstMillis;
  }

  get lastMillis(): number {
    return this.#file.meta.lastMillis;
  }

  get shapes(): readonly Shape[] {
    return this.#file.meta.shapes;
  }

  get headers(): readonly Header[] {
    return this.#file.meta.headers;
  }

  profiles(): ProfileRows {
    return decodeProfileRows(this.#file.part("profiles"), () => this.#file.part("wide"));
  }

  failures(): readonly Failure[] {
    if (this.#file.meta.failures === 0) return [];
    const rows = JSON.parse(Buffer.from(this.#file.part("failures")).toString()) as (Omit<Failure, "labels"> & {
      labels: Pairs;
    })[];
    return rows.map((failure) => ({ ...failure, labels: new Map(failure.labels) }));
  }

  symbols(): Symbols {
    return decodeSymbols(this.#file.part("texts"), this.#file.part("numbers"));
  }

  counters(): Counter[] {
    return this.#file.meta.counters.map(({ labels, shape, columns, state }, i) => ({
      labels: new Map(labels),
      shape,
      columns,
      state: { ...state, rows: this.#file.part(`counter.${i}`) },
    }));
  }

  samples(shape: number): ShapeSamples {
    return {
      ...decodeRows(this.#file.part(`${shape}.rows`)),
      slots: this.#file.part(`${shape}.slots`),
      values: this.shapes[shape]!.sampleTypes.map((_, c) => this.#file.part(`${shape}.values.${c}`)),
    };
  }

  sums(shape: number, kept: Uint8Array | undefined): RowSums {
    if (kept !== undefined || !this.#file.has(`${shape}.sums`)) return sumRuns(this.samples(shape), kept);
    const { rows } = decodeRows(this.#file.part(`${shape}.rows`));
    const sums = decodeSums(this.#file.part(`${shape}.sums`), this.shapes[shape]!.sampleTypes.length, rows.length);
    return { rows, columns: sums.map(exactSums) };
  }

  functionSums(shape: number): FunctionSums {
    return this.#file.has(`${shape}.functions`)
      ? decodeFunctionSums(this.#file.part(`${shape}.functions`))
      : functionSums(functionIndex(this.symbols()), this.sums(shape, undefined));
  }
}

function exactSums(column: Float64Array): ExactSums {
  const sums = new ExactSums(column.length);
  sums.low.set(column);
  return sums;
}

function encodeRows({ rows, counts }: ShapeSamples): Uint8Array {
  const w = new VarintWriter();
  w.uint(rows.length);
  for (let i = 0; i < rows.length; i++) w.uint(rows[i]! - (rows[i - 1] ?? 0));
  for (const count of counts) w.uint(count);
  return w.finish();
}

function decodeRows(bytes: Uint8Array): Pick<ShapeSamples, "rows" | "counts"> {
  const r = new VarintReader(bytes);
  const rows = new Uint32Array(r.uint());
  for (let i = 0, last = 0; i < rows.length; i++) {
    last += r.uint();
    rows[i] = last;
  }
  return { rows, counts: rows.map(() => r.uint()) };
}

function encodeSums(sums: readonly Float64Array[]): Uint8Array {
  const w = new VarintWriter();
  for (const column of sums) for (const sum of column) w.int(sum);
  return w.finish();
}

function decodeSums(bytes: Uint8Array, columns: number, rows: number): Float64Array[] {
  const r = new VarintReader(bytes);
  return Array.from({ length: columns }, () => new Float64Array(rows).map(() => r.int()));
}
