import path from "node:path";
import { gzipSync } from "node:zlib";
import { combine, encode, type Profile, subtract } from "@pprof-ts/profile";
import { withoutUninteresting } from "@pprof-ts/report";
import { messageOf, ToolError } from "../error.ts";
import { homeDirectory, saveDirectory, writeNumbered } from "../host/file/temp-file.ts";
import { type LocateOptions, locateBinaries } from "../native/symbolize/locate.ts";
import { collectSources, type MappingSources, mergeSources, withoutSources } from "../native/symbolize/sources.ts";
import { symbolize } from "../native/symbolize/symbolize.ts";
import type { Session } from "../session.ts";
import type { Request } from "../words/request.ts";
import { withoutCredentials } from "../words/source-url.ts";
import { FoundTrace } from "./found-trace.ts";
import type { Fetch } from "./http.ts";
import { mergeFiles } from "./merge-files.ts";
import { readSource } from "./read-source.ts";

/** How many sources are read at a time, which bounds the memory that they take before they are merged. */
const CHUNK = 128;

/**
 * Reads all sources and bases of a request and makes one profile of them; saves it where one was fetched. What is being
 * fetched ends with `signal`.
 */
export async function gather(request: Request, session: Session, signal?: AbortSignal): Promise<Profile> {
  const { named } = await gatherAhead(request, session, signal);
  return named();
}

/** A profile as its sources have it, and how it gets names for its addresses, which programs may take long to find. */
export interface Ahead {
  readonly unnamed: Profile;
  readonly named: () => Promise<Profile>;
}

/** As `gather`, up to what has no names yet. */
export async function gatherAhead(request: Request, session: Session, signal?: AbortSignal): Promise<Ahead> {
  const fetch = lazyFetch(request, session, signal);
  const [own, bases] = await Promise.all([
    gatherSide("source", request.sources, request, session, fetch),
    request.bases.length === 0 ? undefined : gatherSide("base", request.bases, request, session, fetch),
  ]);
  const { diff, options } = request;
  const { profile: merged } = own;
  const whole = bases === undefined ? merged : subtract(merged, bases.profile, { diff, normalize: options.normalize });
  return { unnamed: whole, named: () => nameAll(whole, request, session, fetch, own, bases) };
}

/** With names for addresses, without what is of no interest, with the command line's comment; saved where it was fetched. */
async function nameAll(
  whole: Profile,
  request: Request,
  session: Session,
  fetch: Fetch,
  own: Gathered,
  bases: Gathered | undefined,
): Promise<Profile> {
  const symbolized = await symbolize(whole, {
    mode: request.symbolize,
    binaries: session.binaries,
    sources: mergeSources([own.sources, ...(bases === undefined ? [] : [bases.sources])]),
    post: async (url, body) => {
      const answer = await fetch(new URL(url), SYMBOLZ_TIMEOUT, body);
      if (answer.body.length > LONGEST_SYMBOLZ)
        throw new ToolError(`http post ${withoutCredentials(url)}: more than ${LONGEST_SYMBOLZ} bytes`);
      if (answer.status === 200) return Buffer.from(answer.body).toString();
      throw new ToolError(
        `http post ${withoutCredentials(url)}: server response: ${answer.status} ${answer.statusText}`,
      );
    },
    warn: (line) => session.ui.warn(session.ui.quoted(line)),
    keepsName: (name) =>
      isBracketed(name) && (isForPages(request) || own.names.has(name) || bases?.names.has(name) === true),
  });
  const kept = request.allFrames ? { ...symbolized, dropFrames: "", keepFrames: "" } : withoutDroppedFrames(symbolized);
  const named = withoutSources(kept);
  const profile = request.comment === "" ? named : { ...named, comments: [...named.comments, request.comment] };
  if (own.remote || bases?.remote) save(profile, session);
  return profile;
}

/** Loads the code for HTTP when it is first needed: files, which most sources are, are read in half the time without. */
function lazyFetch(request: Request, session: Session, signal?: AbortSignal): Fetch {
  let loaded: Promise<Fetch> | undefined;
  return async (url, timeout, body) => {
    loaded ??= import("./http.ts").then(({ httpFetch }) =>
      httpFetch(request.tls, request.sent, session.env, request.maxBytes, signal),
    );
    return (await loaded)(url, timeout, body);
  };
}

/** Seconds within which a server must have named a profile's addresses. */
const SYMBOLZ_TIMEOUT = 60;

/** More than names of all addresses of the largest programs, and less than the longest string. */
const LONGEST_SYMBOLZ = 2 ** 28;

/** One source, or several merged into one. */
interface Gathered {
  readonly profile: Profile;
  readonly sources: MappingSources;
  readonly remote: boolean;
  /** The names in angle brackets that formats of other tools have. */
  readonly names: ReadonlySet<string>;
}

