/** What a location is, by which locations are put in an order that follows from what they are. */
export interface LocationParts {
  /** Innermost first: name, file, system name, line of the function's begin, or nothing; and line and column. */
  readonly lines: readonly {
    readonly function: readonly string[] | null;
    readonly line: bigint;
    readonly column: bigint;
  }[];
  /** Build id or else file, offset, size; null where there is none. */
  readonly mapping: readonly string[] | null;
  /** From the start of the mapping. */
  readonly address: bigint;
  readonly isFolded: number;
}

/** All by which a location differs from others, as a text. */
export function locationText({ lines, mapping, address, isFolded }: LocationParts): string {
  const parts: unknown[] = [];
  for (const { function: fn, line, column } of lines) parts.push(fn, line.toString(), column.toString());
  parts.push(mapping, address.toString(), isFolded);
  return JSON.stringify(parts);
}

/** What a mapping is, as `LocationParts` has it. */
export function mappingParts(name: string, offset: bigint, size: bigint): string[] {
  return [name, offset.toString(), size.toString()];
}

/** The place of each text among all of them, equal ones having the same. */
export function ranks(texts: readonly string[]): Uint32Array {
  const order = texts.map((_, row) => row).sort((a, b) => (texts[a]! < texts[b]! ? -1 : texts[a]! > texts[b]! ? 1 : 0));
  const rank = new Uint32Array(texts.length);
  let last = 0;
  order.forEach((row, place) => {
    if (place > 0 && texts[row] !== texts[order[place - 1]!]) last = place;
    rank[row] = last;
  });
  return rank;
}
