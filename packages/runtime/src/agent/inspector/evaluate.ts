import { RuntimeError } from "../../error.ts";
import { REGISTRY } from "../../exchange/registry-name.ts";
import { keptUnder, takePristine } from "../../target/pristine.ts";
import type { Session } from "./session.ts";

/** What the code that is sent into the program to profile it calls its script. */
export const OWN_SOURCE = "pprof:";

/** What text evaluates to, as the inspector tells it. */
export interface Evaluated<Value> {
  readonly result: { readonly value: Value; readonly objectId?: string };
  readonly exceptionDetails?: {
    readonly text: string;
    readonly exception?: { readonly description?: string };
    /** Of a session whose `Runtime` is enabled. */
    readonly stackTrace?: { readonly callFrames: readonly Called[] };
  };
}

/** A call on the stack, and where that stands; line and column from 0. */
export interface Called {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

export interface EvaluateOptions {
  readonly returnByValue?: boolean;
  readonly awaitPromise?: boolean;
  readonly objectGroup?: string;
  /** See `Session`. */
  readonly atOnce?: boolean;
}

interface Property {
  readonly name: string;
  readonly value?: { readonly objectId?: string };
}

/** In what is evaluated these names mean what `takePristine` has taken. */
const NAMES =
  "globalThis, process, Error, Object, Reflect, JSON, Symbol, Atomics, Number, String, Array, Map, Set, WeakMap, WeakSet, Promise, Date, Function, ArrayBuffer, SharedArrayBuffer, BigInt64Array";
/** The inspector's handle of the object that has them, for each thread. */
const handles = new WeakMap<Session, Promise<string>>();

/**
 * Evaluates an expression in a thread of the program. The program may have deleted or replaced its globals, or watch who
 * reads them: in the expression they mean what they did before it ran, and else, in threads that had nothing of this
 * package then, what is found there.
 */
export async function evaluate<Value = unknown>(
  session: Session,
  expression: string,
  { atOnce = false, ...options }: EvaluateOptions = {},
): Promise<Evaluated<Value>> {
  let handle = handles.get(session);
  if (handle === undefined) {
    handle = findPristine(session);
    handles.set(session, handle);
  }
  try {
    const functionDeclaration = `function () { const { ${NAMES} } = this; return (${expression}); }\n//# sourceURL=${OWN_SOURCE}\n`;
    const objectId = await handle;
    const params = { objectId, functionDeclaration, silent: true, ...options };
    return await session.post("Runtime.callFunctionOn", params, atOnce);
  } catch (error) {
    // Whatever it was, such as a client that has had all handles let go: the next time it is looked for anew.
    handles.delete(session);
    throw error;
  }
}

async function findPristine(session: Session): Promise<string> {
  const registry = await findRegistry(session);
  const kept = registry && (await propertyOf(session, registry, "pristine"));
  if (kept !== undefined) return kept;
  for (const includeCommandLineAPI of [false, true]) {
    const require = includeCommandLineAPI ? 'typeof require === "function" ? require : undefined' : "undefined";
    const taken = await session.post<Evaluated<unknown>>("Runtime.evaluate", {
      expression: `(${takePristine})(this, ${require})\n//# sourceURL=${OWN_SOURCE}`,
      includeCommandLineAPI,
      silent: true,
    });
    if (taken.exceptionDetails === undefined && taken.result.objectId !== undefined) return taken.result.objectId;
  }
  throw new RuntimeError("the thread has begun or is about to end, or its program has taken Node's own functions away");
}

/** The handle of what the program keeps there, if anything. */
async function findRegistry(session: Session): Promise<string | undefined> {
  // Not by listing what is global: V8 then reads each value, and so has Node load what it loads when somebody first asks for it, such
  // as 90 modules for `WebSocket` from 22 on, in the program's thread and by its globals: without `WebAssembly` that ends it.
  const expression = `(${keptUnder})(this, {}.constructor, "${REGISTRY}")\n//# sourceURL=${OWN_SOURCE}`;
  const { result, exceptionDetails } = await session.post<Evaluated<unknown>>("Runtime.evaluate", {
    expression,
    silent: true,
  });
  if (exceptionDetails === undefined) return result.objectId;
  // The program has changed what that takes. The inspector lists without a word to it.
  const global = await session.post<Evaluated<unknown>>("Runtime.evaluate", { expression: "this", silent: true });
  return propertyOf(session, global.result.objectId!, `Symbol(${REGISTRY})`);
}

async function propertyOf(session: Session, objectId: string, name: string): Promise<string | undefined> {
  const { result } = await session.post<{ result: readonly Property[] }>("Runtime.getProperties", {
    objectId,
    ownProperties: true,
  });
  return result.find((property) => property.name === name)?.value?.objectId;
}
