import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { encode, filterSamples, type Profile } from "@pprof-ts/profile";
import {
  analyze,
  cleanPath,
  type Disassembly,
  type Options,
  sampleIndexOf,
  trimSourcePath,
  withQuery,
} from "@pprof-ts/report";
import { ToolError } from "../error.ts";
import { checkPageKeys } from "./page-keys.ts";
import { deleteConfig, queryOf, readConfigs, saveConfig } from "./saved-configs.ts";

/** What the pages are about. */
export interface Served {
  readonly profile: Profile;
  /** What options of the command line hold where an address says nothing. */
  readonly options: Options;
  /** The text of a source file, looked for as `list` does, or why it is not given; undefined where it is not found. */
  readonly readSource: (path: string) => string | { readonly refused: string } | undefined;
  /** Where a source that was not found has been looked for. */
  readonly lookedFor?: (path: string) => readonly string[];
  /** Where a source is that was read, and when it was changed last; undefined for one that stands in a source map. */
  readonly placeOf?: (path: string) => { readonly file: string; readonly changed: Date } | undefined;
  /** The assembly of the symbols that the pattern matches, of all where it is "", from the profile's own binaries. */
  readonly disassemble: (profile: Profile, options: Options, pattern: string) => Promise<readonly Disassembly[]>;
  /** The file of saved configurations; undefined where there is no place for it. */
  readonly settings: string | undefined;
  /** Records the program that the profile came from; undefined where that was a file. */
  readonly record?: (kind: string, seconds: number) => Promise<Profile>;
}

/** A profile of this session; number 0 is the one that the tool was started with. */
interface Recording {
  readonly name: string;
  readonly profile: Profile;
  /** The profile without its samples. */
  readonly empty: Profile;
}

/** A profile of the session under the name that pages show. */
export function recordingNamed(name: string, profile: Profile): Recording {
  return { name, profile, empty: filterSamples(profile, () => false) };
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** A request, with all that it may be answered from. */
export interface Asked {
  readonly query: URLSearchParams;
  readonly served: Served;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly recordings: Recording[];
}

interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly answer: (asked: Asked) => Answer | Promise<Answer>;
}

/** What is not there, which is answered with 404. */
export class NotFound extends ToolError {}

/** What a program can be asked for, as Go's are and those of this project's runtime. */
const KINDS: readonly string[] = ["profile", "heap", "allocs", "goroutine", "block", "mutex", "threadcreate"];

const gzipAsync = promisify(gzip);

/** The pages, by their names in addresses; what they show is worked out in the browser. */
const PAGES: readonly string[] = [
  "flamegraph",
  "top",
  "graph",
  "peek",
  "source",
  "disasm",
  "tags",
  "raw",
  "time",
  "diff",
];

/** Pages on which `f` is what they are about, and not a filter alone. */
const ARGUMENT_PAGES: readonly string[] = ["peek", "source", "disasm"];

const page = (name: string): Route => ({
  method: "GET",
  path: `/ui/${name}`,
  answer(asked) {
    const { query, files } = asked;
    // What the browser will be asked for: filters are tried on no samples, for what is wrong with them.
    const argument = ARGUMENT_PAGES.includes(name) ? query.get("f") || undefined : undefined;
    analyze(recordingOf(asked).empty, optionsOf(asked), argument);
    checkPageKeys(query);
    return { status: 200, headers: { "content-type": types.html! }, body: files.get("index.html")! };
  },
});

const moved = (path: string, status: number, to: string): Route => ({
  method: "GET",
  path,
  answer: ({ query }) => ({ status, headers: { location: withSearch(to, query) } }),
});

