import type { Profile, ValueType } from "@pprof-ts/profile";
import { ExactSums, type RowSums } from "../columns/row-sums.ts";
import { SymbolImport, SymbolTables } from "../columns/symbol-tables.ts";
import { ROW, type Symbols } from "../columns/symbols.ts";
import type { Block } from "../segment/block.ts";
import { labelsKey } from "../store/labels.ts";
import { columnOf } from "../store/sample-types.ts";
import type { Merged, ProfileQuery } from "../store/store.ts";
import { valueKind } from "../store/value-kind.ts";
import { type Kept, keptSlots, visitKept } from "./kept.ts";
import {
  headerVariants,
  identityTexts,
  type MappingFields,
  mappingFields,
  type ProfileFrame,
} from "./mapping-fields.ts";
import { orderedProfile } from "./ordered-profile.ts";

/** What of a block is merged, once all of it has been read. */
interface Source {
  readonly kept: Kept;
  readonly symbols: Symbols;
  readonly identities: readonly string[];
  /** By shape its sums; of shapes that are not asked for nothing. */
  readonly sums: ReadonlyMap<number, RowSums>;
}

/** A profile of a source, in the order in which they were received. */
interface Place {
  readonly source: Source;
  readonly row: number;
}

/** Answers `Store.merge` from blocks. */
export function mergeBlocks(blocks: readonly Block[], query: ProfileQuery): Merged {
  const sources: Source[] = [];
  const missing = visitKept(blocks, query, (kept) => sources.push(readSource(kept)));
  const places = sources
    .flatMap((source) => source.kept.profiles.map((row): Place => ({ source, row })))
    .sort((a, b) => column(a, "millis") - column(b, "millis") || column(a, "sequence") - column(b, "sequence"));
  const series = new Set(
    places.map(({ source, row }) => labelsKey(source.kept.block.series[source.kept.rows.series[row]!]!)),
  );
  const profile = places.length === 0 ? undefined : mergeSources(query.name, places);
  return { profile, profiles: places.length, series: series.size, missing };
}

function readSource(kept: Kept): Source {
  const { block } = kept;
  const sums = new Map<number, RowSums>();
  for (let shape = 0; shape < block.shapes.length; shape++) {
    const { slots, count } = keptSlots(kept, shape);
    if (count > 0) sums.set(shape, block.sums(shape, slots));
  }
  const symbols = block.symbols();
  // Reads what is only read when it is asked for.
  void kept.rows.timeNanos;
  return { kept, symbols, identities: identityTexts(symbols), sums };
}

function mergeSources(name: string, places: readonly Place[]): Profile {
  const { sampleTypes, counts } = unionTypes(places);
  const frame = frameOf(places, sampleTypes);
  const { mappings, main } = mappingsOf(places);
  const tables = new SymbolTables();
  const order = [...new Set(places.map(({ source }) => source))];
  const single = order.length === 1 ? order[0]!.symbols : undefined;
  // First all rows, so that it is known how many there are.
  const rowsOf = order.map(({ symbols, sums }) => {
    const rows = new SymbolImport(symbols, tables);
    return new Map(
      Array.from(sums, ([shape, own]) => [shape, single === undefined ? importRows(own, rows) : own.rows] as const),
    );
  });
  const symbols = single ?? tables.finish();
  const total = sampleTypes.map(() => new ExactSums(symbols.rows.length / ROW));
  order.forEach((source, i) => {
    for (const [shape, { columns }] of source.sums) {
      const rows = rowsOf[i]!.get(shape)!;
      source.kept.block.shapes[shape]!.sampleTypes.forEach((type, c) => {
        const into = total[columnOf({ sampleTypes }, type)]!;
        for (let row = 0; row < rows.length; row++) if (rows[row] !== NO_ROW) into.addSum(rows[row]!, columns[c]!, row);
      });
    }
  });
  const texts = identityTexts(symbols);
  return orderedProfile(
    frame,
    symbols,
    {
      columns: total,
      counts: sampleTypes.map((type, i) => (valueKind(name, type) === "state" ? counts[i]! : 1)),
    },
    texts.map((text) => mappings.get(text)),
    main[0],
  );
}

const NO_ROW = 0xffffffff;

/** By row of the sums that of the tables; those that have nothing are not brought in. */
function importRows({ rows, columns }: RowSums, into: SymbolImport): Uint32Array {
  return rows.map((row, i) => (columns.some((sums) => sums.hasSum(i)) ? into.row(row) : NO_ROW));
}

/** The sample types of all profiles as they first came, and how many profiles have each. */
function unionTypes(places: readonly Place[]): { sampleTypes: ValueType[]; counts: number[] } {
  const sampleTypes: ValueType[] = [];
  const counts: number[] = [];
  for (const place of places) {
    for (const type of shapeOf(place).sampleTypes) {
      let at = columnOf({ sampleTypes }, type);
      if (at < 0) at = sampleTypes.push(type) - 1;
      counts[at] = (counts[at] ?? 0) + 1;
    }
  }
  return { sampleTypes, counts };
}

/** The header of the profiles merged, as `merge` makes it of theirs. */
function frameOf(places: readonly Place[], sampleTypes: readonly ValueType[]): ProfileFrame {
  const first = headerOf(places[0]!);
  let timeNanos = 0n;
  let durationNanos = 0n;
  let period = 0n;
  let defaultSampleType = "";
  let docUrl = "";
  const comments = new Set<string>();
  for (const place of places) {
    const { rows } = place.source.kept;
    const time = rows.timeNanos[place.row]!;
    if (timeNanos === 0n || time < timeNanos) timeNanos = time;
    if (period === 0n || period < rows.period[place.row]!) period = rows.period[place.row]!;
    durationNanos += rows.durationNanos[place.row]!;
    const header = headerOf(place);
    defaultSampleType ||= header.defaultSampleType;
    docUrl ||= header.docUrl;
    for (const comment of header.comments) comments.add(comment);
  }
  return {
    sampleTypes,
    defaultSampleType,
    periodType: shapeOf(places[0]!).periodType,
    period,
    timeNanos,
    durationNanos: BigInt.asIntN(64, durationNanos),
    dropFrames: first.dropFrames,
    keepFrames: first.keepFrames,
    comments: [...comments],
    docUrl,
    unknownFields: new Uint8Array(0),
  };
}

/** Each mapping as it was when it first came, and the one that stands for the program. */
function mappingsOf(places: readonly Place[]): { mappings: Map<string, MappingFields>; main: MappingFields[] } {
  const mappings = new Map<string, MappingFields>();
  const main: MappingFields[] = [];
  const seen = new Map<Source, Set<number>>();
  for (const place of places) {
    const { source } = place;
    const header = headerOf(place);
    const known = seen.get(source) ?? new Set();
    seen.set(source, known);
    headerVariants(header, main.length === 0).forEach((variant, i) => {
      if (known.has(variant)) return;
      known.add(variant);
      const fields = mappingFields(source.symbols, source.identities, variant);
      if (!mappings.has(fields.identity)) mappings.set(fields.identity, fields);
      if (i === 0 && header.main >= 0 && main.length === 0) main.push(fields);
    });
  }
  return { mappings, main };
}

const column = ({ source, row }: Place, name: "millis" | "sequence"): number => source.kept.rows[name][row]!;

const shapeOf = ({ source: { kept }, row }: Place) => kept.block.shapes[kept.rows.shape[row]!]!;

const headerOf = ({ source: { kept }, row }: Place) => kept.block.headers[kept.rows.header[row]!]!;
