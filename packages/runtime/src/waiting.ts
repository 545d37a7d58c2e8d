import { randomUUID } from "node:crypto";
import type { Session } from "./session.ts";
import { makeStackReader, type SiteFrame } from "./target.ts";
import {
  findInScopes,
  findWaiting,
  makeWalk,
  readSuspended,
  type Standing,
  searchThread,
  type Target,
} from "./waiting-target.ts";
import { within } from "./within.ts";

/** How long the event loop may take to turn. */
const TURN_MILLIS = 2_000;
/** How long V8 may take to search a heap, and a thread to answer. */
const SEARCH_MILLIS = 120_000;
/** How many generators are asked where they stand: the inspector tells it one by one. */
const MAX_GENERATORS = 1_000;
/** How many functions are asked for their scopes, and how far one leads to the next. */
const MAX_CLOSURES = 300;
const MAX_ROUNDS = 3;

/** An async function that waits: its stack from the `await` outwards. */
export interface Suspended {
  readonly frames: readonly SiteFrame[];
  readonly count: number;
  /** What it waits for, where that is known: "" for a promise. */
  readonly kind: string;
  /** The longest wait that is known of, in milliseconds: at least since an earlier profile met it; 0 where nothing is known. */
  readonly millis: number;
}

/** A generator that stands at a `yield`. */
export interface SuspendedGenerator {
  readonly frame: SiteFrame;
  readonly count: number;
}

/** What waits in a thread, and what kept it from being told more of. */
export interface Waiting {
  readonly suspended: readonly Suspended[];
  readonly generators: readonly SuspendedGenerator[];
  readonly comments: readonly string[];
}

interface RemoteObject {
  readonly objectId?: string;
  readonly value?: unknown;
  readonly description?: string;
}

interface Property {
  readonly name: string;
  readonly value?: RemoteObject;
}

interface Properties {
  readonly result: readonly Property[];
  readonly internalProperties?: readonly Property[];
}

/**
 * Everything that waits in this thread: V8 is asked for all of its objects, which stops the thread while it collects
 * garbage and walks the heap, 16 to 21 ms per MB, for whatever prototype; the rest takes about 10 µs for each promise.
 */
export async function readWaiting(session: Session): Promise<Waiting> {
  const inspection = new Inspection(session, `pprof ${randomUUID()}`);
  const left = `suspended functions are left out: the event loop did not turn within ${TURN_MILLIS / 1000} s`;
  try {
    if (!(await inspection.turns())) return { suspended: [], generators: [], comments: [left] };
    const found = await inspection.search();
    if (found === undefined) return { suspended: [], generators: [], comments: [left] };
    await inspection.openScopes(found);
    const { standing, targets } = await inspection.readSuspended(found);
    const generators = await inspection.readGenerators(found);
    const comments = generators.left > 0 ? [`${generators.left} more generators are left out`] : [];
    const suspended = attribute(leaves(ofProgram(standing)), targets);
    return { suspended, generators: withoutAwaiting(generators.list, standing), comments };
  } finally {
    await inspection.release();
  }
}

/** A conversation about objects of a thread, by their handles. */
class Inspection {
  readonly #session: Session;
  readonly #objectGroup: string;

  constructor(session: Session, objectGroup: string) {
    this.#session = session;
    this.#objectGroup = objectGroup;
  }

  async release(): Promise<void> {
    await this.#session.post("Runtime.releaseObjectGroup", { objectGroup: this.#objectGroup });
  }

