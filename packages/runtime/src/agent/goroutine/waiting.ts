import { randomUUID } from "node:crypto";
import { makeStackWalker } from "../../target/async-stacks.ts";
import { makeHandleSearch, makeTimerSearch } from "../../target/node-waits.ts";
import { makeObjectReader } from "../../target/objects.ts";
import { enterRealm } from "../../target/realm.ts";
import { makeSettlers } from "../../target/settlers.ts";
import type { SiteFrame } from "../../target/stack-reader.ts";
import { type Awaited, makeRealm, type Parts, type Standing } from "../../target/waiting.ts";
import { asDebugger, type Debugged } from "../inspector/as-debugger.ts";
import type { Coverage } from "../inspector/coverage.ts";
import { evaluate, OWN_SOURCE } from "../inspector/evaluate.ts";
import type { Session } from "../inspector/session.ts";
import { within } from "../inspector/within.ts";
import { leaves, type Suspended, suspendedOf } from "./standing.ts";

/** How long the event loop may take to turn. */
const TURN_MILLIS = 2_000;
/** What V8 says of a promise that it waited for and has lost. */
const COLLECTED = "Promise was collected";
/** Why there is nothing where V8 cannot walk (`async-stacks.ts`), as in Node 20, and what async generators are there. */
const UNWALKED =
  "async functions that wait are left out: the V8 of this Node can end the process as it tells them; from Node 22 on they are told";
const UNTOLD_AWAITS = "async generators that stand at an await are among those at a yield";
/** How long V8 may take to search a heap, and a thread to answer. */
const SEARCH_MILLIS = 120_000;
/** How many promises are walked from in one turn of the event loop: 10 to 20 µs each. */
const WALKED_AT_ONCE = 2_000;
/** How many generators are asked where they stand: the inspector tells it one by one. */
const MAX_GENERATORS = 1_000;
/** How many lists of timers, one for each duration, are looked at. */
const MAX_LISTS = 1_000;
/** How many functions are asked for their scopes, how far one leads to the next, and how many variables a scope may have. */
const MAX_CLOSURES = 300;
const MAX_ROUNDS = 3;
const MAX_SCOPES = 6;
const MAX_VARIABLES = 50;

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
  /** For how long V8 has held the thread to go through its heap. */
  readonly heldMillis: number;
  /** Whether the thread's V8 can tell of async functions. */
  readonly walks: boolean;
}

/**
 * How thoroughly a thread is searched. `reachable`: from what Node waits with (timers, sockets, files, …) to the functions that
 * wait for it, which costs nothing that grows with the heap. `promises`: all pending promises too, for which V8 stops the
 * thread while it collects garbage and goes through the heap, 11 to 20 ms per MB. `generators`: those too, at twice that again.
 */
export type Depth = "reachable" | "promises" | "generators";

interface RemoteObject {
  readonly type?: string;
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

/** What searches are made of, and the source text of what makes the realm that they run in of them. */
const PARTS: Parts = { makeObjectReader, makeStackWalker, makeSettlers, makeHandleSearch, makeTimerSearch };
const PART_TEXTS = Object.entries(PARTS).map(([name, part]) => `${name}: ${part}`);
const REALM = `(host) => (${makeRealm})(host, { ${PART_TEXTS.join(", ")} })`;

/** What waits in this thread. */
export async function readWaiting(session: Session, depth: Depth, coverage: Coverage): Promise<Waiting> {
  const inspection = new Inspection(session, coverage);
  try {
    if (!(await inspection.turns())) {
      const left = `suspended functions are left out: the event loop did not turn within ${TURN_MILLIS / 1000} s`;
      return { suspended: [], generators: [], comments: [left], heldMillis: 0, walks: true };
    }
    const walks = await inspection.begin();
    const elsewhere = inOthers(await inspection.otherContexts());
    if (!walks) {
      const { list, left } = depth === "generators" ? await inspection.readGenerators() : { list: [], left: 0 };
      const comments = [UNWALKED, ...elsewhere, ...(list.length > 0 ? [UNTOLD_AWAITS] : []), ...leftGenerators(left)];
      return { suspended: [], generators: list, comments, heldMillis: inspection.heldMillis, walks };
    }
    const unasked = await inspection.lookAround();
    const comments = [...elsewhere];
    if (unasked > 0) comments.push(`${unasked} more callbacks of Node's were not followed to who waits for them`);
    const awaited = (await inspection.unlessCollected(inspection.awaited())) ?? [];
    if (depth === "reachable")
      return { suspended: suspendedOf(leaves(awaited, []), awaited), generators: [], comments, heldMillis: 0, walks };
    const standing = await inspection.searchPromises();
    if (inspection.collected > 0) comments.push(`some of what waits is left out: ${COLLECTED}, as V8 said`);
    const { list, left } = depth === "generators" ? await inspection.readGenerators() : { list: [], left: 0 };
    return {
      suspended: suspendedOf(leaves(awaited, standing), awaited),
      generators: withoutAwaiting(list, standing),
      comments: [
        ...comments,
        "async functions that await one promise together are there only where others wait for them in turn, and one that awaits a promise which follows others may be counted once for each: V8 does not tell of more",
        ...leftGenerators(left),
      ],
      heldMillis: inspection.heldMillis,
      walks,
    };
  } finally {
    await inspection.release();
  }
}

/** A search of a thread: what is found there is kept there, and known here by its handles. */
class Inspection {
  /** The realm in which searches run, made once for each session. */
  static readonly #realms = new WeakMap<Session, string>();
  readonly #session: Session;
  readonly #coverage: Coverage;
  readonly #objectGroup = `pprof ${randomUUID()}`;
  #search = "";
  /** For how long V8 has gone through the heap. */
  heldMillis = 0;
  /** How often V8 has lost what it waited for. */
  collected = 0;

