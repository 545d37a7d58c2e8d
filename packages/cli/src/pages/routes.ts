import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { encode, type Profile } from "@pprof-ts/profile";
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
import type { PageSources } from "./page-sources.ts";
import { type Ending, nameOf, type Recording, recordingNamed } from "./recordings.ts";
import { deleteConfig, queryOf, readConfigs, saveConfig } from "./saved-configs.ts";

/** What the pages are about. */
export interface Served extends Partial<PageSources> {
  /** The trace that the pages show, in which `profile` stands for what can be made of it; undefined: they show that. */
  readonly trace?: Uint8Array;
  /** Its sample types and functions are known at once; `whole` is it with all of its names, where those are still looked for. */
  readonly profile: Profile;
  readonly whole?: Promise<Profile>;
  /** What options of the command line hold where an address says nothing. */
  readonly options: Options;
  /** The assembly of the symbols that the pattern matches, of all where it is "", from the profile's own binaries. */
  readonly disassemble: (profile: Profile, options: Options, pattern: string) => Promise<readonly Disassembly[]>;
  /** The file of saved configurations; undefined where there is no place for it. */
  readonly settings: string | undefined;
  /** Records the program that the profile came from; undefined where that was a file. */
  readonly record?: (kind: string, seconds: number, ending: Ending) => Promise<Profile>;
  /** The directory in which there are copies of what was recorded. */
  readonly copies?: () => string;
  /** What the profile is called that the tool was started with. */
  readonly name?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Made when it is sent: a browser may have it. */
  readonly body?: string | Uint8Array | (() => Uint8Array);
}

/** A request, with all that it may be answered from. */
export interface Asked {
  readonly query: URLSearchParams;
  readonly served: Served;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly recordings: Recording[];
  /** What ends each recording that is being made, by the word that a page gave it. */
  readonly running: Map<string, AbortController>;
  /** Whoever asked is gone. */
  readonly gone: AbortSignal;
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
  "trace",
  "tasks",
  "turns",
  "waits",
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
  {
    method: "GET",
    path: "/ui/",
    answer: ({ query, served }) =>
      served.trace === undefined
        ? { status: 301, headers: { location: withSearch("flamegraph", query) } }
        : { status: 307, headers: { location: withSearch("trace", query) } },
  },
  moved("/ui/flamegraph2", 301, "flamegraph"),
  moved("/ui/flamegraphold", 301, "flamegraph"),
  ...PAGES.map(page),
  // Browsers ask for it beside an answer that is not a page, and put the 404 on the console.
  { method: "GET", path: "/favicon.ico", answer: () => ({ status: 204 }) },
  {
    method: "GET",
    path: "/ui/profile",
    async answer(asked) {
      const { profile, tag } = recordingOf(asked);
      const { trace } = asked.served;
      if (trace !== undefined) return { status: 200, headers: { "content-type": types.pb!, etag: tag }, body: trace };
      const whole = await profile;
      return { status: 200, headers: { "content-type": types.pb!, etag: tag }, body: () => encode(whole) };
    },
  },
  {
    method: "POST",
    path: "/ui/record",
    answer: recorded,
  },
  {
    method: "POST",
    path: "/ui/stop",
    answer({ query, running }) {
      const recording = running.get(query.get("word") ?? "");
      if (recording === undefined) throw new NotFound("no such recording is being made: it may just have ended");
      recording.abort();
      return { status: 200, body: "" };
    },
  },
  {
    method: "GET",
    path: "/ui/download",
    async answer(asked) {
      const { trace } = asked.served;
      const named = (type: string, name: string): Record<string, string> => ({
        "content-type": type,
        "content-disposition": `attachment; filename="${name}"`,
      });
      if (trace !== undefined) return { status: 200, headers: named(types.pb!, "trace"), body: trace };
      return {
        status: 200,
        headers: named("application/vnd.google.protobuf+gzip", "profile.pb.gz"),
        body: await gzipAsync(encode(await recordingOf(asked).profile)),
      };
    },
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
        isTrace: served.trace !== undefined,
        recordings: recordings.map(({ name }) => name),
      });
      return { status: 200, headers: { "content-type": types.json! }, body };
    },
  },
  {
    method: "GET",
    path: "/ui/file",
    async answer({ query, served, recordings }) {
      const path = query.get("path") ?? "";
      const name = await fileNamed(recordings, path, served.options.trim_path);
      const text = name === undefined ? undefined : served.readSource?.(name);
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
      const profile = await recordingOf(asked).profile;
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

/** Records the program, until the time is up or a page stops it; a page that is gone wants nothing any more. */
async function recorded({ query, served, recordings, running, gone }: Asked): Promise<Answer> {
  if (served.record === undefined) throw new ToolError("the profile came from a file: there is nothing to record");
  const kind = query.get("kind") ?? "";
  const seconds = Number(query.get("seconds") ?? 0);
  const word = query.get("word") ?? "";
  if (!KINDS.includes(kind))
    throw new ToolError(`invalid kind ${JSON.stringify(kind)}: must be one of ${KINDS.join(", ")}`);
  if (!(seconds >= 0 && seconds <= 3600))
    throw new ToolError(`invalid seconds ${query.get("seconds")}: from 0 to 3600`);
  const stop = new AbortController();
  running.set(word, stop);
  try {
    const profile = await served.record(kind, seconds, { stopped: stop.signal, cancelled: gone });
    const name = nameOf(kind, profile, seconds > 0);
    const number = recordings.push(recordingNamed(name, profile)) - 1;
    return { status: 200, headers: { "content-type": types.json! }, body: JSON.stringify({ number, name }) };
  } finally {
    running.delete(word);
  }
}

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
  sampleIndexOf(recordingOf(asked).empty, options.sample_index);
  return options;
}

function settingsOf({ served: { settings } }: Asked): string {
  if (settings === undefined) throw new ToolError("no directory for settings: HOME is not set");
  return settings;
}

function recordingOf({ query, recordings, served }: Asked): Recording {
  const recording = recordings[Number(query.get("recording") ?? 0)];
  if (recording === undefined) {
    const asked = JSON.stringify(query.get("recording"));
    const copies =
      served.copies === undefined ? "" : `; copies are in ${served.copies()}: pprof -http=: FILE opens one`;
    throw new NotFound(
      `no recording ${asked}: what is recorded is kept for as long as pprof runs, and goes with it${copies}`,
    );
  }
  return recording;
}

/**
 * The path that a profile has for the file that a page asks for: pages cut `trimPath` off, and reports look for
 * relative paths below the root, having no other directory in a browser. Undefined for what no profile names.
 */
async function fileNamed(
  recordings: readonly Recording[],
  path: string,
  trimPath: string,
): Promise<string | undefined> {
  for (const { profile } of recordings) {
    const { functions, strings } = await profile;
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
