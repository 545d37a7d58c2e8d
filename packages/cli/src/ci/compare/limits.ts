import path from "node:path";
import { compilePattern, type Pattern, ReportError } from "@pprof-ts/report";
import { messageOf, ToolError } from "../../error.ts";
import { readRegularFile } from "../../host/file/regular-file.ts";
import { nearest } from "../../words/nearest.ts";
import { MEASURES } from "../measure/figures.ts";
import type { Comparison, Row, Table } from "./compare.ts";

/** Where the limits of a repository stand. */
export const LIMITS_FILE = ".pprof-ci.json";
/** More than anybody writes. */
const LARGEST_FILE = 2 ** 16;
const KEYS = ["limits", "ignore"];
/** What may have a limit: a measure of the whole run, what one function takes itself, and the CPU time of one case. */
const NAMES: readonly string[] = [...MEASURES.map(({ name }) => name), "function", "case"];
const UNITS: ReadonlyMap<string, { readonly unit: "nanoseconds" | "bytes"; readonly factor: number }> = new Map([
  ["us", { unit: "nanoseconds", factor: 1e3 }],
  ["ms", { unit: "nanoseconds", factor: 1e6 }],
  ["s", { unit: "nanoseconds", factor: 1e9 }],
  ["kB", { unit: "bytes", factor: 2 ** 10 }],
  ["MB", { unit: "bytes", factor: 2 ** 20 }],
  ["GB", { unit: "bytes", factor: 2 ** 30 }],
]);

/** By how much something may grow: a share, or a value in a unit. */
export interface Limit {
  readonly name: string;
  readonly text: string;
  readonly share: number | undefined;
  readonly value: number | undefined;
  readonly unit: string;
}

export interface Limits {
  readonly limits: readonly Limit[];
  /** Functions and cases that have no limit. */
  readonly ignored: readonly Pattern[];
}

/** A row that has grown, surely, and by more than it may. */
export interface Exceeded {
  readonly limit: Limit;
  readonly table: Table;
  readonly row: Row;
}

/** The limits of a file, and those of the command line, which go before; a file that nobody has named need not be there. */
export function readLimits(top: string, file: string, given: readonly string[]): Limits {
  const { limits, ignored } = file === "" ? ofRepository(path.join(top, LIMITS_FILE)) : parseFile(file);
  const own = given.map((text) => {
    const at = text.indexOf("=");
    if (at < 0) throw new ToolError(`invalid -limit "${text}": must be like cpu=5% or function=2%`);
    return limitOf("-limit", text.slice(0, at), text.slice(at + 1));
  });
  return { limits: [...limits.filter(({ name }) => own.every((one) => one.name !== name)), ...own], ignored };
}

function ofRepository(file: string): Limits {
  try {
    return parseFile(file);
  } catch (error) {
    if (error instanceof Error && (error.cause as NodeJS.ErrnoException)?.code === "ENOENT") {
      return { limits: [], ignored: [] };
    }
    throw error;
  }
}

function parseFile(file: string): Limits {
  let text: string;
  try {
    text = readRegularFile(file, LARGEST_FILE).toString("utf8");
  } catch (error) {
    throw new ToolError(messageOf(error), { cause: error });
  }
  const name = path.basename(file);
  let settings: unknown;
  try {
    settings = JSON.parse(text);
  } catch (error) {
    throw new ToolError(`${name}: ${messageOf(error)}`);
  }
  if (!isObject(settings)) throw new ToolError(`${name}: must be an object with ${KEYS.join(" and ")}`);
  for (const key of Object.keys(settings)) known(name, key, KEYS);
  const { limits = {}, ignore = [] } = settings;
  if (!isObject(limits)) throw new ToolError(`${name}: limits must be an object, such as { "cpu": "5%" }`);
  if (!Array.isArray(ignore) || ignore.some((one) => typeof one !== "string")) {
    throw new ToolError(`${name}: ignore must be a list of regular expressions`);
  }
  return {
    limits: Object.entries(limits).map(([key, value]) => limitOf(name, key, value)),
    ignored: ignore.map((expression: string) => patternOf(name, expression)),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function known(where: string, key: string, keys: readonly string[]): void {
  if (keys.includes(key)) return;
  const meant = nearest(key, keys);
  const hint = meant === undefined ? `must be one of ${keys.join(", ")}` : `did you mean ${JSON.stringify(meant)}?`;
  throw new ToolError(`${where}: unknown key ${JSON.stringify(key)}: ${hint}`);
}

function limitOf(where: string, name: string, value: unknown): Limit {
  known(where, name, NAMES);
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)(%|us|ms|s|kB|MB|GB)$/.exec(String(value)) ?? [];
  if (typeof value !== "string" || digits === undefined) {
    throw new ToolError(
      `${where}: invalid limit ${JSON.stringify(value)} of ${name}: must be like "5%", "20ms" or "1MB"`,
    );
  }
  const scale = UNITS.get(unit);
  const measure = MEASURES.find((row) => row.name === name);
  const of = measure?.unit ?? (name === "case" ? "nanoseconds" : scale?.unit);
  if (scale !== undefined && scale.unit !== of) {
    throw new ToolError(`${where}: invalid limit "${value}" of ${name}, which is in ${of}`);
  }
  return {
    name,
    text: value,
    share: scale === undefined ? Number(digits) / 100 : undefined,
    value: scale === undefined ? undefined : Number(digits) * scale.factor,
    unit: scale?.unit ?? "",
  };
}

function patternOf(where: string, expression: string): Pattern {
  try {
    return compilePattern(expression);
  } catch (error) {
    if (error instanceof ReportError) throw new ToolError(`${where}: parsing ignore regexp: ${error.message}`);
    throw error;
  }
}

/** What has grown beyond its limit. */
export function exceededOf({ tables }: Comparison, { limits, ignored }: Limits): Exceeded[] {
  return limits.flatMap((limit) =>
    tables
      .filter((table) => isOf(limit, table))
      .flatMap((table) =>
        table.rows
          .filter((row) => table.kind === "whole" || !ignored.some((pattern) => pattern.test(row.name)))
          .filter((row) => row.verdict === "more" && isBeyond(limit, table, row))
          .map((row) => ({ limit, table, row })),
      ),
  );
}

function isOf({ name, unit }: Limit, { kind, measure }: Table): boolean {
  if (unit !== "" && unit !== measure.unit) return false;
  return kind === "whole" ? name === measure.name : name === kind;
}

function isBeyond({ share, value }: Limit, { whole }: Table, { own }: Row): boolean {
  if (value !== undefined) return own.change > value;
  return own.change > share! * (whole ?? own.old);
}
