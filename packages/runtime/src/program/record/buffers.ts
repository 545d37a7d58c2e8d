// Hot: runs for each Buffer that JavaScript makes, 2 ns, and 10 to 16 µs for each that is sampled; bench/src/buffers.ts measures both.
import { Buffer } from "node:buffer";
import { types } from "node:util";
import type { FunctionPlace } from "../../exchange/own-places.ts";
import { makeStackReader, type SiteFrame } from "../../target/stack-reader.ts";
import { placeOf } from "./place-of.ts";
import { SamplePace } from "./sample-pace.ts";
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
  /** In how many bytes one is sampled now, on average. */
  readonly mean: number;
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
const { exp } = Math;
const { now } = Date;
const { isSharedArrayBuffer: isShared } = types;
const { call } = Function.prototype;
const getterOf = (prototype: object, key: string): ((of: object) => never) =>
  call.bind(getOwnPropertyDescriptor(prototype, key)!.get!) as (of: object) => never;
const TypedArray = getPrototypeOf(Uint8Array.prototype)!;
const bytesOf: (view: Uint8Array) => number = getterOf(TypedArray, "byteLength");
const memoryOf: (view: Uint8Array) => ArrayBuffer = getterOf(TypedArray, "buffer");
const sizeOf: (memory: ArrayBuffer) => number = getterOf(ArrayBuffer.prototype, "byteLength");
const isKnown = call.bind(WeakMap.prototype.has) as (map: object, key: object) => boolean;
const note = call.bind(WeakMap.prototype.set) as (map: object, key: object, value: Sample | undefined) => void;

/** Called when a Buffer is made that has the byte that was waited for; returns for how many bytes to wait. `isNew`: its memory is surely new. */
type Due = (view: Uint8Array, bytes: number, isNew: boolean) => number;

/**
 * Has all Buffers counted that JavaScript makes, the first after so many bytes; returns what ends it, and undefined where that
 * cannot be.
 *
 * All of Node's ways to make one (`Buffer.alloc`, `from`, `concat`, files, sockets) end in `new FastBuffer`, the class behind
 * `Buffer`, whose parent class is `Uint8Array`. Between the two a class is put that counts. Nothing that a program uses is
 * replaced: `Buffer`, its functions, its prototype and what they are called stay what they are, frozen or patched by others,
 * whoever has taken them before; only `Object.getPrototypeOf(Buffer[Symbol.species])` tells.
 */
function countBuffers(first: number, due: Due): (() => void) | undefined {
  const FastBuffer = (Buffer as unknown as Record<symbol, { readonly prototype: object }>)[Symbol.species]!;
  const Parent = getPrototypeOf(FastBuffer) as Uint8ArrayConstructor;
  if (FastBuffer.prototype !== Buffer.prototype || typeof Parent !== "function") return undefined;
  const PprofBufferBytes = counterOf(Parent, first, due);
  // V8 compiles what makes a Buffer again and again, 0.3 µs for each, where nothing was a subclass of this as it was made.
  void class extends PprofBufferBytes {};
  if (!setPrototypeOf(FastBuffer, PprofBufferBytes)) return undefined;
  return () => {
    // Somebody else may have put another one there since, which has this one above it.
    if (getPrototypeOf(FastBuffer) === PprofBufferBytes) setPrototypeOf(FastBuffer, Parent);
  };
}

/** The class that counts the bytes of its instances, and tells when those are over for which it waits. */
function counterOf(Parent: Uint8ArrayConstructor, first: number, due: Due): Uint8ArrayConstructor {
  let left = first;
  class PprofBufferBytes extends Parent {
    constructor(source: never, offset?: number, length?: number) {
      // Not within a `try`, which would take 10 ns.
      super(source, offset, length);
      if (typeof source === "number") {
        if (source > IN_HEAP) {
          left -= source;
          if (left < 0) left = due(this, source, true);
        }
      } else if (offset === undefined) {
        const bytes = bytesOf(this);
        if (bytes > IN_HEAP) {
          left -= bytes;
          if (left < 0) left = due(this, bytes, true);
        }
      } else if (typeof length === "number") {
        left -= length;
        if (left < 0) left = due(this, length, false);
      }
    }
  }
  return PprofBufferBytes as Uint8ArrayConstructor;
}

/** Where its constructor begins for V8's profilers: at the parameters. */
export function placeOfCounter(): FunctionPlace | undefined {
  const place = placeOf((tell) => void new (counterOf(Uint8Array, 0, tell))(IN_HEAP + 1));
  return place && { ...place, column: place.column + "constructor".length };
}

/**
 * Samples by bytes what JavaScript allocates through `Buffer`, as V8 samples its heap: a Buffer that has the byte which is due
 * stands for as many as would have been passed over.
 *
 * A sample is kept by the memory that it is of, in a WeakMap, so it goes when that goes, and holds nothing. `noted` hears of each.
 */
export function makeBufferSamples(noted?: NoteSample): BufferSamples {
  const live = new WeakMap<ArrayBuffer, Sample | undefined>();
  const stacks = makeStackTable();
  const pace = new SamplePace();
  const read = makeStackReader();
  let sinceMillis = 0;
  let refusal = "the program does not sample its memory";
  let uninstall: (() => void) | undefined;
  let busy = false;

  /** Called by the constructor alone, so that the stack is what `ABOVE` says. */
  const due: Due = (view, bytes, isNew) => {
    const mean = pace.mean;
    if (busy || mean === 0) return pace.gap();
    busy = true;
    const begun = pace.now();
    try {
      const memory = memoryOf(view);
      // A small part of memory is none that was allocated now. Shared memory would throw, which is an `Error` in a microtask, too.
      if (isShared(memory) || isKnown(live, memory) || (!isNew && bytes * 2 <= sizeOf(memory))) return pace.gap();
      const sites = read.sites(DEPTH + ABOVE + 1);
      const from = sites?.[ABOVE]?.getFunctionName() === "FastBuffer" ? ABOVE + 1 : ABOVE;
      if (!isNew && !isMaker(sites?.[from])) note(live, memory, undefined);
      else {
        const stack = sites === undefined ? stacks.ofFrames(read(2, DEPTH)) : stacks.of(sites, from);
        const objects = 1 / (1 - exp(-bytes / mean));
        stack.objects += objects;
        stack.bytes += objects * bytes;
        note(live, memory, { stack, objects });
        noted?.(memory, stack, objects, objects * bytes);
      }
    } catch {
      // The stack is full, or the program has patched what is used here: it is not to notice.
    } finally {
      pace.spend(begun);
      busy = false;
    }
    return pace.gap();
  };

  return {
    live,
    get sinceMillis() {
      return sinceMillis;
    },
    get mean() {
      return pace.mean;
    },
    get refusal() {
      return refusal;
    },
    watch(rate) {
      const isOn = rate > 0;
      pace.begin(isOn ? rate : 0);
      if (!isOn) {
        uninstall?.();
        uninstall = undefined;
        refusal = "memProfileRate (PPROF_MEM_RATE) is 0";
        return;
      }
      uninstall ??= countBuffers(pace.gap(), due);
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
