import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { combine, type Format, type Profile, ProfileError, readProfile } from "@pprof-ts/profile";
import { messageOf, ToolError } from "../error.ts";
import { fileName } from "../host/file/file-name.ts";
import { gunzipLarge } from "../host/file/gunzip.ts";
import { readStandardInput, readStream } from "../host/file/read-stream.ts";
import { unpack } from "../host/file/unpack.ts";
import { tooDeep } from "../host/limit.ts";
import { showRecording } from "../host/terminal/progress.ts";
import type { Ui } from "../host/terminal/ui.ts";
import { type SourceUrl, shownUrl, sourceUrl, withoutCredentials } from "../words/source-url.ts";
import { firstBytes } from "./binary.ts";
import { FoundTrace, traceIn } from "./found-trace.ts";
import type { Fetch } from "./http.ts";

/** A profile, and the address it was fetched from, or undefined for a file. */
export interface ReadSource {
  readonly profile: Profile;
  /** Whether its format is another tool's: names in it are as that tool has them. */
  readonly isForeign: boolean;
  readonly url: string | undefined;
}

/** How sources are fetched: numbers of seconds, not positive for the defaults. */
export interface SourceOptions {
  readonly seconds: number;
  readonly timeout: number;
  /** How much is read of it, unpacked as well. */
  readonly maxBytes: number;
  /** How much its stacks may take, each written out; undefined for what its size allows. */
  readonly maxStackBytes: number | undefined;
  readonly fetch: Fetch;
  readonly ui: Ui;
  /** Whether samples keep the time at which they were taken, where the format has it. */
  readonly timestamps: boolean;
  /** Whether stacks are read as what they do not share: for reports that sum them up. */
  readonly sharesStacks: boolean;
}

/** Reads one source: a file where there is one of this name, `-` for standard input, else an address. */
export async function readSource(source: string, options: SourceOptions): Promise<ReadSource> {
  if (source === "-") {
    return {
      ...(await parseProfile(await readStandardInput(options, options.ui.print), source, options)),
      url: undefined,
    };
  }
  const stats = statSync(fileName(source), { throwIfNoEntry: false });
  if (stats !== undefined) {
    if (stats.isDirectory()) return readProfiles(source, options);
    if (stats.isSocket()) throw new ToolError("is a socket");
    const bytes =
      stats.isFile() && isPerfData(source)
        ? (await import("./perf-data.ts")).convertPerfData(source, options.maxBytes, options.ui)
        : await readStream(source, options);
    return { ...(await parseProfile(bytes, source, options)), url: undefined };
  }
  if (/^pid:\d/.test(source)) {
    const { recordProcess } = await import("./attach/record.ts");
    const recorded = await recordProcess(source, options);
    return { ...(await parseProfile(recorded, source, options)), url: undefined };
  }
  if (source.startsWith("k8s:")) {
    const { forwardPod } = await import("./kubernetes.ts");
    const forward = await forwardPod(source);
    try {
      return await readSource(forward.url, options);
    } finally {
      forward.close();
    }
  }
  const address = sourceUrl(source, options.seconds, options.timeout);
  if (address === undefined) throw new ToolError("no such file or directory");
  return {
    ...(await parseProfile(await fetchSource(address, "profile", options), source, options)),
    url: address.url.href,
  };
}

/** Fetches what is at an address, a `what`. */
export async function fetchSource(
  { url, seconds, timeout }: SourceUrl,
  what: string,
  options: Pick<SourceOptions, "seconds" | "fetch" | "ui">,
): Promise<Uint8Array> {
  const { ui } = options;
  ui.print(`Fetching ${what} over HTTP from ${shownUrl(url)}`);
  if (options.seconds > 0 && !ui.errorIsTerminal) ui.print(`Please wait... (${duration(options.seconds)})`);
  const stop = showRecording(ui, seconds);
  const answer = await options.fetch(url, timeout + 5).finally(stop);
  if (answer.status !== 200) {
    const words = `server response: ${answer.status} ${answer.statusText}`;
    const { quoted } = ui;
    const says = answer.headers["x-go-pprof"] && answer.headers["content-type"]?.includes("text/plain");
    throw new ToolError(says ? `${words} - ${quoted(Buffer.from(answer.body).toString().trim())}` : words);
  }
  if (/^\s*<(!doctype|html)/i.test(Buffer.from(answer.body.subarray(0, 200)).toString())) {
    throw new ToolError(`the answer is a page, not a ${what}; profiles are at paths like /debug/pprof/heap`);
  }
  return answer.body;
}

/** What V8's `--cpu-prof` and `--heap-prof` leave in a directory, a file for each process and thread. */
const OF_V8 = [".cpuprofile", ".heapprofile"] as const;

/** All profiles of one kind that V8 left in a directory, as one. */
async function readProfiles(directory: string, options: SourceOptions): Promise<ReadSource> {
  const names = readdirSync(fileName(directory), "utf8").sort();
  const found = OF_V8.map((ending) => names.filter((name) => name.endsWith(ending))).filter(({ length }) => length > 0);
  const [files] = found;
  if (files === undefined) throw new ToolError("is a directory");
  if (found.length > 1) throw new ToolError(`a directory of ${OF_V8.join(" and ")} files: name those that are meant`);
  const profiles: Profile[] = [];
  for (const name of files) profiles.push((await readSource(path.join(directory, name), options)).profile);
  return { profile: combine(profiles), isForeign: true, url: undefined };
}

/** Whether a file is perf's own; the converter reads it, however large it is. */
function isPerfData(file: string): boolean {
  return firstBytes(file, 8)?.toString("latin1") === "PERFILE2";
}

/** Parses what a source gave; what of it cannot be read is told, with the name of the source. */
async function parseProfile(
  bytes: Uint8Array,
  source: string,
  { timestamps, sharesStacks, maxBytes, maxStackBytes, ui }: SourceOptions,
): Promise<Omit<ReadSource, "url">> {
  const warn = (sentence: string): void => ui.warn(ui.quoted(`${withoutCredentials(source)}: ${sentence}`));
  let isForeign = false;
  const recognised = ({ isOwn }: Format): void => {
    isForeign = isOwn !== true;
  };
  let unpacked = bytes;
  try {
    unpacked = unpack(bytes, maxBytes);
    const limits = maxStackBytes === undefined ? { maxBytes } : { maxBytes, maxStackBytes };
    const read = { gunzip: gunzipLarge, sharesStacks, timestamps, ...limits, warn, recognised };
    return { profile: await readProfile(unpacked, read), isForeign };
  } catch (error) {
    const why = `parsing profile: ${messageOf(error)}`;
    if (error instanceof ProfileError && error.stackBytes !== undefined) {
      throw new ToolError(tooDeep(why, error.stackBytes));
    }
    const trace = traceIn(unpacked, maxBytes);
    throw trace === undefined ? new ToolError(why) : new FoundTrace(`${why}: pprof trace reads it`, trace);
  }
}

/** Seconds as Go prints a duration: `1m30s`. */
function duration(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours > 0) return `${hours}h${minutes}m${seconds % 60}s`;
  return minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`;
}
