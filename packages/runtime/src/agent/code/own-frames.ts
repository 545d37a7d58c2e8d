import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { FunctionPlace, OwnPlaces } from "../../exchange/own-places.ts";
import type { SiteFrame } from "../../target/stack-reader.ts";
import { OWN_SOURCE } from "../inspector/evaluate.ts";
import type { CallFrame } from "./call-frame.ts";

/** What the profiler itself does in the program. */
const OWN_WORK: CallFrame = { functionName: "(pprof)", url: "", lineNumber: -1, columnNumber: -1 };

const OWN_SITE: SiteFrame = [OWN_WORK.functionName, "", 0, 0, 0, 0];

let places: OwnPlaces | undefined;
/** The folder of this package's scripts, for who tells files by their paths, as `@datadog/pprof` does. */
let scriptsPath: string | undefined;
/** What runs in threads that are recorded before and after the program's own. */
let entries: ReadonlySet<string> = new Set();

/** Has the profiler's functions known by their places, which bundled have neither a file nor a name that tells them. */
export function knowOwnPlaces(known: OwnPlaces): void {
  const { scripts, hears, ends, buffers } = known;
  places = { scripts, hears: byUrl(hears), ends: byUrl(ends), buffers: byUrl(buffers) };
  scriptsPath = scripts && fileURLToPath(scripts);
  entries = new Set(scripts && ["run.js", "program/record/worker-ends.js"].map((file) => scripts + file));
}

/** Call sites tell a CommonJS script by its path, and V8's profilers by its URL. */
function byUrl(place: FunctionPlace | undefined): FunctionPlace | undefined {
  return place && { ...place, url: urlOf(place.url) };
}

function urlOf(script: string): string {
  return path.isAbsolute(script) ? pathToFileURL(script).href : script;
}

/**
 * A stack without the profiler's own functions that are on top of it, such as those of a mounted handler. Where nothing but Node
 * has called those, the thread does nothing of the program's.
 */
export function withoutOwn(frames: readonly SiteFrame[]): readonly SiteFrame[] {
  const hears = frames.findIndex(isHearing);
  const isOwn = ([, url]: SiteFrame, at: number): boolean => at <= hears || isOwnFile(url);
  const found = frames.findIndex((frame, at) => frame[1] !== "" && !isOwn(frame, at));
  const first = found < 0 ? frames.length : found;
  if (!frames.slice(0, first).some(isOwn)) return frames;
  const rest = frames.slice(first).filter(([, url]) => !isOwnFile(url));
  return rest.some(isOfOthers) ? frames.slice(first) : [];
}

/** A stack in which what the profiler does in the program, called by Node alone, is one frame. */
export function withOwnWork(frames: readonly SiteFrame[]): readonly SiteFrame[] {
  const last = frames.findLastIndex(isOwnSite);
  if (last < 0 || frames.slice(last + 1).some(isOfOthers)) return frames;
  return [OWN_SITE, ...frames.slice(last + 1)];
}

/** Whether it is the class that counts Buffers (`program/record/buffers.ts`): what runs or allocates in it is its caller's. */
export function isOfBuffers({ functionName, url, lineNumber, columnNumber }: CallFrame): boolean {
  return functionName === "PprofBufferBytes" || isAt(places?.buffers, url, lineNumber, columnNumber);
}

/**
 * The frame as a profile has it below that of its caller, which is shown as `above`: what the profiler itself does in the program
 * is one frame, whatever that calls.
 */
export function shownFrame(frame: CallFrame, caller: CallFrame, above: CallFrame | undefined): CallFrame {
  const { url, lineNumber, columnNumber } = frame;
  const isOwn = [places?.hears, places?.ends].some((place) => isAt(place, url, lineNumber, columnNumber));
  if (url === OWN_SOURCE || isOwn || entries.has(url)) return OWN_WORK;
  // What counts Buffers samples them, too.
  if (isOfBuffers(caller) && url !== "") return OWN_WORK;
  return above === OWN_WORK && isOwnBelow(url) ? OWN_WORK : frame;
}

/** Whether it is none of the program's where the profiler has called it: what is sent into the program calls functions of that, too. */
function isOwnBelow(url: string): boolean {
  return url === "" || url.startsWith("node:") || isOwnFile(url) || urlOf(url) === places?.hears?.url;
}

/** Whether it is no function of Node's or V8's. */
function isOfOthers([, url]: SiteFrame): boolean {
  return url !== "" && !url.startsWith("node:");
}

function isHearing([, url, , , line, column]: SiteFrame): boolean {
  return isAt(places?.hears, url, line - 1, column - 1);
}

function isOwnSite(frame: SiteFrame): boolean {
  const [, url] = frame;
  return isHearing(frame) || isOwnFile(url) || url === OWN_SOURCE;
}

function isOwnFile(url: string): boolean {
  return scriptsPath !== undefined && (url.startsWith(places!.scripts!) || url.startsWith(scriptsPath));
}

function isAt(place: FunctionPlace | undefined, url: string, line: number, column: number): boolean {
  return place !== undefined && line === place.line && column === place.column && urlOf(url) === place.url;
}
