import { type LineTable, type LocationTable, type MappingTable, type Profile, StringTable } from "@pprof-ts/profile";

export interface NewLine {
  /** A row of `functions`. */
  readonly function: number;
  readonly line: number;
  readonly column: number;
}

/** Collects what symbolization learns of a profile, and makes the profile that says so; the old one stays as it is. */
export class ProfileRewrite {
  readonly #profile: Profile;
  readonly #strings: string[] = [];
  readonly #stringRows = new Map<string, number>();
  readonly #functions: { name: number; filename: number; startLine: number }[] = [];
  readonly #functionRows = new Map<string, number>();
  readonly #names = new Map<number, number>();
  readonly #lines = new Map<number, readonly NewLine[]>();
  readonly #mappings = new Map<number, Partial<Record<MappingFlag, true>>>();
  readonly #files = new Map<number, { filename?: number; buildId?: number }>();

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  /** The row of a function that was not there before. */
  function(name: string, filename: string, startLine: number): number {
    const nameRow = this.#string(name);
    const filenameRow = this.#string(filename);
    const key = `${nameRow},${filenameRow},${startLine}`;
    let row = this.#functionRows.get(key);
    if (row === undefined) {
      row = this.#profile.functions.length + this.#functions.length;
      this.#functions.push({ name: nameRow, filename: filenameRow, startLine });
      this.#functionRows.set(key, row);
    }
    return row;
  }

  /** Gives a location its lines, innermost first, instead of those that it had. */
  setLines(location: number, lines: readonly NewLine[]): void {
    this.#lines.set(location, lines);
  }

  setName(functionRow: number, name: string): void {
    this.#names.set(functionRow, this.#string(name));
  }

  setFlag(mapping: number, flag: MappingFlag): void {
    const flags = this.#mappings.get(mapping) ?? {};
    flags[flag] = true;
    this.#mappings.set(mapping, flags);
  }

  setFile(mapping: number, filename: string): void {
    this.#files.set(mapping, { ...this.#files.get(mapping), filename: this.#string(filename) });
  }

  setBuildId(mapping: number, buildId: string): void {
    this.#files.set(mapping, { ...this.#files.get(mapping), buildId: this.#string(buildId) });
  }

  finish(): Profile {
    const profile = this.#profile;
    return {
      ...profile,
      strings: this.#strings.length === 0 ? profile.strings : withStrings(profile.strings, this.#strings),
      mappings: this.#mappingTable(profile.mappings),
      functions: this.#functionTable(),
      locations: this.#lines.size === 0 ? profile.locations : withLines(profile.locations, this.#lines),
    };
  }

  #string(text: string): number {
    let row = this.#stringRows.get(text);
    if (row === undefined) {
      row = this.#profile.strings.rowOf(text);
      if (row < 0) row = this.#profile.strings.length + this.#strings.push(text) - 1;
      this.#stringRows.set(text, row);
    }
    return row;
  }

  #functionTable(): Profile["functions"] {
    const { functions } = this.#profile;
    const added = this.#functions;
    if (added.length === 0 && this.#names.size === 0) return functions;
    const before = functions.length;
    const length = before + added.length;
    const table = {
      length,
      id: new BigUint64Array(length),
      name: new Uint32Array(length),
      systemName: new Uint32Array(length),
      filename: new Uint32Array(length),
      startLine: new BigInt64Array(length),
      unknownFields: functions.unknownFields,
    };
    table.id.set(functions.id);
    table.name.set(functions.name);
    table.systemName.set(functions.systemName);
    table.filename.set(functions.filename);
    table.startLine.set(functions.startLine);
    added.forEach(({ name, filename, startLine }, i) => {
      table.id[before + i] = BigInt(before + i + 1);
      table.name[before + i] = name;
      table.systemName[before + i] = name;
      table.filename[before + i] = filename;
      table.startLine[before + i] = BigInt(startLine);
    });
    for (const [row, text] of this.#names) table.name[row] = text;
    return table;
  }

  #mappingTable(mappings: MappingTable): MappingTable {
    if (this.#mappings.size === 0 && this.#files.size === 0) return mappings;
    const columns = { ...mappings };
    for (const flag of FLAGS) {
      columns[flag] = mappings[flag].slice();
      for (const [row, flags] of this.#mappings) if (flags[flag]) columns[flag][row] = 1;
    }
    columns.filename = mappings.filename.slice();
    columns.buildId = mappings.buildId.slice();
    for (const [row, { filename, buildId }] of this.#files) {
      if (filename !== undefined) columns.filename[row] = filename;
      if (buildId !== undefined) columns.buildId[row] = buildId;
    }
    return columns;
  }
}

const FLAGS = ["hasFunctions", "hasFilenames", "hasLineNumbers", "hasInlineFrames"] as const;

export type MappingFlag = (typeof FLAGS)[number];

/** Bytes that are not UTF-8 stay as they are. */
function withStrings(table: StringTable, added: readonly string[]): StringTable {
  const encoded = added.map((text) => new TextEncoder().encode(text));
  const start = new Uint32Array(table.length + added.length + 1);
  let size = 0;
  const rowBytes = (row: number): Uint8Array => (row < table.length ? table.bytes(row) : encoded[row - table.length]!);
  for (let row = 0; row < start.length - 1; row++) {
    size += rowBytes(row).length;
    start[row + 1] = size;
  }
  const bytes = new Uint8Array(size);
  for (let row = 0; row < start.length - 1; row++) bytes.set(rowBytes(row), start[row]!);
  return new StringTable(bytes, start);
}

function withLines(locations: LocationTable, changed: ReadonlyMap<number, readonly NewLine[]>): LocationTable {
  const old = locations.lines;
  const lineStart = new Uint32Array(locations.length + 1);
  for (let row = 0; row < locations.length; row++) {
    const count = changed.get(row)?.length ?? locations.lineStart[row + 1]! - locations.lineStart[row]!;
    lineStart[row + 1] = lineStart[row]! + count;
  }
  const length = lineStart[locations.length]!;
  const unknownFields = new Map<number, Uint8Array>();
  const lines: LineTable = {
    length,
    function: new Int32Array(length),
    line: new BigInt64Array(length),
    column: new BigInt64Array(length),
    unknownFields,
  };
  const isFolded = locations.isFolded.slice();
  for (let row = 0; row < locations.length; row++) {
    const to = lineStart[row]!;
    const fresh = changed.get(row);
    if (fresh !== undefined) {
      isFolded[row] = 0;
      fresh.forEach((line, i) => {
        lines.function[to + i] = line.function;
        lines.line[to + i] = BigInt(line.line);
        lines.column[to + i] = BigInt(line.column);
      });
      continue;
    }
    const from = locations.lineStart[row]!;
    for (let i = 0; i < lineStart[row + 1]! - to; i++) {
      lines.function[to + i] = old.function[from + i]!;
      lines.line[to + i] = old.line[from + i]!;
      lines.column[to + i] = old.column[from + i]!;
      const unknown = old.unknownFields.get(from + i);
      if (unknown !== undefined) unknownFields.set(to + i, unknown);
    }
  }
  return { ...locations, isFolded, lineStart, lines };
}
