import type { Block } from "../segment/block.ts";
import { type Labels, labelsKey } from "../store/labels.ts";
import { skewMillis } from "../store/query.ts";
import { unionOfTypes } from "../store/sample-types.ts";
import type { Selector } from "../store/selector.ts";
import type { Failure, ProfileType, ServiceSummary, Target, TimeRange } from "../store/store.ts";
import { type Kept, visitKept } from "./kept.ts";

/** Answers from what blocks say of their profiles, without their samples. A block that cannot be read is as if it were not there. */
function keptOf(blocks: readonly Block[], selector: Selector, range: TimeRange): Kept[] {
  const kept: Kept[] = [];
  visitKept(blocks, { selector, range }, (one) => kept.push(one));
  return kept;
}

/** The sets of labels, in alphabetical order. */
export function seriesOf(blocks: readonly Block[], selector: Selector, range: TimeRange): Labels[] {
  const found = new Map<string, Labels>();
  for (const kept of keptOf(blocks, selector, range))
    for (const labels of labelsOf(kept)) found.set(labelsKey(labels), labels);
  return ordered(found).map(([, labels]) => labels);
}

export function services(blocks: readonly Block[], tenant: string, range: TimeRange): ServiceSummary[] {
  const found = new Map<string, Kept[]>();
  for (const kept of keptOf(blocks, { tenant, matchers: [] }, range)) {
    found.set(kept.block.service, [...(found.get(kept.block.service) ?? []), kept]);
  }
  return ordered(found).map(([name, all]) => {
    const types = new Set<string>();
    const series = new Set<string>();
    let profiles = 0;
    let failures = 0;
    let firstMillis = Number.POSITIVE_INFINITY;
    let lastMillis = Number.NEGATIVE_INFINITY;
    for (const kept of all) {
      profiles += kept.profiles.length;
      failures += kept.failures.length;
      for (const labels of labelsOf(kept)) series.add(labelsKey(labels));
      for (const row of kept.profiles) {
        types.add(kept.block.shapes[kept.rows.shape[row]!]!.name);
        firstMillis = Math.min(firstMillis, kept.rows.millis[row]!);
        lastMillis = Math.max(lastMillis, kept.rows.millis[row]!);
      }
    }
    const times = profiles === 0 ? { firstMillis: 0, lastMillis: 0 } : { firstMillis, lastMillis };
    return { name, types: [...types].sort(), series: series.size, profiles, failures, ...times };
  });
}

export function profileTypes(blocks: readonly Block[], selector: Selector, range: TimeRange): ProfileType[] {
  /** By name the shapes that there are, each with the time and number of its first profile. */
  const found = new Map<string, { millis: number; sequence: number; shape: Kept["block"]["shapes"][number] }[]>();
  for (const { block, rows, profiles } of keptOf(blocks, selector, range)) {
    const first = new Map<number, number>();
    for (const row of profiles) {
      const before = first.get(rows.shape[row]!);
      if (before === undefined || rows.millis[row]! < rows.millis[before]!) first.set(rows.shape[row]!, row);
    }
    for (const [at, row] of first) {
      const shape = block.shapes[at]!;
      const one = { millis: rows.millis[row]!, sequence: rows.sequence[row]!, shape };
      found.set(shape.name, [...(found.get(shape.name) ?? []), one]);
    }
  }
  return ordered(found).map(([name, all]) => {
    all.sort((a, b) => a.millis - b.millis || a.sequence - b.sequence);
    const sampleTypes = unionOfTypes(all.map(({ shape }) => shape));
    return { name, sampleTypes, periodType: all[0]!.shape.periodType };
  });
}

/** A target while it is put together: where its last profile stands. */
interface TargetParts {
  readonly labels: Labels;
  readonly name: string;
  profiles: number;
  failures: number;
  lastMillis: number;
  lastFailure: Failure | undefined;
  last: { kept: Kept; row: number } | undefined;
}

export function targets(blocks: readonly Block[], selector: Selector, range: TimeRange): Target[] {
  const found = new Map<string, TargetParts>();
  const partsOf = (labels: Labels, name: string): TargetParts => {
    const key = JSON.stringify([labelsKey(labels), name]);
    const known = found.get(key);
    if (known !== undefined) return known;
    const counts = { profiles: 0, failures: 0, lastMillis: Number.NEGATIVE_INFINITY };
    const parts: TargetParts = { labels, name, ...counts, lastFailure: undefined, last: undefined };
    found.set(key, parts);
    return parts;
  };
  for (const kept of keptOf(blocks, selector, range)) {
    const { block, rows, profiles, failures } = kept;
    const known = new Map<number, TargetParts>();
    for (const row of profiles) {
      const id = rows.series[row]! * block.shapes.length + rows.shape[row]!;
      const parts = known.get(id) ?? partsOf(block.series[rows.series[row]!]!, block.shapes[rows.shape[row]!]!.name);
      known.set(id, parts);
      parts.profiles++;
      parts.lastMillis = Math.max(parts.lastMillis, rows.millis[row]!);
      if (parts.last === undefined || isLater(rows, row, parts.last.kept.rows, parts.last.row))
        parts.last = { kept, row };
    }
    for (const failure of failures) {
      const parts = partsOf(failure.labels, failure.name);
      parts.failures++;
      parts.lastMillis = Math.max(parts.lastMillis, failure.receivedMillis);
      if (parts.lastFailure === undefined || failure.receivedMillis >= parts.lastFailure.receivedMillis) {
        parts.lastFailure = failure;
      }
    }
  }
  return ordered(found).map(([, { last, ...rest }]) => ({ ...rest, ...lastProfile(last) }));
}

function lastProfile(last: TargetParts["last"]): Pick<Target, "bytes" | "scrapeMillis" | "skewMillis"> {
  if (last === undefined) return { bytes: 0, scrapeMillis: 0, skewMillis: undefined };
  const { rows } = last.kept;
  const times = { timeNanos: rows.timeNanos[last.row]!, durationNanos: rows.durationNanos[last.row]! };
  return {
    bytes: rows.bytes[last.row]!,
    scrapeMillis: rows.scrapeMillis[last.row]!,
    skewMillis: skewMillis(times, rows.millis[last.row]!),
  };
}

function isLater(a: Kept["rows"], row: number, b: Kept["rows"], other: number): boolean {
  return (
    a.millis[row]! - b.millis[other]! > 0 ||
    (a.millis[row] === b.millis[other] && a.sequence[row]! > b.sequence[other]!)
  );
}

function labelsOf({ block, rows, profiles, failures }: Kept): Labels[] {
  const seen = new Set<number>();
  for (const row of profiles) seen.add(rows.series[row]!);
  return [...Array.from(seen, (series) => block.series[series]!), ...failures.map(({ labels }) => labels)];
}

function ordered<T>(found: ReadonlyMap<string, T>): [string, T][] {
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}
