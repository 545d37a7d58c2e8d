import { FUNCTION, LABEL, LINE, LOCATION, type Symbols } from "../columns/symbols.ts";
import { locationText, mappingParts } from "../store/row-texts.ts";
import { type MappingFields, wideAt } from "./mapping-fields.ts";

/** For each location all by which it differs from others, as a text. */
export function locationTexts(symbols: Symbols, mappingOf: readonly (MappingFields | undefined)[]): string[] {
  const { locations, functions, strings } = symbols;
  const text = (row: number): string => strings.getExact(row);
  const ofFunction = Array.from({ length: functions.length / FUNCTION }, (_, row) => {
    const at = FUNCTION * row;
    const begin = BigInt.asIntN(64, wideAt(functions, at + 3));
    return [text(functions[at]!), text(functions[at + 2]!), text(functions[at + 1]!), begin.toString()];
  });
  const ofMapping = mappingOf.map((fields) =>
    fields === undefined
      ? null
      : mappingParts(fields.buildId || fields.file, fields.offset, BigInt.asUintN(64, fields.limit - fields.start)),
  );
  const { start, words } = locations;
  return Array.from({ length: start.length - 1 }, (_, row) => {
    const from = start[row]!;
    const lines = [];
    for (let at = from + LOCATION; at < start[row + 1]!; at += LINE) {
      lines.push({
        function: words[at] === 0 ? null : ofFunction[words[at]! - 1]!,
        line: BigInt.asIntN(64, wideAt(words, at + 1)),
        column: BigInt.asIntN(64, wideAt(words, at + 3)),
      });
    }
    const mapping = words[from + 2] === 0 ? null : (ofMapping[words[from + 2]! - 1] ?? null);
    return locationText({ lines, mapping, address: wideAt(words, from), isFolded: words[from + 3]! });
  });
}

/** For each set of labels, as `orderRows` has it. */
export function labelTexts({ labelSets, strings }: Symbols): string[] {
  const { start, words } = labelSets;
  return Array.from({ length: start.length - 1 }, (_, set) => {
    const parts: string[] = [];
    for (let at = start[set]!; at < start[set + 1]!; at += LABEL) {
      parts.push(strings.getExact(words[at]!), strings.getExact(words[at + 1]!));
      parts.push(BigInt.asIntN(64, wideAt(words, at + 2)).toString(), strings.getExact(words[at + 4]!));
    }
    return parts.length === 0 ? "" : JSON.stringify(parts);
  });
}