  constructor(session: Session, coverage: Coverage) {
    this.#session = session;
    this.#coverage = coverage;
  }

  async release(): Promise<void> {
    await this.#session.post("Runtime.releaseObjectGroup", { objectGroup: this.#objectGroup });
  }

  /** Undefined where V8 has lost the promise that it waited for, which Node 22 was seen to do on a machine that was very busy. */
  async unlessCollected<Value>(settled: Promise<Value>): Promise<Value | undefined> {
    try {
      return await settled;
    } catch (error) {
      if (!(error instanceof Error && error.message.endsWith(COLLECTED))) throw error;
      this.collected++;
      return undefined;
    }
  }

  /** Whether the event loop turns, which it does not while something holds it. */
  async turns(): Promise<boolean> {
    const expression = "new Promise((resolve) => process.getBuiltinModule('node:timers').setImmediate(resolve))";
    return within(TURN_MILLIS, this.#evaluate(expression, true)).then(
      () => true,
      () => false,
    );
  }

  /** Resolves with whether searches can meet who waits. */
  async begin(): Promise<boolean> {
    let realm = Inspection.#realms.get(this.#session);
    if (realm === undefined) {
      const entered = await evaluate(this.#session, `(${enterRealm})(${JSON.stringify(REALM)})`);
      realm = entered.result.objectId!;
      Inspection.#realms.set(this.#session, realm);
    }
    const { objectId } = await this.#call(realm, "function () { return this.begin(); }");
    this.#search = objectId!;
    return this.#valueOf(realm, "function () { return this.walks; }");
  }

  /** How many contexts there are beside the program's first one and the realm of searches, those included that are garbage. */
  async otherContexts(): Promise<number> {
    const expression = "process.getBuiltinModule('node:v8').getHeapStatistics().number_of_native_contexts";
    const { result } = await evaluate<number>(this.#session, expression, { returnByValue: true });
    return result.value - 2;
  }

  /** From what Node waits with to what may settle a promise; resolves with how many functions were not looked into. */
  async lookAround(): Promise<number> {
    await this.#call(this.#search, "function () { this.lookAtHandles(); }");
    const lists = (await this.#timerLists()).map((objectId) => ({ objectId }));
    await this.#call(this.#search, "function (...lists) { this.lookAtTimers(...lists); }", lists);
    let most = MAX_CLOSURES;
    for (let round = 0; round < MAX_ROUNDS && most > 0; round++) {
      const closures = await this.#elements(this.#search, `this.takeClosures(${most})`);
      if (closures.length === 0) break;
      const first = MAX_CLOSURES - most;
      most -= closures.length;
      const variables = await Promise.all(closures.map((closure) => this.#variablesOf(closure)));
      const found = variables.flatMap((some, at) => some.map((objectId) => ({ number: first + at, objectId })));
      const values = found.map(({ objectId }) => ({ objectId }));
      const numbers = { value: found.map(({ number }) => number) };
      await this.#call(this.#search, "function (...all) { this.lookAtScoped(...all); }", [numbers, ...values]);
    }
    // What is left where there was room for more was led to by others only, too far away.
    return most > 0 ? 0 : this.#valueOf(this.#search, "function () { return this.closuresLeft(); }");
  }

  awaited(): Promise<readonly Awaited[]> {
    return this.#settled<readonly Awaited[]>(this.#search, "function () { return this.awaited(); }");
  }

  /** The stacks above all pending promises. */
  async searchPromises(): Promise<readonly Standing[]> {
    const promises = await this.#query("(async () => {})()");
    const length = await this.#valueOf<number>(promises, "function () { return this.length; }");
    for (let from = 0; from < length; from += WALKED_AT_ONCE) {
      const walk = `function (search) { return search.walk(this, ${from}, ${from + WALKED_AT_ONCE}); }`;
      await this.unlessCollected(this.#settled(promises, walk, [{ objectId: this.#search }]));
    }
    return this.#valueOf(this.#search, "function () { return this.standing(); }");
  }

  /** Where the generators stand that have begun and are not done, and how many were not asked. */
  async readGenerators(): Promise<{ list: SuspendedGenerator[]; left: number }> {
    const standing = [];
    let left = 0;
    // Each has a prototype of its own function, below the one that all share.
    for (const one of ["(function* () {})()", "(async function* () {})()"]) {
      const generators = await this.#query(one, 2);
      const all = await this.#elements(generators, `this.slice(0, ${MAX_GENERATORS})`);
      left += (await this.#valueOf<number>(generators, "function () { return this.length; }")) - all.length;
      for (const { objectId } of all) {
        const { internalProperties = [] } = await this.#properties(objectId);
        const of = (name: string): RemoteObject | undefined =>
          internalProperties.find((property) => property.name === `[[${name}]]`)?.value;
        const location = of("GeneratorLocation")?.value as
          | { scriptId: string; lineNumber: number; columnNumber: number }
          | undefined;
        if (location === undefined || of("GeneratorState")?.value !== "suspended") continue;
        standing.push({ location, name: functionName(of("GeneratorFunction")?.description) });
      }
    }
    if (standing.length === 0) return { list: [], left };
    const urls = await this.#scriptUrls();
    const rows = new Map<string, { frame: SiteFrame; count: number }>();
    for (const { location, name } of standing) {
      const { scriptId, lineNumber, columnNumber } = location;
      const url = urls.get(scriptId) ?? "";
      // One was made to find the others by.
      if (url === OWN_SOURCE) continue;
      const frame: SiteFrame = [name, url, lineNumber + 1, columnNumber + 1, 0, 0];
      const row = rows.get(frame.join()) ?? { frame, count: 0 };
      row.count++;
      rows.set(frame.join(), row);
    }
    return { list: [...rows.values()], left };
  }

  /** The handles of Node's lists of timers, one for each duration: a variable of the module that makes timers has them. */
  async #timerLists(): Promise<readonly string[]> {
    const maker = await this.#evaluate("process.getBuiltinModule('node:timers').setTimeout");
    const variables =
      maker.objectId === undefined ? [] : await this.#scopesOf(maker.objectId, Number.POSITIVE_INFINITY);
    const map = variables.find(({ name }) => name === "timerListMap")?.value?.objectId;
    if (map === undefined) return [];
    const { result } = await this.#properties(map);
    return result.flatMap(({ value }) => value?.objectId ?? []).slice(0, MAX_LISTS);
  }

  /** The handles of what a closure may settle a promise by: variables of its inner scopes that it names. */
  async #variablesOf({ objectId, text }: { readonly objectId: string; readonly text: string }): Promise<string[]> {
    const variables = await this.#scopesOf(objectId, MAX_VARIABLES);
    const names = new Set(variables.map(({ name }) => name));
    const settling = variables.filter(({ name, value }) => {
      // What a function does not name, it does not call; either of two settles the same promise, which is to be met once.
      if (!text.includes(name)) return name === "resolve" && text.includes("reject") && value?.type === "function";
      return !(name === "reject" && names.has("resolve")) && (value?.type === "function" || value?.type === "object");
    });
    return settling.flatMap(({ value }) => value?.objectId ?? []);
  }

  /** The variables of a function's inner scopes, of no more than so many each: more belong to a module, not to a call. */
  async #scopesOf(closure: string, most: number): Promise<Property[]> {
    const { internalProperties = [] } = await this.#properties(closure);
    const scopes = internalProperties.find(({ name }) => name === "[[Scopes]]")?.value?.objectId;
    if (scopes === undefined) return [];
    const { result } = await this.#properties(scopes);
    const found: Property[] = [];
    for (const { value } of result.filter(({ name }) => /^\d+$/.test(name)).slice(0, MAX_SCOPES)) {
      if (value?.objectId === undefined || !/^(Closure|Block|Catch)/.test(value.description ?? "")) break;
      const { result: variables } = await this.#properties(value.objectId);
      if (variables.length > most) break;
      found.push(...variables);
    }
    return found;
  }

  /** The scripts by their ids, which V8 tells a debugger as that begins: it costs up to 60 ms. */
  #scriptUrls(): Promise<ReadonlyMap<string, string>> {
    const urlsOf = ({ loaded }: Debugged): ReadonlyMap<string, string> =>
      new Map(loaded.map(({ scriptId, url }) => [scriptId, url]));
    return asDebugger(this.#session, this.#coverage, urlsOf);
  }

  /** The handle of all objects that inherit from what this expression's value inherits from, so many steps up. */
  async #query(expression: string, steps = 1): Promise<string> {
    let objectId = (await this.#evaluate(expression)).objectId!;
    for (let step = 0; step < steps; step++) {
      const { internalProperties = [], result } = await this.#properties(objectId);
      const prototype = [...internalProperties, ...result].find(({ name }) =>
        /^(\[\[Prototype\]\]|__proto__)$/.test(name),
      );
      objectId = prototype!.value!.objectId!;
    }
    const begun = performance.now();
    const found = this.#session.post<{ objects: RemoteObject }>("Runtime.queryObjects", {
      prototypeObjectId: objectId,
      objectGroup: this.#objectGroup,
    });
    const { objects } = await within(SEARCH_MILLIS, found);
    this.heldMillis += performance.now() - begun;
    return objects.objectId!;
  }

  /** The handles of an array's elements, and the source texts of those that are functions. */
  async #elements(objectId: string, expression: string): Promise<{ objectId: string; text: string }[]> {
    const array = await this.#call(objectId, `function () { return ${expression}; }`);
    const { result } = await this.#properties(array.objectId!);
    return result.flatMap(({ name, value }) =>
      /^\d+$/.test(name) && value?.objectId ? [{ objectId: value.objectId, text: value.description ?? "" }] : [],
    );
  }

  /** What the function answers, by its value. */
  #valueOf<Value>(objectId: string, functionDeclaration: string): Promise<Value> {
    return this.#answer(objectId, functionDeclaration, { returnByValue: true });
  }

