import type { Profile } from "../../profile.ts";
import { type NamedFrame, NamedFrames } from "../build/named-frames.ts";
import { TextWriter } from "../build/text-writer.ts";

/** What a function costs at its lines, and its calls: the costs of each by line and callee. */
interface FunctionCosts {
  readonly frame: NamedFrame;
  readonly lines: Map<number, bigint[]>;
  readonly calls: Map<number, Call>;
}

interface Call {
  readonly callee: number;
  readonly line: number;
  readonly costs: bigint[];
}

/** Writes callgrind's format: all sample types as events, each call with what it led to. */
export function writeCallgrind(profile: Profile): Uint8Array {
  const { samples, sampleTypes } = profile;
  const frames = new NamedFrames(profile);
  const functions = new Functions(frames);
  for (let row = 0; row < samples.length; row++) {
    const stack = frames.stack(row);
    const values = samples.values.map((column) => column[row]!);
    const leaf = stack[0];
    addTo(functions.costs(leaf).lines, leaf === undefined ? 0 : frames.frames[leaf]!.line, values);
    // A call that stands on the stack twice cost what it did but once.
    const seen = new Set<number>();
    for (let i = 1; i < stack.length; i++) {
      const caller = stack[i]!;
      const callee = functions.row(stack[i - 1]!);
      const call = callee * 2 ** 26 + caller;
      if (seen.has(call)) continue;
      seen.add(call);
      const { calls } = functions.costs(caller);
      const known = calls.get(call);
      if (known === undefined) calls.set(call, { callee, line: frames.frames[caller]!.line, costs: [...values] });
      else for (let k = 0; k < values.length; k++) known.costs[k]! += values[k]!;
    }
  }
  const out = new TextWriter();
  out.write("# callgrind format\nversion: 1\ncreator: pprof-ts\npositions: line\nevents:");
  for (const { type, unit } of sampleTypes) out.write(` ${word(type)}(${word(unit)})`);
  out.write("\n");
  const names = { fl: new Map<string, number>(), fn: new Map<string, number>() };
  for (const { frame, lines, calls } of functions.rows) {
    out.write(`\nfl=${short(names.fl, frame.filename)}\nfn=${short(names.fn, frame.name)}\n`);
    for (const [line, costs] of lines) out.write(`${line} ${costs.join(" ")}\n`);
    for (const { callee, line, costs } of calls.values()) {
      const { filename, name, startLine } = functions.rows[callee]!.frame;
      out.write(`cfi=${short(names.fl, filename)}\ncfn=${short(names.fn, name)}\n`);
      // How often a call was made, samples do not tell.
      out.write(`calls=0 ${startLine}\n${line} ${costs.join(" ")}\n`);
    }
  }
  return out.finish();
}

const EMPTY: NamedFrame = { name: "(empty)", filename: "", line: 0, column: 0, startLine: 0 };

/** The functions that frames are in, by name and file. */
class Functions {
  readonly rows: FunctionCosts[] = [];
  readonly #frames: NamedFrames;
  readonly #ofFrame: number[] = [];
  readonly #byName = new Map<string, number>();

  constructor(frames: NamedFrames) {
    this.#frames = frames;
  }

  /** The row of the function that a frame is in; without a frame, that of empty stacks. */
  row(frame: number | undefined): number {
    const known = this.#ofFrame[frame ?? -1];
    if (known !== undefined) return known;
    const named = frame === undefined ? EMPTY : this.#frames.frames[frame]!;
    const key = `${named.filename}\n${named.name}`;
    let row = this.#byName.get(key);
    if (row === undefined) {
      row = this.rows.push({ frame: named, lines: new Map(), calls: new Map() }) - 1;
      this.#byName.set(key, row);
    }
    if (frame !== undefined) this.#ofFrame[frame] = row;
    return row;
  }

  costs(frame: number | undefined): FunctionCosts {
    return this.rows[this.row(frame)]!;
  }
}

function addTo(lines: Map<number, bigint[]>, line: number, values: readonly bigint[]): void {
  const sums = lines.get(line);
  if (sums === undefined) lines.set(line, [...values]);
  else for (let i = 0; i < sums.length; i++) sums[i]! += values[i]!;
}

/** A name in full with a number when it first comes, then the number. */
function short(numbers: Map<string, number>, name: string): string {
  const known = numbers.get(name);
  if (known !== undefined) return `(${known})`;
  numbers.set(name, numbers.size + 1);
  return `(${numbers.size}) ${name.replace(/[\r\n]/g, " ") || "(unknown)"}`;
}

/** A type or unit without what separates events. */
function word(text: string): string {
  return text.replace(/[\s()]+/g, "_") || "_";
}
