import type { Profile, ValueType } from "../../profile.ts";
import { isProgram } from "../build/memory-map.ts";
import { SymbolSamples } from "../build/symbol-samples.ts";

/** A function by its name, file and object. */
export interface CallgrindFunction {
  readonly name: string;
  readonly file: string;
  readonly object: string;
}

/** What a function cost at one line; what is left of it while stacks are put together. */
interface Cost {
  readonly file: string;
  readonly line: number;
  readonly values: number[];
}

interface Call {
  readonly line: number;
  cost: number;
}

interface FunctionNode extends CallgrindFunction {
  /** By file and line. */
  readonly costs: Map<number, Cost>;
  readonly calls: Map<number, Call>;
  hasCaller: boolean;
}

/** Calls that carry less than this part of everything are not followed: what they cost stands without its callers. */
const SMALLEST_PART = 1e-4;

/** One way of calling a function, and the part of the function's cost that comes by it. */
interface Context {
  readonly fn: number;
  readonly part: number;
  readonly caller: Context | undefined;
  /** The location of the call, in the caller. */
  readonly call: number;
}

/** What functions cost and whom they call, without stacks; puts those together. */
export class CallGraph {
  readonly #types: readonly ValueType[];
  readonly #functions: FunctionNode[] = [];
  readonly #byName = new Map<string, number>();
  readonly #files = new Map<string, number>();

  readonly #inputBytes: number;

  constructor(types: readonly ValueType[], inputBytes: number) {
    this.#types = types;
    this.#inputBytes = inputBytes;
  }

  /** The row of a function. */
  row(fn: CallgrindFunction): number {
    const key = `${fn.object}\n${fn.file}\n${fn.name}`;
    let row = this.#byName.get(key);
    if (row === undefined) {
      row = this.#functions.push({ ...fn, costs: new Map(), calls: new Map(), hasCaller: false }) - 1;
      this.#byName.set(key, row);
    }
    return row;
  }

  /** Adds what a function cost at a line of a file. */
  self(fn: number, file: string, line: number, values: number[]): void {
    let fileRow = this.#files.get(file);
    if (fileRow === undefined) {
      fileRow = this.#files.size;
      this.#files.set(file, fileRow);
    }
    const { costs } = this.#functions[fn]!;
    const key = fileRow * 2 ** 32 + line;
    const known = costs.get(key);
    if (known === undefined) costs.set(key, { file, line, values });
    else for (let i = 0; i < values.length; i++) known.values[i]! += values[i]!;
  }

  /** Adds a call and what it cost, all that it led to included. */
  call(caller: number, callee: number, line: number, values: readonly number[]): void {
    // A function that calls itself is within its own cost already.
    if (caller === callee) return;
    const { calls } = this.#functions[caller]!;
    const known = calls.get(callee);
    if (known === undefined) calls.set(callee, { line, cost: values[0] ?? 0 });
    else known.cost += values[0] ?? 0;
    this.#functions[callee]!.hasCaller = true;
  }

  profile(): Profile {
    const types = this.#types;
    const out = new SymbolSamples(
      { sampleTypes: types, ...(types[0] === undefined ? {} : { periodType: types[0] }) },
      this.#inputBytes,
    );
    const location = locations(out, this.#functions);
    const self = this.#functions.map(({ costs }) => sum([...costs.values()].map(({ values }) => values[0] ?? 0)));
    const total = this.#functions.map(
      ({ calls }, row) => self[row]! + sum([...calls.values()].map(({ cost }) => cost)),
    );
    const smallest = sum(self) * SMALLEST_PART;
    const left = this.#functions.map(({ costs }) => [...costs.values()].reverse());
    const open: Context[] = [];
    this.#functions.forEach(({ hasCaller }, fn) => {
      if (!hasCaller) open.push({ fn, part: 1, caller: undefined, call: -1 });
    });
    for (let context = open.pop(); context !== undefined; context = open.pop()) {
      const { fn, part } = context;
      const stack = callers(context);
      take(left[fn]!, self[fn]! * part, (cost, values) =>
        out.add([location(fn, cost.line, cost.file), ...stack], values),
      );
      for (const [callee, { line, cost }] of this.#functions[fn]!.calls) {
        const carried = cost * part;
        if (carried < smallest || !(total[callee]! > 0) || isWithin(context, callee)) continue;
        open.push({
          fn: callee,
          part: Math.min(carried / total[callee]!, 1),
          caller: context,
          call: location(fn, line),
        });
      }
    }
    left.forEach((costs, fn) => {
      for (const cost of costs)
        if (cost.values.some((value) => value !== 0)) out.add([location(fn, cost.line, cost.file)], cost.values);
    });
    return out.build();
  }
}

/** Gives the location of a function at a line. */
function locations(
  out: SymbolSamples,
  functions: readonly FunctionNode[],
): (fn: number, line: number, file?: string) => number {
  // The first mapping is taken for the program.
  const main = functions.findIndex(({ object }) => isProgram(object));
  const objects = new Set([...functions.slice(Math.max(main, 0)), ...functions].map(({ object }) => object));
  const mappings = new Map(Array.from(objects, (filename) => [filename, out.mapping({ filename })]));
  return (fn, line, file) => {
    const { name, object, file: own } = functions[fn]!;
    const mapping = mappings.get(object)!;
    return out.location({ name: name || "(unknown)", filename: file ?? own, line, mapping });
  };
}

/** The locations of the calls that lead to a context, the nearest first. */
function callers(context: Context): number[] {
  const stack: number[] = [];
  for (let at: Context | undefined = context; at?.caller !== undefined; at = at.caller) stack.push(at.call);
  return stack;
}

function isWithin(context: Context, fn: number): boolean {
  for (let at: Context | undefined = context; at !== undefined; at = at.caller) if (at.fn === fn) return true;
  return false;
}

/** Takes so much of the first type off the end of what is left, a line after the other. */
function take(left: Cost[], wanted: number, give: (cost: Cost, values: number[]) => void): void {
  let rest = wanted;
  while (left.length > 0 && rest > 0) {
    const cost = left.at(-1)!;
    const first = cost.values[0] ?? 0;
    if (first <= rest + 1e-6) {
      left.pop();
      if (cost.values.some((value) => value !== 0)) give(cost, cost.values);
      rest -= first;
      continue;
    }
    const part = cost.values.map((value) => Math.floor((value * rest) / first));
    if (part.some((value) => value !== 0)) give(cost, part);
    for (let i = 0; i < part.length; i++) cost.values[i]! -= part[i]!;
    return;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