/** What is answered beside the files of the pages, a row each. */
export const ROUTES: readonly Route[] = [
  moved("/ui", 307, "/ui/"),
  moved("/ui/", 301, "flamegraph"),
  moved("/ui/flamegraph2", 301, "flamegraph"),
  moved("/ui/flamegraphold", 301, "flamegraph"),
  ...PAGES.map(page),
  // Browsers ask for it beside an answer that is not a page, and put the 404 on the console.
  { method: "GET", path: "/favicon.ico", answer: () => ({ status: 204 }) },
  {
    method: "GET",
    path: "/ui/profile",
    answer: (asked) => ({
      status: 200,
      headers: { "content-type": types.pb! },
      body: encode(recordingOf(asked).profile),
    }),
  },
  {
    method: "POST",
    path: "/ui/record",
    async answer({ query, served, recordings }) {
      if (served.record === undefined) throw new ToolError("the profile came from a file: there is nothing to record");
      const kind = query.get("kind") ?? "";
      const seconds = Number(query.get("seconds") ?? 0);
      if (!KINDS.includes(kind))
        throw new ToolError(`invalid kind ${JSON.stringify(kind)}: must be one of ${KINDS.join(", ")}`);
      if (!(seconds >= 0 && seconds <= 3600))
        throw new ToolError(`invalid seconds ${query.get("seconds")}: from 0 to 3600`);
      const profile = await served.record(kind, seconds);
      const name = `${kind}${seconds > 0 ? ` ${seconds}s` : ""} ${new Date().toISOString().slice(11, 19)}`;
      const number = recordings.push(recordingNamed(name, profile)) - 1;
      return { status: 200, headers: { "content-type": types.json! }, body: JSON.stringify({ number, name }) };
    },
  },
  {
    method: "GET",
    path: "/ui/download",
    answer: async (asked) => ({
      status: 200,
      headers: {
        "content-type": "application/vnd.google.protobuf+gzip",
        "content-disposition": 'attachment; filename="profile.pb.gz"',
      },
      body: await gzipAsync(encode(recordingOf(asked).profile)),
    }),
  },
  {
    method: "GET",
    path: "/ui/settings",
    answer({ served, recordings }) {
      const configs = (served.settings === undefined ? [] : readConfigs(served.settings)).map(({ name, options }) => ({
        name,
        query: queryOf(options),
      }));
      const { divide_by, trim_path } = served.options;
      const body = JSON.stringify({
        configs,
        options: { divide_by, trim_path },
        kinds: served.record === undefined ? [] : KINDS,
        recordings: recordings.map(({ name }) => name),
      });
      return { status: 200, headers: { "content-type": types.json! }, body };
    },
  },
  {
    method: "GET",
    path: "/ui/file",
    answer({ query, served, recordings }) {
      const path = query.get("path") ?? "";
      const name = fileNamed(recordings, path, served.options.trim_path);
      const text = name === undefined ? undefined : served.readSource(name);
      const looked = name === undefined ? [] : (served.lookedFor?.(name) ?? []);
      if (text === undefined) return { status: 404, body: [`no source file ${path}`, ...looked].join("\n") };
      if (typeof text !== "string") return { status: 403, body: text.refused };
      const place = served.placeOf?.(name!);
      const where = place && { "source-place": encodeURI(place.file), "last-modified": place.changed.toUTCString() };
      return { status: 200, headers: { "content-type": types.txt!, ...where }, body: text };
    },
  },
  {
    method: "GET",
    path: "/ui/disassembly",
    async answer(asked) {
      const { query, served } = asked;
      const { profile } = recordingOf(asked);
      const symbols = await served.disassemble(profile, optionsOf(asked), query.get("f") ?? "");
      // Addresses may be larger than what JSON's readers take for numbers.
      const body = JSON.stringify(symbols, (_, value) => (typeof value === "bigint" ? value.toString(16) : value));
      return { status: 200, headers: { "content-type": types.json! }, body };
    },
  },
  {
    method: "POST",
    path: "/ui/saveconfig",
    answer(asked) {
      saveConfig(settingsOf(asked), asked.query.get("config") ?? "", optionsOf(asked));
      return { status: 200, body: "" };
    },
  },
  {
    method: "DELETE",
    path: "/ui/deleteconfig",
    answer(asked) {
      deleteConfig(settingsOf(asked), asked.query.get("config") ?? "");
      return { status: 200, body: "" };
    },
  },
];

/** What the files of the pages and answers are, by the ends of their names. */
export const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  wasm: "application/wasm",
  json: "application/json",
  pb: "application/octet-stream",
  txt: "text/plain; charset=utf-8",
};

function optionsOf(asked: Asked): Options {
  const options = withQuery(Object.fromEntries(asked.query), asked.served.options);
  sampleIndexOf(recordingOf(asked).profile, options.sample_index);
  return options;
}

function settingsOf({ served: { settings } }: Asked): string {
  if (settings === undefined) throw new ToolError("no directory for settings: HOME is not set");
  return settings;
}

function recordingOf({ query, recordings }: Asked): Recording {
  const recording = recordings[Number(query.get("recording") ?? 0)];
  if (recording === undefined) {
    const asked = JSON.stringify(query.get("recording"));
    throw new NotFound(`no recording ${asked}: what is recorded is kept for as long as pprof runs, and goes with it`);
  }
  return recording;
}

/**
 * The path that a profile has for the file that a page asks for: pages cut `trimPath` off, and reports look for
 * relative paths below the root, having no other directory in a browser. Undefined for what no profile names.
 */
function fileNamed(recordings: readonly Recording[], path: string, trimPath: string): string | undefined {
  for (const { profile } of recordings) {
    const { functions, strings } = profile;
    for (const row of new Set(functions.filename)) {
      const file = strings.get(row);
      if (file === "") continue;
      const shown = cleanPath(trimSourcePath(file, trimPath, ""));
      if ([file, shown, `/${file}`, `/${shown}`].includes(path)) return file;
    }
  }
  return undefined;
}

/** A path with the query that it was asked with. */
export function withSearch(path: string, query: URLSearchParams): string {
  const search = query.toString();
  return search === "" ? path : `${path}?${search}`;
}
