// What the recorder takes of the language and of Node. It is loaded when a trace is first asked for, and by then the program may have
// replaced or deleted any of this: so it is kept from when the profiler is loaded, which takes no time and makes nothing.
import async from "node:async_hooks";
import dc from "node:diagnostics_channel";
import { PerformanceObserver, performance } from "node:perf_hooks";
import process from "node:process";
import timers from "node:timers";
import { makeStackReader, type StackReader } from "../../target/stack-reader.ts";

const bound = <Act>(act: Act): Act => Function.prototype.call.bind(act as () => unknown) as Act;

export const early = {
  NumberOf: Number as typeof Number,
  MapOf: Map as typeof Map,
  PromiseOf: Promise as typeof Promise,
  Bytes: Uint8Array as typeof Uint8Array,
  Units: Uint16Array as typeof Uint16Array,
  Words: Int32Array as typeof Int32Array,
  Times: Float64Array as typeof Float64Array,
  atomicAdd: Atomics.add as typeof Atomics.add,
  atomicLoad: Atomics.load as typeof Atomics.load,
  atomicStore: Atomics.store as typeof Atomics.store,
  min: Math.min as typeof Math.min,
  hasOwn: Object.hasOwn as typeof Object.hasOwn,
  ownOf: Reflect.getOwnPropertyDescriptor as typeof Reflect.getOwnPropertyDescriptor,
  define: Reflect.defineProperty as typeof Reflect.defineProperty,
  forget: Reflect.deleteProperty as typeof Reflect.deleteProperty,
  symbolFor: Symbol.for as typeof Symbol.for,
  apply: Reflect.apply as typeof Reflect.apply,
  unitAt: bound(String.prototype.charCodeAt) as unknown as (text: string, at: number) => number,
  get: bound(Map.prototype.get) as unknown as <Key, Value>(map: Map<Key, Value>, key: Key) => Value | undefined,
  put: bound(Map.prototype.set) as unknown as <Key, Value>(map: Map<Key, Value>, key: Key, value: Value) => void,
  drop: bound(Map.prototype.delete) as unknown as <Key>(map: Map<Key, unknown>, key: Key) => void,
  each: bound(Map.prototype.forEach) as unknown as <Key, Value>(
    map: Map<Key, Value>,
    act: (value: Value, key: Key) => void,
  ) => void,
  indexIn: bound(String.prototype.indexOf) as unknown as (text: string, part: string) => number,
  sliceOf: bound(String.prototype.slice) as unknown as (text: string, from: number) => string,
  clock: performance.now.bind(performance) as () => number,
  bigint: process.hrtime.bigint as typeof process.hrtime.bigint,
  nodeTiming: performance.nodeTiming as typeof performance.nodeTiming,
  memoryUsage: process.memoryUsage as typeof process.memoryUsage,
  nextTick: process.nextTick as typeof process.nextTick,
  subscribe: dc.subscribe as typeof dc.subscribe,
  unsubscribe: dc.unsubscribe as typeof dc.unsubscribe,
  Observer: PerformanceObserver as typeof PerformanceObserver,
  WeakMapOf: WeakMap as typeof WeakMap,
  weakGet: bound(WeakMap.prototype.get) as unknown as <Value>(
    map: WeakMap<object, Value>,
    key: object,
  ) => Value | undefined,
  weakPut: bound(WeakMap.prototype.set) as unknown as <Value>(
    map: WeakMap<object, Value>,
    key: object,
    value: Value,
  ) => void,
  readStack: makeStackReader() as StackReader,
  builtin: process.getBuiltinModule as typeof process.getBuiltinModule,
  Store: async.AsyncLocalStorage as typeof async.AsyncLocalStorage,
  createHook: async.createHook as typeof async.createHook,
  setImmediate: timers.setImmediate as typeof timers.setImmediate,
  clearImmediate: timers.clearImmediate as typeof timers.clearImmediate,
} as const;
