import type { Input } from "../build/input.ts";

/** The tags of the fields of a Profile message, with their wire types; 13 may come packed or not. */
const TAGS = new Set([0x0a, 0x12, 0x1a, 0x22, 0x2a, 0x32, 0x38, 0x40, 0x48, 0x50, 0x5a, 0x60, 0x68, 0x6a, 0x70, 0x78]);
const NEXT_VERSION = 0x80;

/** Whether this begins as a profile.proto message; a broken one is recognised too, so that its reader says what is wrong. */
export function isProfileProto(input: Input): boolean {
  const first = input.bytes[0]!;
  return !input.isText && (TAGS.has(first) || first >= NEXT_VERSION);
}
