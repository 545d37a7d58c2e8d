import { RuntimeError } from "../../error.ts";
import { REGISTRY } from "../../exchange/registry-name.ts";
import type { BufferRow } from "../../program/record/buffers.ts";
import { type Evaluated, evaluate } from "../inspector/evaluate.ts";
import type { Session } from "../inspector/session.ts";

/** The Buffers of a thread, as the program samples them itself. */
export interface Buffers {
  readonly rows: readonly BufferRow[];
  /** What is to be said of them. */
  readonly comment: string;
}

interface Described {
  readonly mean: number;
  readonly sinceMillis: number;
  readonly refusal: string;
}

interface Property {
  readonly name: string;
  readonly value?: { readonly objectId?: string };
}

const GROUP = "pprof buffers";
/** What memory outside of the heap is in no sample. */
const REST =
  "(array buffers) is what was allocated otherwise: by ArrayBuffer and typed arrays, by native code (bodies of HTTP requests, digests, addons), and before";

/**
 * Reads the samples of Buffers. What of them is alive, the inspector tells, as the entries of a WeakMap; to the program itself
 * they are not told, and nothing is held by them but while this lasts.
 */
export async function readBuffers(session: Session): Promise<Buffers> {
  try {
    return await read(session);
  } catch (error) {
    return { rows: [], comment: refused(error instanceof Error ? error.message : String(error)) };
  }
}

async function read(session: Session): Promise<Buffers> {
  const kept = await evaluate(session, `globalThis[Symbol.for(${JSON.stringify(REGISTRY)})]?.buffers`, {
    objectGroup: GROUP,
  });
  const { objectId } = kept.result;
  if (objectId === undefined) return { rows: [], comment: refused("the program does not have this package") };
  try {
    const { refusal, sinceMillis, mean } = await call<Described>(
      session,
      objectId,
      "function () { return { refusal: this.refusal, sinceMillis: this.sinceMillis, mean: this.mean }; }",
    );
    if (refusal !== "" && sinceMillis === 0) return { rows: [], comment: refused(refusal) };
    const { result } = await session.post<{ result: readonly Property[] }>("Runtime.getProperties", {
      objectId,
      ownProperties: true,
    });
    const live = result.find(({ name }) => name === "live")!.value!.objectId!;
    const { internalProperties } = await session.post<{ internalProperties: readonly Property[] }>(
      "Runtime.getProperties",
      { objectId: live, ownProperties: true },
    );
    const entries = internalProperties.find(({ name }) => name === "[[Entries]]")!.value!.objectId!;
    const rows = await call<BufferRow[]>(
      session,
      objectId,
      "function (entries) { return this.rows(entries); }",
      entries,
    );
    const since = new Date(sinceMillis).toISOString();
    const ended = refusal === "" ? "" : `, but no more, for ${refusal}`;
    return { rows, comment: `Buffers are sampled since ${since}, now one each ${mean} bytes${ended}; ${REST}` };
  } finally {
    await session.post("Runtime.releaseObjectGroup", { objectGroup: GROUP }).catch(() => {});
  }
}

/** What was allocated since then; what is alive is that of now. Each stack keeps its place. */
export function buffersSince(before: readonly BufferRow[], after: readonly BufferRow[]): BufferRow[] {
  return after.map((row, place) => {
    const { objects = 0, bytes = 0 } = before[place] ?? {};
    return { ...row, objects: row.objects - objects, bytes: row.bytes - bytes };
  });
}

function refused(why: string): string {
  return `Buffers are not sampled: ${why}; (array buffers) is the memory of all of them`;
}

async function call<Value>(session: Session, objectId: string, text: string, argument?: string): Promise<Value> {
  const { result, exceptionDetails } = await session.post<Evaluated<Value>>("Runtime.callFunctionOn", {
    objectId,
    functionDeclaration: text,
    arguments: argument === undefined ? [] : [{ objectId: argument }],
    returnByValue: true,
    silent: true,
  });
  if (exceptionDetails !== undefined) throw new RuntimeError(`what counts them has failed: ${exceptionDetails.text}`);
  return result.value;
}
