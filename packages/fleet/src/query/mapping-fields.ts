import type { Profile } from "@pprof-ts/profile";
import { IDENTITY, type Symbols, VARIANT } from "../columns/symbols.ts";
import type { Header } from "../segment/block.ts";

/** A profile but for its tables. */
export type ProfileFrame = Omit<Profile, "samples" | "mappings" | "locations" | "functions" | "strings">;

/** A mapping as it goes into a profile. */
export interface MappingFields {
  /** What makes two mappings one, as a text. */
  readonly identity: string;
  readonly start: bigint;
  readonly limit: bigint;
  readonly offset: bigint;
  readonly file: string;
  readonly buildId: string;
  readonly flags: number;
}

/** By identity of a block's symbols what it is, as a text. */
export function identityTexts({ identities, strings }: Symbols): string[] {
  return Array.from({ length: identities.length / IDENTITY }, (_, row) => {
    const at = IDENTITY * row;
    return JSON.stringify([...identities.subarray(at, at + 4), strings.getExact(identities[at + 4]!)]);
  });
}

export function mappingFields(symbols: Symbols, texts: readonly string[], variant: number): MappingFields {
  const { variants, identities, strings } = symbols;
  const at = VARIANT * variant;
  const identity = variants[at]!;
  return {
    identity: texts[identity]!,
    start: wideAt(variants, at + 1),
    limit: wideAt(variants, at + 3),
    offset: wideAt(identities, IDENTITY * identity + 2),
    file: strings.getExact(variants[at + 5]!),
    buildId: strings.getExact(variants[at + 6]!),
    flags: variants[at + 7]!,
  };
}

/** Which variants a header brings in, those first that are seen first: its main one only where there is none yet. */
export function headerVariants({ main, variants }: Header, isFirst: boolean): readonly number[] {
  return isFirst && main >= 0 ? [main, ...variants] : variants;
}

export function wideAt(words: Uint32Array, at: number): bigint {
  return (BigInt(words[at + 1]!) << 32n) | BigInt(words[at]!);
}
