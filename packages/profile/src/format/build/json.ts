import { ProfileError } from "../../error.ts";

/** A JSON object whose members have not been looked at yet. */
export type JsonObject = { readonly [key: string]: unknown };

/** What JSON holds is checked where it is read; `what` names the place, for the error. */
export function object(value: unknown, what: string): JsonObject {
  return isObject(value) ? value : fail(value, what, "an object");
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function array(value: unknown, what: string): readonly unknown[] {
  return Array.isArray(value) ? value : fail(value, what, "a list");
}

/** A list that may be left out. */
export function list(value: unknown, what: string): readonly unknown[] {
  return value === undefined || value === null ? [] : array(value, what);
}

export function number(value: unknown, what: string): number {
  return typeof value === "number" ? value : fail(value, what, "a number");
}

export function text(value: unknown, what: string): string {
  return typeof value === "string" ? value : fail(value, what, "a string");
}

/** An integer that a double holds exactly. */
export function integer(value: unknown, what: string): number {
  return Number.isSafeInteger(value) ? (value as number) : fail(value, what, "an integer");
}

/** A row of a table of this length. */
export function index(value: unknown, length: number, what: string): number {
  const row = integer(value, what);
  if (row >= 0 && row < length) return row;
  throw new ProfileError(`malformed profile: ${what} is ${row}, but there are ${length}`);
}

function fail(value: unknown, what: string, wanted: string): never {
  const shown = typeof value === "bigint" ? `${value}` : (JSON.stringify(value) ?? "missing");
  throw new ProfileError(
    `malformed profile: ${what} is ${shown.length > 40 ? `${shown.slice(0, 40)}…` : shown}, not ${wanted}`,
  );
}
