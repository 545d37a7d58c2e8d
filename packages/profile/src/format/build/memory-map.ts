import { ProfileError } from "../../error.ts";
import type { LineReader } from "./lines.ts";

/** A mapping while it is put together: the reference tool joins and mends what handlers write. */
export interface MemoryMapping {
  start: bigint;
  limit: bigint;
  offset: bigint;
  filename: string;
  buildId: string;
}

const SENTINEL = /--- Memory map: ---|MAPPED_LIBRARIES:/;
const LOG_PREFIX = /^[^[\]]{1,4096}:[0-9]+\]\s/;
const RANGE = "^\\s*(?:0x)?([\\da-fA-F]{1,32})[\\s-]?\\s*(?:0x)?([\\da-fA-F]{1,32}):?(?:\\s+([-rwxp]+))?";
/** As in /proc/PID/maps: `start-end perm offset device inode file`. */
const PROC_MAPS = new RegExp(`${RANGE}(?:\\s+([\\da-fA-F]+))?\\s+[\\da-fA-F]+:[\\da-fA-F]+\\s+\\d+(?:\\s+(\\S+))?`);
/** As linkers and other tools write it: `start end file (@offset) build-id`, all but the range optional. */
const BRIEF_MAPS = new RegExp(`${RANGE}(?:\\s+(\\S+))?(?:\\s+\\(@([\\da-fA-F]+)\\))?(?:\\s+([\\da-fA-F]+))?`);
const LIBRARY = /[.]so$|[.]so[._][0-9]+/;
const MAIN_START = 0x400000n;
const MOST_MACROS = 100;
const MAX = 2n ** 64n - 1n;
/** The largest number of comparisons of addresses with mappings, one after the other: a second or two. */
const MOST_STEPS = 2 ** 27;
/** How many of these steps it takes to sort the mappings, for each of them. */
const SORTING = 16;
/** Longer than any path. */
const LONGEST_LINE = 1 << 14;

export function isMemoryMap(line: string): boolean {
  return SENTINEL.test(line);
}

/** Reads the mappings of the memory map that `lines` stands at or comes to, passing over other sections. */
export function readSections(lines: LineReader): MemoryMapping[] {
  return isMemoryMap(lines.line) || lines.seek(isMemoryMap) ? readMemoryMap(lines) : [];
}

/** Reads the mappings after the line at which `lines` stands, adjacent parts joined and the program's own first. */
export function readMemoryMap(lines: LineReader): MemoryMapping[] {
  const mappings: MemoryMapping[] = [];
  const macros = new Map<string, string>();
  while (lines.next()) {
    // Attributes that stand for others grow without end; what is so long is no mapping.
    if (lines.line.length > LONGEST_LINE) continue;
    const line = expand(lines.line.replace(LOG_PREFIX, ""), macros);
    if (line.length > LONGEST_LINE) {
      throw new ProfileError(`malformed profile: line ${lines.number} grows beyond ${LONGEST_LINE} characters`);
    }
    const mapping = parseMapping(line);
    if (mapping === undefined) {
      const equals = line.indexOf("=");
      const name = `$${line.slice(0, equals).trim()}`;
      if (equals >= 0 && macros.size < MOST_MACROS && !macros.has(name)) {
        macros.set(name, line.slice(equals + 1).trim());
      }
    } else if (mapping !== "not executable") mappings.push(mapping);
  }
  return mainFirst(join(mappings));
}

/** Replaces each `$attr` by the value of an earlier line `attr=value`. */
function expand(line: string, macros: ReadonlyMap<string, string>): string {
  if (macros.size === 0 || !line.includes("$")) return line;
  let expanded = "";
  let at = 0;
  while (at < line.length) {
    const dollar = line.indexOf("$", at);
    if (dollar < 0) break;
    expanded += line.slice(at, dollar);
    let name = "$";
    for (const key of macros.keys()) {
      if (line.startsWith(key, dollar)) {
        name = key;
        break;
      }
    }
    expanded += macros.get(name) ?? "$";
    if (expanded.length > LONGEST_LINE) return expanded;
    at = dollar + name.length;
  }
  return expanded + line.slice(at);
}

function parseMapping(line: string): MemoryMapping | "not executable" | undefined {
  const proc = PROC_MAPS.exec(line);
  const brief = proc ?? BRIEF_MAPS.exec(line);
  if (brief === null) return undefined;
  const [, start, end, perm] = brief;
  const [offset, filename, buildId] = proc === null ? [brief[5], brief[4], brief[6]] : [proc[4], proc[5], undefined];
  if (perm !== undefined && !perm.includes("x")) return "not executable";
  const mapping = {
    start: BigInt(`0x${start}`),
    limit: BigInt(`0x${end}`),
    offset: BigInt(`0x${offset ?? 0}`),
    filename: filename ?? "",
    buildId: buildId ?? "",
  };
  return mapping.start > MAX || mapping.limit > MAX || mapping.offset > MAX ? undefined : mapping;
}

