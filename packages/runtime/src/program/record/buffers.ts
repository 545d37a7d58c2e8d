// Hot: runs for each Buffer that JavaScript makes, XX ns, and about XX µs for each that is sampled; bench/src/buffers.ts measures
// both, and what they cost a server of files and sockets.
import { Buffer } from "node:buffer";
import { makeStackReader, type SiteFrame } from "../../target/stack-reader.ts";
import { makeStackTable, type Stack } from "./stack-table.ts";

/** What one stack has allocated through `Buffer`, as its samples stand for. */
export interface BufferRow {
  readonly frames: readonly SiteFrame[];
  /** All of it since sampling began. */
  readonly objects: number;
  readonly bytes: number;
  /** What of it is alive. */
  readonly liveObjects: number;
  readonly liveBytes: number;
}

/** Memory that was sampled, and how many Buffers like it that stands for. */
interface Sample {
  readonly stack: Stack;
  readonly objects: number;
}

/** Hears of memory that was sampled, and what it stands for. */
export type NoteSample = (memory: ArrayBuffer, stack: Stack, objects: number, bytes: number) => void;

/** The Buffers of this thread, sampled. The agent reads it with the inspector, which alone can list what is in `live`. */
export interface BufferSamples {
  /** Memory that was looked at and is still there; undefined: others have allocated it. */
  readonly live: WeakMap<ArrayBuffer, Sample | undefined>;
  /** Since when, in milliseconds since 1970; 0: never. */
  readonly sinceMillis: number;
  /** Why there are none, or no more; "": there are. */
  readonly refusal: string;
  /** Samples one Buffer in so many bytes from now on, on average; 0: none. */
  watch(rate: number): void;
  rows(entries: readonly { readonly key: ArrayBuffer; readonly value: Sample | undefined }[]): BufferRow[];
}

/** Up to this size the bytes of a typed array are in V8's heap, whose sampler counts them. */
const IN_HEAP = 64;
const DEPTH = 64;
/** The functions above the one that makes a Buffer: two of the stack reader, `due` and the constructor. */
const ABOVE = 4;

// The program may replace all of these as it runs.
const { getPrototypeOf, setPrototypeOf, getOwnPropertyDescriptor } = Reflect;
const { captureStackTrace } = Error;
const { log, exp } = Math;
const { now } = Date;
const { call } = Function.prototype;
const getterOf = (prototype: object, key: string): ((of: object) => never) =>
  call.bind(getOwnPropertyDescriptor(prototype, key)!.get!) as (of: object) => never;
const TypedArray = getPrototypeOf(Uint8Array.prototype)!;
const bytesOf: (view: Uint8Array) => number = getterOf(TypedArray, "byteLength");
const memoryOf: (view: Uint8Array) => ArrayBuffer = getterOf(TypedArray, "buffer");
const sizeOf: (memory: ArrayBuffer) => number = getterOf(ArrayBuffer.prototype, "byteLength");
const isKnown = call.bind(WeakMap.prototype.has) as (map: object, key: object) => boolean;
const note = call.bind(WeakMap.prototype.set) as (map: object, key: object, value: Sample | undefined) => void;

/**
 * Samples by bytes what JavaScript allocates through `Buffer`, as V8 samples its heap: each byte is as likely as any other, one
 * in `rate`, and a Buffer that has such a byte stands for as many as would have been passed over.
 *
 * All of Node's ways to make one (`Buffer.alloc`, `from`, `concat`, files, sockets) end in `new FastBuffer`, the class behind
 * `Buffer`, whose parent class is `Uint8Array`. Between the two a class is put that counts. Nothing that a program uses is
 * replaced: `Buffer`, its functions, its prototype and what they are called stay what they are, frozen or patched by others,
 * whoever has taken them before; only `Object.getPrototypeOf(Buffer[Symbol.species])` tells.
 *
 * A sample is kept by the memory that it is of, in a WeakMap, so it goes when that goes, and holds nothing. `noted` hears of each.
 */
