import type { Summary } from "./protocol.ts";

type SampleTypes = Summary["sampleTypes"];

/** How an address names a sample type: as the profile does or, where that is no name of one alone, by its number. */
export function typeKey(types: SampleTypes, row: number): string {
  const { type } = types[row]!;
  return isName(types, type) ? type : String(row);
}

/** How people read it. */
export function typeTitle(types: SampleTypes, row: number): string {
  const { type, unit } = types[row]!;
  if (type === "") return unit || `type ${row}`;
  return isName(types, type) || unit === "" ? type : `${type}, ${unit}`;
}

/** The row of the type that an address names, as the tool has it; -1 where there is none. */
export function typeRow(types: SampleTypes, key: string): number {
  if (/^\d+$/.test(key)) return Number(key) < types.length ? Number(key) : -1;
  return key === "" ? -1 : types.findIndex(({ type }) => type === key);
}

/** The row of the type that is shown: the one that the address names, else the profile's own. */
export function shownType({ sampleTypes, defaultType }: Summary, key: string | undefined): number {
  const row = key === undefined ? -1 : typeRow(sampleTypes, key);
  return row < 0 ? defaultType : row;
}

function isName(types: SampleTypes, name: string): boolean {
  return name !== "" && !/^\d+$/.test(name) && types.filter(({ type }) => type === name).length === 1;
}
