import { ProfileBuilder, type ProfileHeader } from "../../builder.ts";
import type { Profile } from "../../profile.ts";
import type { AddressLine, AddressSamples } from "../build/address-samples.ts";
import { parseAddress } from "../build/address-samples.ts";
import { frameFilter } from "../build/drop-frames.ts";
import type { LineReader } from "../build/lines.ts";

const SYMBOL = /^0x([\da-fA-F]+)\s+(.*)$/;
const LINE = /^-?\d+$/;

/**
 * Reads the symbols that end a legacy Java profile, a line `0xADDRESS function (file:line)` each, and gives the profile.
 * Addresses were only keys: they are not kept, and the first file that is said of a function stands for all.
 */
export function readJavaSymbols(lines: LineReader, samples: AddressSamples, header: ProfileHeader): Profile {
  const symbols = new Map<number, AddressLine>();
  do {
    const symbol = SYMBOL.exec(lines.line.trim());
    if (symbol !== null) symbols.set(samples.row(parseAddress(`0x${symbol[1]}`)), parseSymbol(symbol[2]!.trim()));
  } while (lines.next());

  const builder = new ProfileBuilder({ ...header, ...frameFilter(header.sampleTypes) });
  const functions = new Map<string, number>();
  const locations = new Uint32Array(samples.addresses.length);
  let fake = -1;
  for (const row of samples.usedRows()) {
    const symbol = symbols.get(row);
    // Equal lines stay locations of their own, as the reference tool has them: the address tells them apart until the end.
    const address = BigInt(row) + 1n;
    if (symbol === undefined) {
      if (fake < 0) fake = builder.mapping({ limit: 2n ** 64n - 1n });
      locations[row] = builder.location({ address, mapping: fake });
      continue;
    }
    const { name, filename, line } = symbol;
    let fn = functions.get(name);
    if (fn === undefined) {
      fn = builder.function({ name, systemName: name, filename });
      functions.set(name, fn);
    }
    locations[row] = builder.location({ address, lines: [{ function: fn, line }] });
  }
  for (const { stack, values, labels } of samples.samples) {
    builder.sample(
      stack.map((row) => locations[row]!),
      values,
      labels,
    );
  }
  const profile = builder.build();
  const address = new BigUint64Array(profile.locations.length);
  return { ...profile, locations: { ...profile.locations, address } };
}

/** `function (file:line)`, `function (path)` of a shared library, or a state of the virtual machine such as `GC`. */
function parseSymbol(text: string): AddressLine {
  const colon = text.lastIndexOf(":");
  const place = placeStart(text, colon);
  if (text.endsWith(")") && place > 0 && LINE.test(text.slice(colon + 1, -1))) {
    const line = Number(text.slice(colon + 1, -1));
    return {
      name: text.slice(0, place).trimEnd(),
      filename: text.slice(place + 1, colon),
      line: Number.isSafeInteger(line) && line > 0 ? line : 0,
    };
  }
  const path = placeStart(text, text.length);
  if (text.endsWith(")") && path > 0) {
    let end = text.length - 1;
    while (end > path + 1 && text[end - 1] === "/") end--;
    const file = text.slice(path + 1, end);
    return { name: text.slice(0, path).trimEnd(), filename: file.slice(file.lastIndexOf("/") + 1), line: 0 };
  }
  return { name: text.includes("generated stub/JIT") ? "STUB" : text, filename: "", line: 0 };
}

/** Where the last parenthesis that follows a space opens before `end`, with something between the two; -1 where none does. */
function placeStart(text: string, end: number): number {
  for (let at = text.lastIndexOf("(", end - 1); at > 0; at = text.lastIndexOf("(", at - 1)) {
    if (/\s/.test(text[at - 1]!) && at + 1 < end) return at;
  }
  return -1;
}
