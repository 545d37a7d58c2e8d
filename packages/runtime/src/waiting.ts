import { randomUUID } from "node:crypto";
import type { Session } from "./session.ts";
import { makeStackReader, type SiteFrame } from "./target.ts";
import { findInScopes, findWaiting, readSuspended, type Suspended, type Target } from "./waiting-target.ts";
import { within } from "./within.ts";

/** How long the event loop may take to turn once; then the heap is searched, and the stacks are read as it turns again. */
const TURN_MILLIS = 2_000;
const READ_MILLIS = 30_000;
/** How many generators are asked where they stand: the inspector tells it one by one. */
const MAX_GENERATORS = 1_000;
/** How many functions are asked for their scopes, and how far one leads to the next. */
const MAX_CLOSURES = 300;
const MAX_ROUNDS = 3;

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
 * garbage and walks the heap, 10 to 18 ms per MB; the rest takes about 10 µs for each promise.
 */
export async function readWaiting(session: Session): Promise<Waiting> {
  const turn = session.post("Runtime.evaluate", { expression: "Promise.resolve()", awaitPromise: true });
  const comment = (millis: number): string =>
    `suspended functions are left out: the event loop did not turn within ${millis / 1000} s`;
  const turned = await within(TURN_MILLIS, turn).catch(() => undefined);
  if (turned === undefined) return { suspended: [], generators: [], comments: [comment(TURN_MILLIS)] };
  const inspection = new Inspection(session, `pprof ${randomUUID()}`);
  const comments: string[] = [];
  try {
    const found = await inspection.find();
    const left = await inspection.openScopes(found);
    const read = await inspection.readSuspended(found);
    if (read === undefined) comments.push(comment(READ_MILLIS));
    const generators = await inspection.readGenerators(found);
    if (generators.left > 0) comments.push(`${generators.left} more generators are left out`);
    const suspended = read === undefined ? [] : attribute(leaves(ofProgram(read.suspended)), read.targets, left);
    return { suspended, generators: withoutAwaiting(generators.list, suspended), comments };
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

  /** The handle of what `findWaiting` returns. */
  async find(): Promise<string> {
    const { result: prototype } = await this.#session.post<{ result: RemoteObject }>("Runtime.evaluate", {
      expression: "Object.prototype",
      objectGroup: this.#objectGroup,
    });
    const { objects } = await this.#session.post<{ objects: RemoteObject }>("Runtime.queryObjects", {
      prototypeObjectId: prototype.objectId,
      objectGroup: this.#objectGroup,
    });
    const found = await this.#call(objects.objectId!, `function () { return (${findWaiting})(this); }`);
    await this.#session.post("Runtime.releaseObject", { objectId: objects.objectId });
    return found.objectId!;
  }

  /** Looks into the scopes of closures for what may settle a promise. Returns the kinds of those that are too many. */
  async openScopes(found: string): Promise<ReadonlySet<string>> {
    const left = new Set<string>();
    for (let round = 0, most = MAX_CLOSURES; round < MAX_ROUNDS; round++) {
      const closures = await this.#elements(found, `this.closures.slice(0, ${most}).map(({ settler }) => settler)`);
      if (closures.length === most) {
        for (const kind of await this.#value<string[]>(found, `this.closures.slice(${most}).map(({ kind }) => kind)`)) {
          left.add(kind);
        }
      }
      if (closures.length === 0) break;
      most -= closures.length;
      const scopes = await Promise.all(closures.map((closure) => this.#scopesOf(closure)));
      await this.#call(found, `function (...scopes) { (${findInScopes})(this, scopes); }`, scopes);
    }
    return left;
  }

  async readSuspended(found: string): Promise<Awaited<ReturnType<typeof readSuspended>> | undefined> {
    const read = this.#session.post<{ result: RemoteObject }>("Runtime.callFunctionOn", {
      objectId: found,
      functionDeclaration: `function () { return (${readSuspended})(this, ${makeStackReader}); }`,
      awaitPromise: true,
      returnByValue: true,
      objectGroup: this.#objectGroup,
    });
    const done = await within(READ_MILLIS, read).catch(() => undefined);
    return done?.result.value as Awaited<ReturnType<typeof readSuspended>> | undefined;
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
 * Of the stacks above all pending promises, those of the innermost awaits. The promise that an outer async function
 * returns is pending as well, and its stack is the end of the inner one's: it counts only as far as no inner one explains
 * it. Nor is a function waiting more often than its own promise is pending: a chain of `then` has several promises.
 */
function leaves(suspended: readonly Suspended[]): Suspended[] {
  const keyOf = (frames: readonly SiteFrame[]): string => JSON.stringify(frames);
  const counts = new Map(suspended.map(({ frames, count }) => [keyOf(frames), count]));
  const inner = new Map<string, number>();
  for (const { frames } of suspended) {
    const outer = keyOf(frames.slice(1));
    inner.set(outer, (inner.get(outer) ?? 0) + 1);
  }
  const explained = new Map<string, number>();
  const activations = (frames: readonly SiteFrame[], count: number): number => {
    const outer = keyOf(frames.slice(1));
    return inner.get(outer) === 1 ? Math.min(count, counts.get(outer) ?? count) : count;
  };
  for (const { frames, count } of suspended) {
    const outer = keyOf(frames.slice(1));
    explained.set(outer, (explained.get(outer) ?? 0) + activations(frames, count));
  }
  return suspended.flatMap((stack) => {
    const { frames } = stack;
    const byInner = explained.get(keyOf(frames)) ?? 0;
    // Of one that nobody waits for it is not known how often it runs: what remains is as likely a chain.
    const most = byInner > 0 && !counts.has(keyOf(frames.slice(1))) ? byInner : activations(frames, stack.count);
    return most > byInner ? [{ ...stack, count: most - byInner }] : [];
  });
}

/** Without the functions of Node's `fetch` itself, which nobody awaits: who has called it waits for its answer. */
function ofProgram(suspended: readonly Suspended[]): Suspended[] {
  return suspended.filter(({ frames }) => !frames.every(isFetch));
}

function isFetch([, url]: SiteFrame): boolean {
  return url === "node:internal/deps/undici/undici";
}

/**
 * The stacks by what they wait for, as far as that was found; not all that settles promises was looked at of these kinds.
 * One wait may be several promises, such as a chain of `then` or what an async function returns: then there is a multiple.
 */
function attribute(
  suspended: readonly Suspended[],
  targets: readonly Target[],
  left: ReadonlySet<string>,
): Suspended[] {
  const byKey = new Map<string, Target[]>();
  for (const target of targets) {
    const list = byKey.get(target.key) ?? [];
    list.push(target);
    byKey.set(target.key, list);
  }
  return suspended.flatMap((stack) => {
    const known = (byKey.get(JSON.stringify(stack.frames)) ?? []).slice(0, stack.count);
    // A row for each kind and minute, so that there are few rows however many wait.
    const rows = new Map<string, Suspended>();
    for (const { kind, millis } of known) {
      const longest = Math.max(millis, stack.millis);
      const row = `${kind} ${Math.floor(longest / 60_000)}`;
      const { count, millis: before } = rows.get(row) ?? { count: 0, millis: 0 };
      rows.set(row, { ...stack, kind, count: count + 1, millis: Math.max(longest, before) });
    }
    const all = stack.count % known.length === 0 && !known.some(({ kind }) => left.has(kind));
    const count = all ? 0 : stack.count - known.length;
    const kind = stack.frames.length > 0 && isFetch(stack.frames[0]!) ? "fetch" : "";
    return count > 0 ? [...rows.values(), { ...stack, kind, count }] : [...rows.values()];
  });
}

/** Async generators that stand at an `await` are among the suspended functions already. */
function withoutAwaiting(
  generators: readonly SuspendedGenerator[],
  suspended: readonly Suspended[],
): SuspendedGenerator[] {
  const awaiting = new Set(suspended.flatMap(({ frames }) => frames.map(placeOf)));
  return generators.filter(({ frame }) => !awaiting.has(placeOf(frame)));
}

function placeOf([, url, line, column]: SiteFrame): string {
  return `${url}:${line}:${column}`;
}
