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
  const flatOf = new Float64Array(locations.length);
  const cumOf = new Float64Array(locations.length);
  const isSampled = new Uint8Array(locations.length);
  const stacks = profile.samples.locations;
  for (const sample of selection.samples) {
    const value = quotient(values.values, values.divisors, sample);
    for (let at = stackStart[sample]!; at < stackEnd[sample]!; at++) {
      const location = stacks[at]!;
      isSampled[location] = 1;
      cumOf[location]! += value;
      if (at === stackStart[sample]) flatOf[location]! += value;
    }
  }

  const flat = new Map<bigint, number>();
  const cum = new Map<bigint, number>();
  const wanted = new Map<bigint, number>();
  const interest = new Set<string>();
  const prettyNames = new Map<string, string>();
  const matches = (row: number): boolean => pattern?.test(strings.get(row)) ?? false;
  let free = 1n;
  for (const limit of mappings.limit) if (limit > free) free = limit;
  for (let location = 0; location < locations.length; location++) {
    if (isSampled[location] === 0) continue;
    const at = locations.address[location] === 0n ? free++ : locations.address[location]!;
    flat.set(at, (flat.get(at) ?? 0) + flatOf[location]!);
    cum.set(at, (cum.get(at) ?? 0) + cumOf[location]!);
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
  return { flat, cum, wanted, interest, prettyNames };
}
