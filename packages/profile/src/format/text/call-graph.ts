import type { Profile, ValueType } from "../../profile.ts";
import { isProgram } from "../build/memory-map.ts";
import { SymbolSamples } from "../build/symbol-samples.ts";

/** A function by the rows of its name, file and object among the names. */
export interface CallgrindFunction {
  readonly name: number;
  readonly file: number;
  readonly object: number;
}

/** What a function cost at one line; what is left of it while stacks are put together. */
interface Cost {
  readonly file: number;
  readonly line: number;
  /** Zeros at the end may be left out. */
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
/** What a way of calling counts for, in memory and in time, whether it gives a sample or not. */
const CONTEXT = 16;

/** One way of calling a function, and the part of the function's cost that comes by it. */
interface Context {
  readonly fn: number;
  readonly part: number;
  /** How many calls led to it. */
  readonly depth: number;
  /** The line of the last of them, in the caller. */
  readonly line: number;
}

/** What functions cost and whom they call, without stacks; puts those together. */
export class CallGraph {
  readonly #types: readonly ValueType[];
  readonly #texts: readonly string[];
  readonly #functions: FunctionNode[] = [];
  readonly #byName = new Map<string, number>();
  readonly #stackBytes: number;

  /** `texts` are the names that functions and files are rows of. */
  constructor(types: readonly ValueType[], texts: readonly string[], stackBytes: number) {
    this.#types = types;
    this.#texts = texts;
    this.#stackBytes = stackBytes;
  }

  /** The row of a function. */
  row(fn: CallgrindFunction): number {
    const key = `${fn.object},${fn.file},${fn.name}`;
    let row = this.#byName.get(key);
    if (row === undefined) {
      row = this.#functions.push({ ...fn, costs: new Map(), calls: new Map(), hasCaller: false }) - 1;
      this.#byName.set(key, row);
    }
    return row;
  }

  /** Adds what a function cost at a line of a file. */
  self(fn: number, file: number, line: number, values: number[]): void {
    const { costs } = this.#functions[fn]!;
    const key = file * 2 ** 32 + line;
    const known = costs.get(key);
    if (known === undefined) costs.set(key, { file, line, values });
    else for (let i = 0; i < values.length; i++) known.values[i] = (known.values[i] ?? 0) + values[i]!;
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
      this.#stackBytes,
    );
    const location = locations(out, this.#functions, this.#texts);
    const add = (stack: readonly number[], values: readonly number[]): void =>
      out.add(
        stack,
        types.map((_, i) => values[i] ?? 0),
      );
    const self = this.#functions.map(({ costs }) => sum([...costs.values()].map(({ values }) => values[0] ?? 0)));
    const left = this.#functions.map(({ costs }) => [...costs.values()].reverse());
    this.#walk(out, self, location, (fn, part, callers) =>
      take(left[fn]!, self[fn]! * part, (cost, values) =>
        add([location(fn, cost.line, cost.file), ...callers()], values),
      ),
    );
    left.forEach((costs, fn) => {
      for (const cost of costs)
        if (cost.values.some((value) => value !== 0)) add([location(fn, cost.line, cost.file)], cost.values);
    });
    return out.build();
  }

  /** Gives each way of calling each function, the part of its cost that comes by it, and the calls that lead there, the nearest first. */
  #walk(
    out: SymbolSamples,
    self: readonly number[],
    location: LocationOf,
    visit: (fn: number, part: number, callers: () => number[]) => void,
  ): void {
    const functions = this.#functions;
    const total = functions.map(({ calls }, row) => self[row]! + sum([...calls.values()].map(({ cost }) => cost)));
    const smallest = sum(self) * SMALLEST_PART;
    // Without a cost there is nothing to share out among callers, and nothing that would end the walk.
    if (!(smallest > 0)) return;
    const open: Context[] = [];
    functions.forEach(({ hasCaller }, fn) => {
      if (!hasCaller) open.push({ fn, part: 1, depth: 0, line: 0 });
    });
    /** The way to the context at work, and whether a function is on it. */
    const path: Context[] = [];
    const isOnPath = new Uint8Array(functions.length);
    const callers = (): number[] => {
      const calls: number[] = [];
      for (let i = path.length - 1; i > 0; i--) calls.push(location(path[i - 1]!.fn, path[i]!.line));
      return calls;
    };
    for (let context = open.pop(); context !== undefined; context = open.pop()) {
      const { fn, part, depth } = context;
      while (path.length > depth) isOnPath[path.pop()!.fn] = 0;
      path.push(context);
      isOnPath[fn] = 1;
      // Costs that contradict each other may lead along endlessly many ways.
      out.spend(CONTEXT);
      visit(fn, part, callers);
      for (const [callee, { line, cost }] of functions[fn]!.calls) {
        const carried = cost * part;
        if (carried < smallest || !(total[callee]! > 0) || isOnPath[callee] === 1) continue;
        open.push({
          fn: callee,
          part: Math.min(carried / total[callee]!, 1),
          depth: depth + 1,
          line,
        });
      }
    }
  }
}

type LocationOf = (fn: number, line: number, file?: number) => number;

/** Gives the location of a function at a line. */
function locations(out: SymbolSamples, functions: readonly FunctionNode[], texts: readonly string[]): LocationOf {
  const programs = new Map<number, boolean>();
  const isMain = ({ object }: FunctionNode): boolean => {
    const known = programs.get(object) ?? isProgram(texts[object]!);
    programs.set(object, known);
    return known;
  };
  // The first mapping is taken for the program.
  const main = functions.findIndex(isMain);
  const objects = new Set([...functions.slice(Math.max(main, 0)), ...functions].map(({ object }) => object));
  const mappings = new Map(Array.from(objects, (object) => [object, out.mapping({ filename: texts[object]! })]));
  const rows = new Map<string, number>();
  return (fn, line, file) => {
    const { name, object, file: own } = functions[fn]!;
    const key = `${name},${file ?? own}`;
    let row = rows.get(key);
    if (row === undefined) {
      row = out.function({ name: texts[name] || "(unknown)", filename: texts[file ?? own]! });
      rows.set(key, row);
    }
    return out.place(row, { line, mapping: mappings.get(object)! });
  };
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
