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

/** What names something, such as a process or an event: text or a number, as text; "" where it is left out. */
export function nameOf(value: unknown, what: string): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? fail(value, what, "a name") : String(value);
}

/** A number that may be written as text; NaN where it is left out, or is none. */
export function numeric(value: unknown): number {
  return typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN;
}

const LONGEST_SHOWN = 40;

/** A value as an error shows it: of a list or an object, which may be as deep as the input is long, only what it is. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  if (value === undefined) return "missing";
  if (typeof value === "string") return JSON.stringify(cut(value));
  return cut(String(value));
}

function cut(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

function fail(value: unknown, what: string, wanted: string): never {
  throw new ProfileError(`malformed profile: ${what} is ${shown(value)}, not ${wanted}`);
}