/** One profile of all sources of one side. */
async function gatherSide(
  kind: "source" | "base",
  sources: readonly string[],
  request: Request,
  session: Session,
  fetch: Fetch,
): Promise<Gathered> {
  const { ui } = session;
  const merged = await mergeFiles(sources, request.maxBytes, locating(request, session));
  if (merged !== undefined) return { profile: merged, sources: new Map(), remote: false, names: new Set() };
  let gathered: Gathered | undefined;
  let count = 0;
  for (let start = 0; start < sources.length; start += CHUNK) {
    const chunk = sources.slice(start, start + CHUNK);
    const results = await Promise.allSettled(chunk.map((source) => gatherOne(source, request, session, fetch)));
    const read: Gathered[] = [];
    for (const [i, result] of results.entries()) {
      if (result.status === "fulfilled") {
        read.push(result.value);
        continue;
      }
      if (result.reason instanceof FoundTrace && sources.length === 1 && isForPages(request)) throw result.reason;
      const { sourceHint } = await import("../words/hint.ts");
      const why = [ui.quoted(`${withoutCredentials(chunk[i]!)}: ${messageOf(result.reason)}`), sourceHint(chunk[i]!)]
        .filter(Boolean)
        .join("\n");
      // The only source that there is: no more is to be said than why it cannot be read.
      if (sources.length === 1) throw new ToolError(why);
      ui.warn(why);
    }
    if (read.length === 0) continue;
    count += read.length;
    try {
      const together = mergeGathered(read);
      gathered = gathered === undefined ? together : mergeGathered([gathered, together]);
    } catch (error) {
      throw new ToolError(`problem fetching ${kind} profiles: ${messageOf(error)}`);
    }
  }
  if (gathered === undefined) throw new ToolError(`failed to fetch any ${kind} profiles`);
  if (count < sources.length) ui.warn(`Fetched ${count} ${kind} profiles out of ${sources.length}`);
  return gathered;
}

async function gatherOne(source: string, request: Request, session: Session, fetch: Fetch): Promise<Gathered> {
  const { seconds, timeout, maxBytes, maxStackBytes } = request;
  const { ui } = session;
  // The pages have one that is ordered by time; reports would have a line for each moment.
  const timestamps = isForPages(request);
  const sharesStacks = sumsUp(request);
  const options = { seconds, timeout, maxBytes, maxStackBytes, fetch, ui, timestamps, sharesStacks };
  const { profile, url, isForeign } = await readSource(source, options);
  const located = await locateBinaries(profile, locating(request, session));
  const names = isForeign ? bracketedNames(located) : new Set<string>();
  if (url === undefined) return { profile: located, sources: new Map(), remote: false, names };
  return { ...collectSources(located, url), remote: true, names };
}

/** The reports for which stacks are summed up; others show every one. */
const SUMS: ReadonlySet<string> = new Set([
  "callgrind",
  "dot",
  "md",
  "peek",
  "tags",
  "text",
  "top",
  "topproto",
  "tree",
]);

/** Whether stacks of the only source are summed up, for a report or again and again for those of the shell. */
function sumsUp(request: Request): boolean {
  const isAlone = request.sources.length + request.bases.length === 1;
  return isAlone && !isForPages(request) && (request.command === undefined || SUMS.has(request.command.output));
}

function isForPages({ http, html }: Request): boolean {
  return http !== "" || html !== "";
}

/** Such as `<module>`, `<lambda>` and `<T as X>::drop`, of which the reference tool takes all in brackets for a template's. */
function isBracketed(name: string): boolean {
  return name.startsWith("<");
}

function bracketedNames({ functions, strings }: Profile): ReadonlySet<string> {
  return new Set([...new Set(functions.systemName)].map((row) => strings.get(row)).filter(isBracketed));
}

function locating({ executable, buildId }: Request, { ui, env, binaries }: Session): LocateOptions {
  const searchPath = env.PPROF_BINARY_PATH || path.join(homeDirectory(env) ?? "", "pprof", "binaries");
  return { searchPath, executable, buildId, binaries, warn: (line) => ui.warn(ui.quoted(line)) };
}

function mergeGathered(parts: readonly Gathered[]): Gathered {
  return {
    profile: combine(parts.map(({ profile }) => profile)),
    sources: mergeSources(parts.map(({ sources }) => sources)),
    remote: parts.some(({ remote }) => remote),
    names: new Set(parts.flatMap(({ names }) => [...names])),
  };
}

/** Without the frames that the profile itself says are of no interest; expressions that are none drop nothing. */
function withoutDroppedFrames(profile: Profile): Profile {
  try {
    return withoutUninteresting(profile);
  } catch {
    // As in the reference tool: whoever wrote the profile is not there to mend it.
    return profile;
  }
}

/** Keeps a copy of what was fetched: the program may be gone when it is wanted again. */
function save(profile: Profile, { env, ui }: Session): void {
  const { mappings, strings, sampleTypes } = profile;
  const file = mappings.length > 0 ? path.basename(strings.get(mappings.filename[0]!)) : "";
  // The program at the other end says what its sample types are called, but not in which directory we write.
  const types = sampleTypes.map(({ type }) => type.replace(/[/\\\0]/g, "_"));
  const names = ["pprof", ...(file === "" ? [] : [file]), ...types];
  try {
    const directory = saveDirectory(env, ui);
    const saved = writeNumbered(directory, `${names.join(".")}.`, ".pb.gz", gzipSync(encode(profile)));
    ui.print(`Saved profile in ${ui.quoted(saved)}`);
  } catch (error) {
    ui.warn(`Could not save profile: ${messageOf(error)}`);
  }
}
