import { writeFileSync } from "node:fs";
import path from "node:path";
import { addressKey, defaultOptions, OPTIONS, type Options } from "@pprof-ts/report";
import { messageOf, ToolError } from "../error.ts";
import type { Environment } from "../host/environment.ts";
import { makeDirectory } from "../host/file/file-name.ts";
import { readTextFile } from "../host/file/regular-file.ts";

/** Options saved under a name; in the reference tool's own file, so that both tools share them. */
export interface SavedConfig {
  readonly name: string;
  readonly options: Options;
}

/** `settingsFile`, or undefined where nobody knows where that is. */
export function knownSettingsFile(env: Environment): string | undefined {
  try {
    return settingsFile(env);
  } catch {
    return undefined;
  }
}

/** The reference tool's settings file, in the directory that the system has for such files. */
export function settingsFile(env: Environment, platform: string = process.platform): string {
  const home = (name: string): string => {
    const directory = env[name];
    if (!directory) throw new ToolError(`no directory for settings: ${name} is not set`);
    return directory;
  };
  const directories: Readonly<Record<string, () => string>> = {
    darwin: () => path.join(home("HOME"), "Library", "Application Support"),
    win32: () => home("AppData"),
  };
  const unix = (): string => env.XDG_CONFIG_HOME || path.join(home("HOME"), ".config");
  return path.join((directories[platform] ?? unix)(), "pprof", "settings.json");
}

/** What is saved; nothing where there is no file. */
export function readConfigs(file: string): readonly SavedConfig[] {
  let text: string;
  try {
    text = readTextFile(file);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw new ToolError(`could not read settings: ${messageOf(error)}`);
  }
  let settings: { readonly configs?: unknown };
  try {
    settings = JSON.parse(text);
  } catch (error) {
    throw new ToolError(`could not parse settings: ${file}: ${messageOf(error)}`);
  }
  if (!Array.isArray(settings.configs)) return [];
  return settings.configs.map((config: Record<string, unknown>) => ({
    name: String(config.name ?? ""),
    options: fromSaved(config),
  }));
}

/** Saves options under a name, in place of what had that name. */
export function saveConfig(file: string, name: string, options: Options): void {
  if (name === "") throw new ToolError("invalid config name");
  const configs = readConfigs(file);
  const saved = { name, options };
  const known = configs.some((config) => config.name === name);
  writeConfigs(file, known ? configs.map((config) => (config.name === name ? saved : config)) : [...configs, saved]);
}

export function deleteConfig(file: string, name: string): void {
  const configs = readConfigs(file);
  if (!configs.some((config) => config.name === name)) throw new ToolError(`config ${name} not found`);
  writeConfigs(
    file,
    configs.filter((config) => config.name !== name),
  );
}

/** The keys of a page's address that set these options; those at their default have "". */
export function queryOf(options: Options): Record<string, string> {
  const query: Record<string, string> = {};
  for (const row of OPTIONS) {
    const key = addressKey(row);
    if (key === undefined || !row.saved) continue;
    query[key] = options[row.name] === row.default ? "" : String(options[row.name]);
  }
  return query;
}

function writeConfigs(file: string, configs: readonly SavedConfig[]): void {
  const data = { configs: configs.map(({ name, options }) => ({ name, ...toSaved(options) })) };
  makeDirectory(path.dirname(file));
  writeFileSync(file, JSON.stringify(data, undefined, 2), { mode: 0o600 });
}

const savedRows = OPTIONS.filter(({ saved }) => saved);

// Go leaves zero values out and reads what is missing as zero, also where the default is another one.
function toSaved(options: Options): Record<string, unknown> {
  return Object.fromEntries(savedRows.map(({ name }) => [name, options[name]] as const).filter(([, value]) => value));
}

function fromSaved(config: Readonly<Record<string, unknown>>): Options {
  const zero = { boolean: false, number: 0, string: "" } as const;
  const set = savedRows.map(({ name, default: standard }) => {
    const kind = typeof standard as keyof typeof zero;
    const value = config[name];
    return [name, typeof value === kind ? value : zero[kind]];
  });
  return { ...defaultOptions, ...Object.fromEntries(set) };
}
