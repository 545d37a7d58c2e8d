import { type Profile, toNumbers } from "@pprof-ts/profile";
import { internProfile } from "../columns/intern-profile.ts";
import { ExactSums, type RowSums } from "../columns/row-sums.ts";
import { decodeRowValues, encodeRowValues, type RowValues, rowValues, withoutZeros } from "../columns/sample-code.ts";
import { SymbolImport, SymbolTables } from "../columns/symbol-tables.ts";
import type { Symbols } from "../columns/symbols.ts";
import { Table } from "../columns/table.ts";
import type { Admitted } from "../store/admit.ts";
import { type Labels, labelsKey } from "../store/labels.ts";
import type { Failure } from "../store/store.ts";
import type { Block, FunctionSums, Header, ProfileRows, Shape, ShapeSamples } from "./block.ts";
import { type Counter, differences, movedCounter } from "./counters.ts";
import { functionIndex, functionSums } from "./function-sums.ts";
import { type ProfileEntry, profileRows } from "./profile-rows.ts";
import { RunWriter } from "./run-writer.ts";
import type { SegmentContent, WrittenShape } from "./segment-content.ts";

/** A profile that is to be added. */
export interface Addition extends Admitted {
  readonly receivedMillis: number;
  readonly sequence: number;
  readonly bytes: number;
  readonly scrapeMillis: number;
  readonly isCumulative: readonly boolean[];
}

/** The latest profiles of a service, in memory, until they are written as a segment. */
export class Head implements Block {
  readonly tenant: string;
  readonly service: string;
  readonly #tables = new SymbolTables();
  readonly #series = new Table<Labels>(labelsKey);
  readonly #shapes = new Table<Shape>(JSON.stringify);
  readonly #headers = new Table<Header>(JSON.stringify);
  readonly #slots: number[] = [];
  readonly #entries: ProfileEntry[] = [];
  /** By profile its samples, as `encodeRowValues` has them. */
  readonly #samples: Uint8Array[] = [];
  readonly #failures: Failure[] = [];
  readonly #counters = new Map<string, Counter>();
  #symbols: Symbols | undefined;
  #bytes = 0;
  maxSequence = 0;
  firstMillis: number = Number.POSITIVE_INFINITY;
  lastMillis: number = Number.NEGATIVE_INFINITY;

  constructor(tenant: string, service: string) {
    this.tenant = tenant;
    this.service = service;
  }

  get label(): string {
    return `the latest profiles of ${this.service}`;
  }

  get series(): readonly Labels[] {
    return this.#series.rows;
  }

  get shapes(): readonly Shape[] {
    return this.#shapes.rows;
  }

  get headers(): readonly Header[] {
    return this.#headers.rows;
  }

  get counters(): ReadonlyMap<string, Counter> {
    return this.#counters;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0 && this.#failures.length === 0;
  }

  /** About how much memory its samples take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many different stacks with labels there are. */
  get rowCount(): number {
    return this.#tables.rows.length;
  }

