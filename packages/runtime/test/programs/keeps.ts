// Ordinary asynchronous code in a program that keeps, sees or forbids what few programs do: `keeps.js MODE [WORKERS]`.
import { createHook } from "node:async_hooks";
import { EventEmitter, once } from "node:events";
import { Session } from "node:inspector";
import { setTimeout as sleep } from "node:timers/promises";
import { runInNewContext } from "node:vm";
import { isMainThread, Worker, workerData } from "node:worker_threads";

const MOST = 20_000;
const kept: unknown[] = [];
let next = 0;
function keep(value: unknown): void {
  kept[next++ % MOST] = value;
}

/** Replaces a method by one that keeps what it is called with. */
// biome-ignore lint/suspicious/noExplicitAny: any prototype's.
function watch(prototype: any, name: string): void {
  const original = prototype[name];
  prototype[name] = function watched(this: unknown, ...args: unknown[]) {
    keep(this);
    for (const arg of args) keep(arg);
    return Reflect.apply(original, this, args);
  };
}

const modes: Record<string, () => void> = {
  plain() {},
  asyncHooks: () => void createHook({ init: (_id, _type, _trigger, resource) => keep(resource) }).enable(),
  promises() {
    for (const name of ["then", "catch", "finally"]) watch(Promise.prototype, name);
  },
  collections() {
    for (const { prototype } of [Map, WeakMap]) for (const name of ["get", "set", "has"]) watch(prototype, name);
    for (const { prototype } of [Set, WeakSet]) for (const name of ["add", "has"]) watch(prototype, name);
  },
  functions() {
    for (const name of ["toString", "call", "apply"]) watch(Function.prototype, name);
  },
  inspector() {
    const session = new Session();
    session.connect();
    const globals = globalThis as { found?: object[] };
    const look = `function () { globalThis.found = (globalThis.found ?? []).concat(this.slice(-2000)).slice(-8000); }`;
    setInterval(() => {
      for (const expression of ["Function.prototype", "Object.prototype"]) {
        session.post("Runtime.evaluate", { expression }, (_error, { result }) => {
          session.post("Runtime.queryObjects", { prototypeObjectId: result.objectId! }, (_none, { objects }) => {
            const { objectId } = objects;
            session.post("Runtime.callFunctionOn", { objectId: objectId!, functionDeclaration: look }, () => {
              for (const one of globals.found ?? []) keep(one);
            });
          });
        });
      }
    }, 2000);
  },
  errors() {
    Error.prepareStackTrace = () => {
      throw new Error("not now");
    };
    Object.defineProperty(Error, "stackTraceLimit", {
      get: () => 3,
      set: () => {
        throw new Error("not now");
      },
    });
  },
  frozen: () => void [Error, Promise, Promise.prototype, Function.prototype].map(Object.freeze),
  ownPromise() {
    const own = class Zone<T> extends Promise<T> {};
    watch(own.prototype, "then");
    globalThis.Promise = own as PromiseConstructor;
  },
};

async function leaf(): Promise<void> {
  await sleep(Math.random() * 20);
}

async function work(depth: number): Promise<void> {
  await leaf();
  if (depth > 0) await work(depth - 1);
}

async function* items(): AsyncGenerator<number> {
  for (let i = 0; i < 3; i++) {
    await leaf();
    yield i;
  }
}

async function event(): Promise<void> {
  const emitter = new EventEmitter();
  setTimeout(() => emitter.emit("it"), 3);
  await once(emitter, "it");
}

async function shared(): Promise<void> {
  const one = leaf();
  const waits = async (): Promise<void> => one;
  await Promise.allSettled([waits(), waits(), Promise.any([waits(), Promise.reject(new Error("no"))])]);
}

const kinds: readonly (() => Promise<unknown>)[] = [
  () => work(3),
  () => Promise.all([work(1), leaf()]),
  () => Promise.race([leaf(), new Promise(() => {})]),
  event,
  shared,
  async () => {
    for await (const _ of items()) if (Math.random() < 0.2) break;
  },
  () => runInNewContext("(async (wait) => { await wait(); })")(leaf),
];

async function turns(): Promise<void> {
  for (;;) await kinds[Math.floor(Math.random() * kinds.length)]!();
}

const [mode, workers] = isMainThread ? process.argv.slice(2) : [workerData as string];
modes[mode ?? "plain"]!();
for (let i = 0; i < 20; i++) void turns();
async function standsStill(): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, 3_600_000));
}
void standsStill();
for (let i = 0; i < Number(workers ?? 0); i++) new Worker(new URL(import.meta.url), { workerData: mode });
