// What runs inside a thread of the program, to take what the language and Node give before the program has changed it. Also
// sent there as its source text, so it may use nothing of this file, and no global that the program may have taken away.

/** What the profiler's own code inside the program means by these names, whatever the program has made of its globals. */
export type Pristine = Readonly<Record<string, unknown>>;

/** Undefined where something is missing. `require`: of the inspector's console, which the program cannot take away. */
export function takePristine(
  global: Readonly<Record<string, unknown>>,
  require?: (name: string) => unknown,
): Pristine | undefined {
  const own = {}.constructor as ObjectConstructor;
  // What is a mere list of functions may be changed in place: copied.
  const lists = ["Object", "Reflect", "JSON", "Symbol", "Atomics"];
  const others =
    "Number String Array Map Set WeakMap WeakSet Promise Date Function ArrayBuffer SharedArrayBuffer BigInt64Array".split(
      " ",
    );
  const names = [...lists, ...others];
  const missing = names.filter((name) => global[name] === undefined || global[name] === null);
  // `Symbol.for` and most others do not care which realm they are of.
  const spare: Readonly<Record<string, unknown>> =
    missing.length === 0 || require === undefined
      ? {}
      : (require("node:vm") as typeof import("node:vm")).runInNewContext(`({ ${missing} })`);
  let node = global.process as NodeJS.Process | undefined;
  if (typeof node?.hrtime?.bigint !== "function") node = require?.("node:process") as NodeJS.Process | undefined;
  if (node === undefined) return undefined;
  const { hrtime, memoryUsage, versions, execArgv, on, off, getBuiltinModule } = node;
  if ([hrtime?.bigint, memoryUsage, on, off].some((one) => typeof one !== "function")) return undefined;
  if (typeof getBuiltinModule !== "function" && require === undefined) return undefined;
  let error: unknown;
  try {
    (undefined as unknown as { none: unknown }).none;
  } catch (thrown) {
    error = thrown;
  }
  const tell = (act: unknown, ...args: unknown[]): unknown =>
    (pristine.Reflect as typeof Reflect).apply(act as () => unknown, node, args);
  const pristine: Record<string, unknown> = {
    __proto__: null,
    globalThis: global,
    // The one by whose properties V8 makes stacks.
    Error: own.getPrototypeOf((error as TypeError).constructor),
    process: {
      hrtime: { bigint: hrtime.bigint },
      memoryUsage,
      versions,
      execArgv,
      on: (event: string, listener: () => void) => void tell(on, event, listener),
      off: (event: string, listener: () => void) => void tell(off, event, listener),
      getBuiltinModule: typeof getBuiltinModule === "function" ? getBuiltinModule : require,
    },
  };
  for (const name of names) {
    const value = (missing.includes(name) ? spare[name] : global[name]) as object | undefined;
    pristine[name] =
      value !== undefined && lists.includes(name) ? own.create(null, own.getOwnPropertyDescriptors(value)) : value;
  }
  return missing.some((name) => pristine[name] === undefined) ? undefined : pristine;
}

/** What an object has under the first symbol of this description. */
export function keptUnder(
  object: Readonly<Record<symbol, unknown>>,
  { getOwnPropertySymbols }: typeof Object,
  name: string,
): unknown {
  const symbols = getOwnPropertySymbols(object);
  for (let at = 0; at < symbols.length; at++) if (symbols[at]!.description === name) return object[symbols[at]!];
  return undefined;
}
