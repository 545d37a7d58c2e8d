import type { AsyncLocalStorage } from "node:async_hooks";
import { channel } from "node:diagnostics_channel";
import type { Labels } from "../../target/stack-reader.ts";
import { type Registry, registry } from "../record/registry.ts";
import { watchJest } from "./jest.ts";
import { shownFile } from "./shown-file.ts";

/** A file, suite or test of vitest's. */
interface Task {
  readonly type: "suite" | "test";
  readonly name: string;
  readonly concurrent?: boolean;
  readonly suite?: Task;
  readonly file?: { readonly filepath: string };
}

/** What vitest keeps for its runner, in each thread or process of tests. */
interface VitestState {
  current: Task | undefined;
}

/** What Node publishes as a test of `node:test` starts. */
interface NodeTest {
  readonly name: string;
  readonly file: string | undefined;
  readonly type: string;
}

const store = globalThis as { readonly __vitest_worker__?: VitestState };
const { defineProperty } = Object;
// Tests may put others in their place.
const soon = setImmediate;
/** Its command, by whatever name, and the processes that it starts. */
const JEST = /jest/;
const VITEST_WORKER = /[\\/]vitest[\\/]dist[\\/]workers[\\/]/;

/** Has samples say which test they are of: `test` and `file`. Nothing is added to a runner that is not there. */
export function watchTests(): void {
  const known = registry();
  known.labelled[0] = 1;
  watchNodeTests(known.labels);
  const script = process.argv[1] ?? "";
  if (VITEST_WORKER.test(script)) watchVitest(known);
  else if (JEST.test(script)) watchJest(known);
}

/**
 * Looks in each turn of the event loop whether there is another state: tests begin some turns after that is there. What is not referred to
 * runs as the loop turns anyway, and neither turns it nor keeps it from ending.
 */
function watchVitest(known: Registry): void {
  known.runningTest = () => {
    const current = store.__vitest_worker__?.current;
    // One of those that run at once is told by what it was called in alone.
    return current === undefined || current.concurrent ? undefined : labelsOf(current);
  };
  let followed: VitestState | undefined;
  const look = (): void => {
    const state = store.__vitest_worker__;
    if (state !== undefined && state !== followed) {
      followed = state;
      followVitest(state, known.labels);
    }
    soon(look).unref();
  };
  look();
}

/** Node publishes it from 24 on; what the test does has the labels, across its awaits. */
function watchNodeTests(labels: AsyncLocalStorage<Labels>): void {
  channel("tracing:node.test:start").bindStore(labels, (data) => {
    const { name, file, type } = data as NodeTest;
    const around = labels.getStore();
    if (type !== "test") return { ...around, ...(file === undefined ? {} : { file: shownFile(file) }) };
    const test = around?.test === undefined ? name : `${around.test} > ${name}`;
    return { ...around, test, ...(file === undefined ? {} : { file: shownFile(file) }) };
  });
}

/**
 * Vitest notes each test as it begins it, in the call that goes on to await all of the test: what is entered there holds in that test
 * alone, though others run at the same time.
 */
function followVitest(state: VitestState, labels: AsyncLocalStorage<Labels>): void {
  let current = state.current;
  defineProperty(state, "current", {
    configurable: true,
    enumerable: true,
    get: () => current,
    set(task: Task | undefined) {
      current = task;
      labels.enterWith(task === undefined ? {} : labelsOf(task));
    },
  });
}

function labelsOf(task: Task): Labels {
  const file = task.file === undefined ? {} : { file: shownFile(task.file.filepath) };
  return task.type === "test" ? { ...file, test: fullName(task) } : file;
}

function fullName({ suite, name }: Task): string {
  return suite === undefined ? name : `${fullName(suite)} > ${name}`;
}