  /** Whether the event loop turns, which it does not while something holds it. */
  async turns(): Promise<boolean> {
    const turn = this.#evaluate(
      "new Promise((resolve) => process.getBuiltinModule('node:timers').setImmediate(resolve))",
    );
    return within(TURN_MILLIS, turn).then(
      () => true,
      () => false,
    );
  }

  /** The handle of what `searchThread` finds; undefined where the event loop is held after all. */
  async search(): Promise<string | undefined> {
    const until = Date.now() + TURN_MILLIS;
    const search = this.#evaluate(`(${searchThread})(${findWaiting}, (${makeWalk})(${makeStackReader}), ${until})`);
    return (await within(SEARCH_MILLIS, search)).objectId;
  }

  /** Looks into the scopes of closures for what may settle a promise. */
  async openScopes(found: string): Promise<void> {
    for (let round = 0, most = MAX_CLOSURES; round < MAX_ROUNDS; round++) {
      const closures = await this.#elements(found, `this.closures.slice(0, ${most}).map(({ settler }) => settler)`);
      if (closures.length === 0) break;
      most -= closures.length;
      const scopes = await Promise.all(closures.map((closure) => this.#scopesOf(closure)));
      await this.#call(found, `function (...scopes) { (${findInScopes})(this, scopes); }`, scopes);
    }
  }

  async readSuspended(found: string): Promise<Awaited<ReturnType<typeof readSuspended>>> {
    const walk = `(${makeWalk})(${makeStackReader})`;
    const read = this.#session.post<{ result: RemoteObject }>("Runtime.callFunctionOn", {
      objectId: found,
      functionDeclaration: `function () { return (${readSuspended})(this, ${walk}); }`,
      awaitPromise: true,
      returnByValue: true,
    });
    return (await within(SEARCH_MILLIS, read)).result.value as Awaited<ReturnType<typeof readSuspended>>;
  }

  /** Where the generators stand that have begun and are not done, and how many were not asked. */
  async readGenerators(found: string): Promise<{ list: SuspendedGenerator[]; left: number }> {
    const all = await this.#elements(found, `this.generators.slice(0, ${MAX_GENERATORS})`);
    const standing = [];
    for (const objectId of all) {
      const { internalProperties = [] } = await this.#properties(objectId);
      const of = (name: string): RemoteObject | undefined =>
        internalProperties.find((property) => property.name === `[[${name}]]`)?.value;
      const location = of("GeneratorLocation")?.value as
        | { scriptId: string; lineNumber: number; columnNumber: number }
        | undefined;
      if (location === undefined || of("GeneratorState")?.value !== "suspended") continue;
      standing.push({ location, name: functionName(of("GeneratorFunction")?.description) });
    }
    if (standing.length === 0) return { list: [], left: 0 };
    const urls = await this.#scriptUrls();
    const rows = new Map<string, { frame: SiteFrame; count: number }>();
    for (const { location, name } of standing) {
      const { scriptId, lineNumber, columnNumber } = location;
      const frame: SiteFrame = [name, urls.get(scriptId) ?? "", lineNumber + 1, columnNumber + 1, 0, 0];
      const row = rows.get(frame.join()) ?? { frame, count: 0 };
      row.count++;
      rows.set(frame.join(), row);
    }
    const count = await this.#value<number>(found, "this.generators.length");
    return { list: [...rows.values()], left: Math.max(count - MAX_GENERATORS, 0) };
  }

  /** The scripts by their ids, which V8 tells when a debugger begins: it costs up to 60 ms, and nothing when it has ended. */
  async #scriptUrls(): Promise<Map<string, string>> {
    const urls = new Map<string, string>();
    const off = this.#session.on("Debugger.scriptParsed", ({ scriptId, url }: { scriptId: string; url: string }) => {
      urls.set(scriptId, url);
    });
    try {
      await this.#session.post("Debugger.enable");
      await this.#session.post("Debugger.disable");
      return urls;
    } finally {
      off();
    }
  }

  /** The scopes of a function, as an argument of `#call`. */
  async #scopesOf(closure: string): Promise<{ readonly objectId: string } | { readonly value: readonly never[] }> {
    const { internalProperties = [] } = await this.#properties(closure);
    const objectId = internalProperties.find(({ name }) => name === "[[Scopes]]")?.value?.objectId;
    return objectId === undefined ? { value: [] } : { objectId };
  }

  /** The handles of an array's elements. */
  async #elements(found: string, expression: string): Promise<string[]> {
    const array = await this.#call(found, `function () { return ${expression}; }`);
    const { result } = await this.#properties(array.objectId!);
    return result.flatMap(({ name, value }) => (/^\d+$/.test(name) && value?.objectId ? [value.objectId] : []));
  }

  async #value<Value>(found: string, expression: string): Promise<Value> {
    const { result } = await this.#session.post<{ result: RemoteObject }>("Runtime.callFunctionOn", {
      objectId: found,
      functionDeclaration: `function () { return ${expression}; }`,
      returnByValue: true,
    });
    return result.value as Value;
  }

  /** What the expression's promise resolves with. */
  async #evaluate(expression: string): Promise<RemoteObject> {
    const { result } = await this.#session.post<{ result: RemoteObject }>("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      silent: true,
      objectGroup: this.#objectGroup,
    });
    return result;
  }

  async #call(objectId: string, functionDeclaration: string, args: readonly object[] = []): Promise<RemoteObject> {
    const { result } = await this.#session.post<{ result: RemoteObject }>("Runtime.callFunctionOn", {
      objectId,
      functionDeclaration,
      arguments: args,
      objectGroup: this.#objectGroup,
      silent: true,
    });
    return result;
  }

  #properties(objectId: string): Promise<Properties> {
    return this.#session.post<Properties>("Runtime.getProperties", { objectId, ownProperties: true });
  }
}

