import { ProfileError } from "../../error.ts";

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;
const INTEGER = /^[-+]?(?:\d+|0[xX][\da-fA-F]+)$/;

/** The int64 that this text holds, decimal or 0x…; `line` is where it stands, for the error. */
export function parseInt64(text: string, line: string): bigint {
  if (text.length < 16 && /^\d+$/.test(text)) return BigInt(Number(text));
  if (text.length < 40 && INTEGER.test(text)) {
    const value = text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text.replace("+", ""));
    if (value >= MIN && value <= MAX) return value;
  }
  throw new ProfileError(`malformed profile: ${quoteLine(text)} in ${quoteLine(line)} is not an int64`);
}

/** A double cut to an int64, as Go converts it on amd64: what does not fit is -2^63. */
export function truncate(value: number): bigint {
  return Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : MIN;
}

/** A line of the input as an error shows it. */
export function quoteLine(line: string): string {
  return JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}…` : line);
}
