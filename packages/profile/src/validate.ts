import { ProfileError } from "./error.ts";
import type { Profile } from "./profile.ts";

/**
 * Throws a `ProfileError`, in the words of the reference tool, where a profile breaks a rule that its columns can break:
 * samples without sample types, ids that are 0 or not unique, lines without a function.
 */
export function validate(profile: Profile): void {
  const { samples, sampleTypes, mappings, functions, locations } = profile;
  if (sampleTypes.length === 0 && samples.length > 0) fail("missing sample type information");
  requireIds("mapping", "mappings", "ID", mappings.id);
  requireIds("function", "functions", "ID", functions.id);
  requireIds("location", "locations", "id", locations.id);
  const { lineStart, lines } = locations;
  for (let row = 0; row < locations.length; row++) {
    for (let line = lineStart[row]!; line < lineStart[row + 1]!; line++) {
      if (lines.function[line]! < 0) fail(`location id: ${locations.id[row]} has a line with nil function`);
    }
  }
}

/** Whether every id is its row plus one, as nearly all producers number them. */
export function areRowNumbers(ids: BigUint64Array): boolean {
  const words = new Uint32Array(ids.buffer, ids.byteOffset, 2 * ids.length);
  for (let row = 0; row < ids.length; row++) if (words[2 * row] !== row + 1 || words[2 * row + 1] !== 0) return false;
  return true;
}

function requireIds(one: string, many: string, word: string, ids: BigUint64Array): void {
  // A million of them are looked at in a millisecond, and as BigInts in a tenth of a second.
  if (areRowNumbers(ids)) return;
  const seen = new Uint8Array(ids.length + 1);
  const sparse = new Set<bigint>();
  for (const id of ids) {
    if (id === 0n) fail(`found ${one} with reserved ${word}=0`);
    const isDense = id < seen.length;
    if (isDense ? seen[Number(id)] === 1 : sparse.has(id)) fail(`multiple ${many} with same id: ${id}`);
    if (isDense) seen[Number(id)] = 1;
    else sparse.add(id);
  }
}

function fail(what: string): never {
  throw new ProfileError(`malformed profile: ${what}`);
}