  add(addition: Addition): void {
    const { labels, name, profile, isCumulative } = addition;
    const { sampleTypes, samples, periodType } = profile;
    this.#symbols = undefined;
    const shape = this.#shapes.row({ name, sampleTypes, periodType });
    const interned = internProfile(this.#tables, profile);
    let values = rowValues(interned.rows, samples.values.map(toNumbers));
    const columns = isCumulative.flatMap((is, column) => (is ? [column] : []));
    if (columns.length > 0) values = this.#difference(addition, shape, columns, values);
    const encoded = encodeRowValues(values);
    this.#samples.push(encoded);
    this.#bytes += encoded.length + 200;
    const slot = this.#slots[shape] ?? 0;
    this.#slots[shape] = slot + 1;
    this.#entries.push({
      shape,
      slot,
      series: this.#series.row(labels),
      header: this.#headers.row(headerOf(profile, interned.variants, interned.rows, values)),
      millis: addition.receivedMillis,
      sequence: addition.sequence,
      bytes: addition.bytes,
      scrapeMillis: Math.round(addition.scrapeMillis),
      totals: values.values.map((column) => column.reduce((sum, value) => sum + value, 0)),
      timeNanos: profile.timeNanos,
      durationNanos: profile.durationNanos,
      period: profile.period,
    });
    this.#seen(addition.receivedMillis, addition.sequence);
  }

  fail(failure: Failure, sequence: number): void {
    this.#failures.push(failure);
    this.#series.row(failure.labels);
    this.#bytes += 500;
    this.#seen(failure.receivedMillis, sequence);
  }

  /** All of it, as a segment holds it. */
  content(): SegmentContent {
    return {
      tenant: this.tenant,
      service: this.service,
      series: this.series,
      shapes: this.shapes,
      headers: this.headers,
      profiles: this.profiles(),
      failures: this.#failures,
      symbols: this.symbols(),
      samples: this.shapes.map((_, shape) => this.#written(shape)),
      counters: [...this.#counters.values()],
    };
  }

  /** Takes over what counters have been, from a block with other symbols, where they may still go on. */
  takeCounters(counters: Iterable<Counter>, symbols: Symbols, sinceMillis: number): void {
    const rows = new SymbolImport(symbols, this.#tables);
    for (const counter of counters) {
      if (counter.state.millis < sinceMillis) continue;
      const own = movedCounter(counter, rows);
      this.#counters.set(counterKey(own), own);
    }
    this.#symbols = undefined;
  }

  profiles(): ProfileRows {
    return profileRows(this.#entries);
  }

  failures(): readonly Failure[] {
    return this.#failures;
  }

  symbols(): Symbols {
    this.#symbols ??= this.#tables.finish();
    return this.#symbols;
  }

  samples(shape: number): ShapeSamples {
    return this.#written(shape).samples;
  }

  #written(shape: number): WrittenShape {
    const profiles = this.#decoded(shape);
    const { length } = this.#tables.rows;
    const columns = this.#shapes.rows[shape]!.sampleTypes.length;
    const start = new Uint32Array(length + 1);
    for (const { rows } of profiles) for (const row of rows) start[row + 1]!++;
    for (let row = 0; row < length; row++) start[row + 1]! += start[row]!;
    const next = start.slice();
    const slots = new Uint32Array(start[length]!);
    const places = new Uint32Array(start[length]!);
    profiles.forEach(({ rows }, slot) => {
      for (let i = 0; i < rows.length; i++) {
        const at = next[rows[i]!]!++;
        slots[at] = slot;
        places[at] = i;
      }
    });
    const w = new RunWriter(columns);
    for (let row = 0; row < length; row++) {
      for (let at = start[row]!; at < start[row + 1]!; at++) {
        w.slot(slots[at]!);
        const { values } = profiles[slots[at]!]!;
        for (let c = 0; c < columns; c++) w.value(c, values[c]![places[at]!]!);
      }
      w.end(row);
    }
    return w.finish();
  }

  sums(shape: number, kept: Uint8Array | undefined): RowSums {
    const { length } = this.#tables.rows;
    const columns = this.#shapes.rows[shape]!.sampleTypes.map(() => new ExactSums(length));
    this.#decoded(shape).forEach(({ rows, values }, slot) => {
      if (kept !== undefined && kept[slot] === 0) return;
      for (let c = 0; c < columns.length; c++) {
        for (let i = 0; i < rows.length; i++) columns[c]!.add(rows[i]!, values[c]![i]!);
      }
    });
    return { rows: Uint32Array.from({ length }, (_, row) => row), columns };
  }

  functionSums(shape: number): FunctionSums {
    return functionSums(functionIndex(this.symbols()), this.sums(shape, undefined));
  }

  #decoded(shape: number): RowValues[] {
    const columns = this.#shapes.rows[shape]!.sampleTypes.length;
    return this.#entries.flatMap((entry, i) =>
      entry.shape === shape ? [decodeRowValues(this.#samples[i]!, columns)] : [],
    );
  }

  #difference(
    { labels, receivedMillis }: Addition,
    shape: number,
    columns: readonly number[],
    values: RowValues,
  ): RowValues {
    const own = { labels, shape: this.#shapes.rows[shape]!, columns };
    const key = counterKey(own);
    const { now, state } = differences(this.#counters.get(key)?.state, values, columns, receivedMillis);
    this.#counters.set(key, { ...own, state });
    return withoutZeros(now);
  }

  #seen(millis: number, sequence: number): void {
    this.firstMillis = Math.min(this.firstMillis, millis);
    this.lastMillis = Math.max(this.lastMillis, millis);
    this.maxSequence = Math.max(this.maxSequence, sequence);
  }
}

function counterKey({ labels, shape, columns }: Omit<Counter, "state">): string {
  return JSON.stringify([labelsKey(labels), shape, columns]);
}

/** A profile's header, with the variants of those mappings that samples with values use. */
function headerOf(profile: Profile, variants: readonly number[], rows: Uint32Array, { rows: kept }: RowValues): Header {
  const { defaultSampleType, dropFrames, keepFrames, docUrl, comments, samples, locations } = profile;
  const used = new Set<number>();
  if (variants.length > 0) {
    const known = new Set(kept);
    for (let row = 0; row < samples.length && used.size < variants.length; row++) {
      if (!known.has(rows[row]!)) continue;
      for (let i = samples.locationStart[row]!; i < samples.locationStart[row + 1]!; i++) {
        const mapping = locations.mapping[samples.locations[i]!]!;
        if (mapping >= 0) used.add(mapping);
      }
    }
  }
  return {
    defaultSampleType,
    dropFrames,
    keepFrames,
    docUrl,
    comments,
    main: variants[0] ?? -1,
    variants: [...used].sort((a, b) => a - b).map((mapping) => variants[mapping]!),
  };
}