/** The name in a function's source text. */
function functionName(text = ""): string {
  return /^(?:async\s*)?(?:static\s+)?(?:function)?\s*\*?\s*([\w$#]*)/.exec(text)?.[1] ?? "";
}

/**
 * Of all async functions that wait those that wait for no other async function: each of these stands with all that wait for
 * it in turn, which are in its stack. A promise that several await ends the stack of who settles it.
 */
function leaves(standing: readonly Standing[]): Standing[] {
  const byKey = new Map(standing.map((one) => [keyOf(one.frames), one]));
  /** How many functions each waits for, directly and by way of `Promise.all` as well. */
  const direct = new Map<string, number>();
  const inner = new Map<string, number>();
  const add = (counts: Map<string, number>, key: string, count: number): void =>
    void counts.set(key, (counts.get(key) ?? 0) + count);
  /** What combines the promises that it waits for. */
  const combined = new Map(
    standing
      .filter(({ frames }) => isCombinator(frames[0]!))
      .map(({ frames }) => [keyOf(withoutCombinators(frames)), frames]),
  );
  const innermostFirst = standing
    .filter(({ frames }) => !isCombinator(frames[0]!))
    .sort((a, b) => b.frames.length - a.frames.length);
  return innermostFirst.flatMap((one) => {
    const { frames } = one;
    const key = keyOf(frames);
    const outer = frames.slice(1);
    const most = byKey.get(keyOf(outer))?.promises || Number.POSITIVE_INFINITY;
    const count = Math.min(activations(one, direct.get(key) ?? 0), most);
    const waiting = withoutCombinators(outer);
    if (waiting.length > 0) add(inner, keyOf(waiting), count);
    if (waiting.length === outer.length) add(direct, keyOf(outer), count);
    const covered = inner.get(key) ?? 0;
    // Without resumers, what is more at an outermost function is as likely a chain of `then`.
    const chain = one.resumers === 0 && covered > 0 && outer.length === 0;
    const left = chain ? 0 : count - covered;
    return left > 0 ? [{ ...one, resumers: left, frames: combined.get(key) ?? frames }] : [];
  });
}

/**
 * How many functions stand there, `inner` of them for the promises of other async functions. Some of the resumers may settle
 * one of the promises that are left, at most one for each function: as many for each, where that can be.
 */
function activations({ resumers, promises, settled }: Standing, inner: number): number {
  if (resumers === 0) return settled > 0 && promises % settled === 0 ? settled : promises;
  const unknown = promises - inner - settled;
  const least = Math.max(resumers - unknown, Math.ceil(resumers / 2));
  for (let count = resumers; count >= least; count--) {
    if (resumers % count === 0 && unknown % count === 0) return count;
  }
  return least;
}

/** From the innermost function on, whose promises they combine. */
function withoutCombinators(frames: readonly SiteFrame[]): readonly SiteFrame[] {
  return frames.slice(frames.findIndex((frame) => !isCombinator(frame)));
}

function keyOf(frames: readonly SiteFrame[]): string {
  return JSON.stringify(frames);
}

/** Whether it is `Promise.all` or the like, and no function of the program. */
function isCombinator([, url, line]: SiteFrame): boolean {
  return url === "" && line === 0;
}

/** Without the functions of Node's `fetch` itself, which nobody awaits: who has called it waits for its answer. */
function ofProgram(standing: readonly Standing[]): Standing[] {
  return standing.filter(({ frames }) => !frames.every(isFetch));
}

function isFetch([, url]: SiteFrame): boolean {
  return url === "node:internal/deps/undici/undici";
}

/** The stacks by what they wait for, as far as that was found. */
function attribute(standing: readonly Standing[], targets: readonly Target[]): Suspended[] {
  const byKey = new Map<string, Target[]>();
  for (const target of targets.filter(({ kind }) => kind !== "")) {
    const key = keyOf(withoutCombinators(target.frames));
    const list = byKey.get(key) ?? [];
    list.push(target);
    byKey.set(key, list);
  }
  return standing.flatMap(({ frames, resumers, millis }) => {
    const known = (byKey.get(keyOf(withoutCombinators(frames))) ?? []).slice(0, resumers);
    // A row for each kind and minute, so that there are few rows however many wait.
    const rows = new Map<string, Suspended>();
    for (const target of known) {
      const longest = Math.max(target.millis, millis);
      const row = `${target.kind} ${Math.floor(longest / 60_000)}`;
      const { count, millis: before } = rows.get(row) ?? { count: 0, millis: 0 };
      rows.set(row, { frames, kind: target.kind, count: count + 1, millis: Math.max(longest, before) });
    }
    const count = resumers - known.length;
    const kind = isFetch(frames[0]!) ? "fetch" : "";
    return count > 0 ? [...rows.values(), { frames, kind, count, millis }] : [...rows.values()];
  });
}

/** Async generators that stand at an `await` are among the suspended functions already. */
function withoutAwaiting(
  generators: readonly SuspendedGenerator[],
  standing: readonly Standing[],
): SuspendedGenerator[] {
  const awaiting = new Set(standing.flatMap(({ frames }) => frames.map(placeOf)));
  return generators.filter(({ frame }) => !awaiting.has(placeOf(frame)));
}

function placeOf([, url, line, column]: SiteFrame): string {
  return `${url}:${line}:${column}`;
}
