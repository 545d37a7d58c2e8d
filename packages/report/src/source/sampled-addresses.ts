import type { Analysis } from "../analyze.ts";
import { quotient } from "../go/int64.ts";

/** What a profile has at each address, and which of them a pattern is about. */
export interface AddressSamples {
  readonly flat: ReadonlyMap<bigint, number>;
  readonly cum: ReadonlyMap<bigint, number>;
  /** The addresses of interest, each with a location that it stands for. */
  readonly wanted: ReadonlyMap<bigint, number>;
  /** The functions of interest, by name and by the name before demangling. */
  readonly interest: ReadonlySet<string>;
  /** Names by names before demangling. */
  readonly prettyNames: ReadonlyMap<string, string>;
}

/**
 * Sums the samples by address; locations without one get one beyond all mappings. Of interest are functions that the
 * pattern matches by name or file, all of a mapping that it matches, and the function at `address`.
 */
export function sampledAddresses(analysis: Analysis, address: bigint | undefined): AddressSamples {
  const { selection, values, pattern } = analysis;
  const { profile, stackStart, stackEnd, frames } = selection;
  const { locations, functions, mappings, strings } = profile;
  const stacks = profile.samples.locations;
  const isSampled = new Uint8Array(locations.length);
  for (const sample of selection.samples) {
    for (let at = stackStart[sample]!; at < stackEnd[sample]!; at++) isSampled[stacks[at]!] = 1;
  }

  const wanted = new Map<bigint, number>();
  const interest = new Set<string>();
  const prettyNames = new Map<string, string>();
  const matches = (row: number): boolean => pattern?.test(strings.get(row)) ?? false;
  let free = 1n;
  for (const limit of mappings.limit) if (limit > free) free = limit;
  /** The addresses, and which of them each location has: several may have the same. */
  const rows = new Map<bigint, number>();
  const rowOf = new Int32Array(locations.length);
  for (let location = 0; location < locations.length; location++) {
    if (isSampled[location] === 0) continue;
    const at = locations.address[location] === 0n ? free++ : locations.address[location]!;
    const row = rows.get(at) ?? rows.size;
    rows.set(at, row);
    rowOf[location] = row;
    const last = frames.start[location + 1]! - 1;
    const mapping = locations.mapping[location]!;
    const wholeMapping = mapping >= 0 && matches(mappings.filename[mapping]!);
    const isAddress = pattern === undefined || (address !== undefined && at === address);
    for (let frame = frames.start[location]!; frame <= last; frame++) {
      const line = frames.line[frame]!;
      const fn = line < 0 ? -1 : locations.lines.function[line]!;
      if (fn < 0) continue;
      const [name, systemName] = [functions.name[fn]!, functions.systemName[fn]!];
      prettyNames.set(strings.get(systemName), strings.get(name));
      const isWanted = isAddress
        ? frame === last
        : (wholeMapping && frame === frames.start[location]) ||
          matches(name) ||
          matches(systemName) ||
          matches(functions.filename[fn]!);
      if (!isWanted) continue;
      interest.add(strings.get(name)).add(strings.get(systemName));
      if (!wanted.has(at)) wanted.set(at, location);
    }
  }
  const flat = new Float64Array(rows.size);
  const cum = new Float64Array(rows.size);
  const lastSample = new Int32Array(rows.size).fill(-1);
  for (const sample of selection.samples) {
    const value = quotient(values.values, values.divisors, sample);
    for (let at = stackStart[sample]!; at < stackEnd[sample]!; at++) {
      const row = rowOf[stacks[at]!]!;
      if (at === stackStart[sample]) flat[row]! += value;
      // A recursive call's address is in the stack several times, and the sample counts once.
      if (lastSample[row] !== sample) cum[row]! += value;
      lastSample[row] = sample;
    }
  }
  const byAddress = (sums: Float64Array): Map<bigint, number> =>
    new Map(Array.from(rows, ([at, row]) => [at, sums[row]!]));
  return { flat: byAddress(flat), cum: byAddress(cum), wanted, interest, prettyNames };
}