export function makeBufferSamples(noted?: NoteSample): BufferSamples {
  const live = new WeakMap<ArrayBuffer, Sample | undefined>();
  const stacks = makeStackTable();
  const read = makeStackReader();
  let rate = 0;
  let sinceMillis = 0;
  let refusal = "the program does not sample its memory";
  let uninstall: (() => void) | undefined;
  let busy = false;
  /** So many bytes until the next sample: a small integer, which V8 keeps without allocating. */
  let left = 0;

  // Not the program's `Math.random`, which it may count on to give the same numbers each time.
  let seed = (now() & 0x7fffffff) | 1;
  const gap = (): number => {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    const bytes = -log(((seed >>> 0) + 0.5) / 2 ** 32) * rate;
    return bytes < 2 ** 30 ? bytes | 0 : 2 ** 30;
  };

  /** Called by the constructor alone, so that the stack is what `ABOVE` says. */
  const due = (view: Uint8Array, bytes: number, isNew: boolean): void => {
    left = gap();
    if (busy || rate === 0) return;
    busy = true;
    try {
      const memory = memoryOf(view);
      // A small part of memory is none that was allocated now; shared memory throws.
      if (isKnown(live, memory) || (!isNew && bytes * 2 <= sizeOf(memory))) return;
      const sites = read.sites(DEPTH + ABOVE + 1);
      const from = sites?.[ABOVE]?.getFunctionName() === "FastBuffer" ? ABOVE + 1 : ABOVE;
      if (!isNew && !isMaker(sites?.[from])) {
        note(live, memory, undefined);
        return;
      }
      const stack = stacks.of(sites, from);
      const objects = 1 / (1 - exp(-bytes / rate));
      stack.objects += objects;
      stack.bytes += objects * bytes;
      note(live, memory, { stack, objects });
      noted?.(memory, stack, objects, objects * bytes);
    } catch {
      // The stack is full, or the program has patched what is used here: it is not to notice.
    } finally {
      busy = false;
    }
  };

  const install = (): (() => void) | undefined => {
    const FastBuffer = (Buffer as unknown as Record<symbol, { readonly prototype: object }>)[Symbol.species]!;
    const Parent = getPrototypeOf(FastBuffer) as Uint8ArrayConstructor;
    if (FastBuffer.prototype !== Buffer.prototype || typeof Parent !== "function") return undefined;
    // Its name tells it in profiles (`own-frames.ts`).
    class PprofBufferBytes extends Parent {
      constructor(source: never, offset?: number, length?: number) {
        try {
          super(source, offset, length);
        } catch (error) {
          // There is no memory. With anything but a number code of the program's may have run, whose error is its own.
          if (typeof source === "number") captureStackTrace(error as Error, PprofBufferBytes);
          throw error;
        }
        if (typeof source === "number") {
          if (source > IN_HEAP) {
            left -= source;
            if (left < 0) due(this, source, true);
          }
        } else if (offset === undefined) {
          const bytes = bytesOf(this);
          if (bytes > IN_HEAP) {
            left -= bytes;
            if (left < 0) due(this, bytes, true);
          }
        } else if (typeof length === "number") {
          left -= length;
          if (left < 0) due(this, length, false);
        }
      }
    }
    if (!setPrototypeOf(FastBuffer, PprofBufferBytes)) return undefined;
    return () => {
      // Somebody else may have put another one there since, which has this one above it.
      if (getPrototypeOf(FastBuffer) === PprofBufferBytes) setPrototypeOf(FastBuffer, Parent);
    };
  };

  return {
    live,
    get sinceMillis() {
      return sinceMillis;
    },
    get refusal() {
      return refusal;
    },
    watch(given) {
      rate = given;
      if (given === 0) {
        uninstall?.();
        uninstall = undefined;
        refusal = "memProfileRate (PPROF_MEM_RATE) is 0";
        return;
      }
      left = gap();
      uninstall ??= install();
      if (uninstall !== undefined && sinceMillis === 0) sinceMillis = now();
      refusal = uninstall === undefined ? "the program has changed or frozen what Node makes them with" : "";
    },
    rows(entries) {
      const rows = stacks.all.map((stack) => ({ ...stack, liveObjects: 0, liveBytes: 0 }));
      // The inspector's list has no iterator.
      for (let i = 0; i < entries.length; i++) {
        const { key, value } = entries[i]!;
        if (value === undefined) continue;
        const row = rows[value.stack.number]!;
        // Of what was handed to another thread, nothing is left here.
        const bytes = sizeOf(key);
        if (bytes === 0) continue;
        row.liveObjects += value.objects;
        row.liveBytes += value.objects * bytes;
      }
      return rows;
    },
  };
}

/** Whether it is a function of Node's that makes a Buffer of memory which nobody has had before. */
// biome-ignore lint/suspicious/noExplicitAny: V8's call sites differ between versions of Node.
function isMaker(site: any): boolean {
  const name: unknown = site?.getFunctionName();
  if (name !== "onStreamRead" && name !== "createUnsafeAlignedBuffer") return false;
  const url: string = site.getFileName();
  return url === "node:internal/stream_base_commons" || url === "node:internal/buffer";
}