function join(mappings: readonly MemoryMapping[]): MemoryMapping[] {
  const joined: MemoryMapping[] = [];
  for (const mapping of mappings) {
    const last = joined.at(-1);
    if (last === undefined || !isAdjacent(last, mapping)) {
      joined.push(mapping);
      continue;
    }
    last.limit = mapping.limit;
    if (mapping.filename !== "") last.filename = mapping.filename;
    if (mapping.buildId !== "") last.buildId = mapping.buildId;
  }
  return joined;
}

function isAdjacent(a: MemoryMapping, b: MemoryMapping): boolean {
  const agree = (x: string, y: string): boolean => x === "" || y === "" || x === y;
  if (!agree(a.filename, b.filename) || !agree(a.buildId, b.buildId) || a.limit !== b.start) return false;
  return a.offset === 0n || b.offset === 0n || BigInt.asUintN(64, a.offset + a.limit - a.start) === b.offset;
}

/** Swaps what is taken for the program's own binary with the first mapping. */
function mainFirst(mappings: MemoryMapping[]): MemoryMapping[] {
  const main = mappings.findIndex(({ filename }) => isProgram(filename));
  if (main > 0) [mappings[0], mappings[main]] = [mappings[main]!, mappings[0]!];
  return mappings;
}

/** Whether a mapped file may be the program itself: neither a library nor something of the kernel's. */
export function isProgram(filename: string): boolean {
  const file = filename.replaceAll("(deleted)", "").trim();
  return file !== "" && !LIBRARY.test(file) && !file.startsWith("[");
}

/**
 * The row in `mappings` of each address, or -1 for address 0; the mappings are mended, and one that covers everything is
 * added where an address lies in none.
 */
export function placeAddresses(addresses: readonly bigint[], mappings: MemoryMapping[]): Int32Array {
  const first = mappings[0];
  if (first?.filename.startsWith("/anon_hugepage") && first.limit === mappings[1]?.start) mappings.shift();
  const main = mappings[0];
  if (main !== undefined && main.start - main.offset === MAIN_START) {
    main.start = MAIN_START;
    main.offset = 0n;
  }
  let left = MOST_STEPS;
  const count = (steps: number): void => {
    left -= steps;
    if (left < 0) {
      throw new ProfileError(`malformed profile: ${mappings.length} mappings for ${addresses.length} addresses`);
    }
  };
  let find = inSorted(mappings);
  let fake = -1;
  return Int32Array.from(addresses, (address) => {
    if (address === 0n) return -1;
    let within = find?.(address);
    if (within === undefined) {
      count(mappings.length);
      within = mappings.findIndex(({ start, limit }) => start <= address && address < limit);
    }
    if (within >= 0) return within;
    if (fake >= 0) return fake;
    count(mappings.length);
    // Handlers that split a mapping may have left out its first part.
    const before = mappings.findIndex(
      ({ start, offset }) => offset !== 0n && BigInt.asUintN(64, start - offset) <= address && address < start,
    );
    if (before >= 0) {
      const mapping = mappings[before]!;
      mapping.start = BigInt.asUintN(64, mapping.start - mapping.offset);
      mapping.offset = 0n;
      count(SORTING * mappings.length);
      find = inSorted(mappings);
      return before;
    }
    fake = mappings.push({ start: 0n, limit: MAX, offset: 0n, filename: "", buildId: "" }) - 1;
    return fake;
  });
}

/** Finds the row of the mapping that an address lies in, -1 for none; undefined where mappings lie over each other. */
function inSorted(mappings: readonly MemoryMapping[]): ((address: bigint) => number) | undefined {
  const rows = mappings.map((_, row) => row).filter((row) => mappings[row]!.start < mappings[row]!.limit);
  rows.sort((a, b) => (mappings[a]!.start < mappings[b]!.start ? -1 : 1));
  if (rows.some((row, i) => i > 0 && mappings[rows[i - 1]!]!.limit > mappings[row]!.start)) return undefined;
  const starts = rows.map((row) => mappings[row]!.start);
  const limits = rows.map((row) => mappings[row]!.limit);
  return (address) => {
    let from = 0;
    let to = starts.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (starts[middle]! <= address) from = middle + 1;
      else to = middle;
    }
    return from > 0 && address < limits[from - 1]! ? rows[from - 1]! : -1;
  };
}
