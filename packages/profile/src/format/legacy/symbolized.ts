import { ProfileError } from "../../error.ts";
import type { Profile } from "../../profile.ts";
import type { Input } from "../build/input.ts";
import { quoteLine } from "../build/int64.ts";
import { isContention, readContention } from "./contention.ts";
import { isLegacyCpu, readCpu } from "./legacy-cpu.ts";
import { isLegacyHeap, readLegacyHeap } from "./legacy-heap.ts";

const MARK = "--- symbol";
const SYMBOL = /^0x([\da-fA-F]{1,16}) (.*)$/;
/** Between the names of what is inlined, the innermost first. */
const INLINED = "--";
const HEADING = /^--- (?:profile|heap|growth|contention|fragmentation)\s*$/;

/** The profiler's own frames above those of the program. */
const HANDLERS =
  "ProfileData::Add|(CpuProfiler|ProfileData)::prof_handler|ProfileHandler::SignalHandler|__pthread_sighandler|__restore(_rt)?";

/** What may follow the symbols. */
const PARTS = [
  { recognise: isLegacyCpu, read: (input: Input) => readCpu(input, false) },
  { recognise: isLegacyHeap, read: readLegacyHeap },
  { recognise: isContention, read: readContention },
] as const;

export function isSymbolized(input: Input): boolean {
  return input.head.startsWith(`${MARK}\n`) || input.head.startsWith(`${MARK}\r\n`);
}

/** Reads what gperftools' and jemalloc's scripts write with `--raw`: a table of names by address, and then a profile. */
export function readSymbolized(input: Input): Profile {
  const names = new Map<bigint, string>();
  let binary = "";
  const lines = input.lines();
  lines.next();
  // The profile may be binary, so its beginning is counted in bytes.
  let at = afterLine(input.bytes, 0);
  while (lines.next() && !lines.line.startsWith("---")) {
    at = afterLine(input.bytes, at);
    const symbol = SYMBOL.exec(lines.line);
    if (symbol !== null) names.set(BigInt(`0x${symbol[1]}`), symbol[2]!);
    else if (lines.line.startsWith("binary=")) binary = lines.line.slice("binary=".length);
    else if (lines.line !== "") input.odd(`line ${lines.number} names no address: ${quoteLine(lines.line)}`);
  }
  at = afterLine(input.bytes, at);
  while (lines.next() && HEADING.test(lines.line)) at = afterLine(input.bytes, at);
  const part = input.part(input.bytes.subarray(at));
  const format = PARTS.find((row) => row.recognise(part));
  if (format === undefined) throw new ProfileError("malformed profile: no profile that is known follows the symbols");
  return named(format.read(part), names, binary);
}

function afterLine(bytes: Uint8Array, at: number): number {
  const newline = bytes.indexOf(10, at);
  return newline < 0 ? bytes.length : newline + 1;
}

/** The profile with names for its addresses. Callers are a byte before the address that they return to, which has the name. */
function named(profile: Profile, names: ReadonlyMap<bigint, string>, binary: string): Profile {
  const { locations, mappings } = profile;
  const texts: string[] = [];
  const rows = new Map<string, number>();
  const functions: number[] = [];
  const lineStart = new Uint32Array(locations.length + 1);
  for (let row = 0; row < locations.length; row++) {
    const address = locations.address[row]!;
    const name = names.get(address) ?? names.get(address + 1n);
    for (const text of name === undefined ? [] : name.split(INLINED)) {
      let fn = rows.get(text);
      if (fn === undefined) {
        fn = texts.push(text) - 1;
        rows.set(text, fn);
      }
      functions.push(fn);
    }
    lineStart[row + 1] = functions.length;
  }
  const added = [...new Set([...texts, binary])].filter((text) => profile.strings.rowOf(text) < 0);
  const strings = added.length === 0 ? profile.strings : profile.strings.with(added);
  const name = Uint32Array.from(texts, (text) => strings.rowOf(text));
  const filename = mappings.filename.slice();
  if (filename[0] === 0) filename[0] = strings.rowOf(binary);
  const unknownFields = new Map<number, Uint8Array>();
  return {
    ...profile,
    strings,
    dropFrames: profile.dropFrames || HANDLERS,
    mappings: { ...mappings, filename, hasFunctions: new Uint8Array(mappings.length).fill(1) },
    locations: {
      ...locations,
      lineStart,
      lines: {
        length: functions.length,
        function: Int32Array.from(functions),
        line: new BigInt64Array(functions.length),
        column: new BigInt64Array(functions.length),
        unknownFields,
      },
    },
    functions: {
      length: texts.length,
      id: BigUint64Array.from(texts, (_, row) => BigInt(row + 1)),
      name,
      systemName: name,
      filename: new Uint32Array(texts.length),
      startLine: new BigInt64Array(texts.length),
      unknownFields,
    },
  };
}
