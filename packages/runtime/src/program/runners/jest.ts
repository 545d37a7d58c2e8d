import Module from "node:module";
import type { Registry } from "../record/registry.ts";
import { shownFile } from "./shown-file.ts";

/** A test of jest's, or what it stands in. */
interface Block {
  readonly name: string;
  readonly concurrent?: boolean;
  readonly parent?: Block;
}

interface JestEvent {
  readonly name: string;
  readonly test?: Block;
}

type HandleTestEvent = (this: Environment, event: JestEvent, state: unknown) => unknown;

/** What jest runs a file of tests in, and tells of each test. */
interface Environment {
  readonly global?: Readonly<Record<symbol, { readonly state?: { readonly testPath?: string } } | undefined>>;
  handleTestEvent?: HandleTestEvent;
}

type EnvironmentClass = abstract new (...args: never) => Environment;

interface Exports {
  readonly TestEnvironment?: EnvironmentClass;
  readonly default?: EnvironmentClass;
}

const ENVIRONMENT = /jest-environment-|environment-jsdom-abstract/;
/** Under which jest keeps what `expect` knows of the file that runs. */
const EXPECT = Symbol.for("$$jest-matchers-object");
const ROOT = "ROOT_DESCRIBE_BLOCK";

/**
 * Hears of tests as jest's environments do, which it loads right before the first test. Tests do not see how: their modules are loaded by
 * jest itself.
 */
export function watchJest(known: Registry): void {
  const loader = Module as unknown as { _load: (...args: unknown[]) => unknown };
  const { _load: load } = loader;
  const followed = new WeakSet<EnvironmentClass>();
  loader._load = function (...args) {
    const exports = load.apply(this, args);
    if (typeof args[0] !== "string" || !ENVIRONMENT.test(args[0])) return exports;
    const { TestEnvironment, default: Default = TestEnvironment } = exports as Exports;
    if (Default !== undefined && !followed.has(Default)) {
      followed.add(Default);
      followEnvironment(Default, known);
    }
    return exports;
  };
}

/** Environments of others have this class above them. */
function followEnvironment({ prototype }: EnvironmentClass, known: Registry): void {
  const environment = prototype as Environment;
  const { handleTestEvent } = environment;
  environment.handleTestEvent = function (event, state) {
    noteEvent(event, this, known);
    return handleTestEvent?.call(this, event, state);
  };
}

function noteEvent({ name, test }: JestEvent, { global }: Environment, known: Registry): void {
  if (name === "test_done") known.runningTest = undefined;
  // Those that run at once cannot be told apart.
  if (name !== "test_start" || test === undefined || test.concurrent) return;
  const file = global?.[EXPECT]?.state?.testPath;
  const labels = { test: fullName(test), ...(file === undefined ? {} : { file: shownFile(file) }) };
  known.runningTest = () => labels;
}

function fullName({ name, parent }: Block): string {
  return parent === undefined || parent.name === ROOT ? name : `${fullName(parent)} > ${name}`;
}