  /** What the promise that the function answers is fulfilled with, by its value. */
  #settled<Value>(objectId: string, functionDeclaration: string, args: readonly object[] = []): Promise<Value> {
    return this.#answer(objectId, functionDeclaration, { arguments: args, awaitPromise: true, returnByValue: true });
  }

  async #answer<Value>(objectId: string, functionDeclaration: string, options: object): Promise<Value> {
    const params = { objectId, functionDeclaration, ...options };
    const called = this.#session.post<{ result: RemoteObject }>("Runtime.callFunctionOn", params);
    const answer = this.#session.ownWork?.during(called) ?? called;
    return (await within(SEARCH_MILLIS, answer)).result.value as Value;
  }

  async #evaluate(expression: string, awaitPromise = false): Promise<RemoteObject> {
    const options = { awaitPromise, objectGroup: this.#objectGroup };
    return (await evaluate(this.#session, expression, options)).result as RemoteObject;
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

/** Searches go by the prototypes of one context. */
function inOthers(contexts: number): readonly string[] {
  return contexts > 0 ? [`functions of other contexts (node:vm), of which there are ${contexts}, are left out`] : [];
}

function leftGenerators(left: number): readonly string[] {
  return left > 0 ? [`${left} more generators are left out`] : [];
}

/** The name in a function's source text. */
function functionName(text = ""): string {
  return /^(?:async\s*)?(?:static\s+)?(?:function)?\s*\*?\s*([\w$#]*)/.exec(text)?.[1] ?? "";
}

/** Async generators that stand at an `await` are among the suspended functions already. */
function withoutAwaiting(
  generators: readonly SuspendedGenerator[],
  standing: readonly Standing[],
): SuspendedGenerator[] {
  const placeOf = ([, url, line, column]: SiteFrame): string => `${url}:${line}:${column}`;
  const awaiting = new Set(standing.flatMap(({ frames }) => frames.map(placeOf)));
  return generators.filter(({ frame }) => !awaiting.has(placeOf(frame)));
}
