import type { LabelFields, ProfileHeader } from "../../builder.ts";
import type { Profile } from "../../profile.ts";
import { type AddressLine, type AddressSample, type AddressSamples, parseAddress } from "../build/address-samples.ts";
import type { MemoryMapping } from "../build/memory-map.ts";
import { goPairs } from "./go-quoted.ts";

const LABELS = "# labels: ";
const FRAME = /^#\s+(0x[\da-f]{1,16})\s+(\S.*)$/;
const LINE = /^(.*):(\d{1,15})$/;

/** What the comments after a sample say of it. */
interface Shown {
  readonly sample: AddressSample;
  first: number;
  last: number;
}

/**
 * The comments of Go's text profiles, which name the frames and labels of the sample above them:
 * `#	0xADDRESS	function+0xOFFSET	file:line` and `# labels: {"key":"value"}`.
 *
 * Go leaves two kinds of frame out of them: those of the runtime above the first that it shows, which are named
 * `runtime.(hidden)` here, and runtime.goexit, which is taken off the stack as Go's own encoder does.
 */
export class GoSymbols {
  readonly #samples: AddressSamples;
  readonly #lines = new Map<number, AddressLine>();
  readonly #shown: Shown[] = [];
  #current: Shown | undefined;

  constructor(samples: AddressSamples) {
    this.#samples = samples;
  }

  /** Adds a sample; the comments that follow are its. */
  stack(stack: readonly number[], values: bigint[], labels: LabelFields[] = []): void {
    this.#samples.add(stack, values, labels);
    this.#current = { sample: this.#samples.samples.at(-1)!, first: -1, last: -1 };
  }

  /** The comments that follow are of a sample that could not be read. */
  skip(): void {
    this.#current = undefined;
  }

  comment(line: string): void {
    const current = this.#current;
    if (current === undefined) return;
    if (line.startsWith(LABELS)) {
      for (const [key, value] of goPairs(line)) current.sample.labels.push({ key, value });
      return;
    }
    const frame = FRAME.exec(line);
    if (frame === null) return;
    const address = parseAddress(frame[1]!);
    // Go shows the address of the call, or of the function's entry where that is what was recorded.
    const row = this.#samples.find(address) ?? this.#samples.find(BigInt(address) - 1n);
    if (row === undefined) return;
    if (!this.#lines.has(row)) this.#lines.set(row, parseFrame(frame[2]!));
    if (current.first < 0) {
      current.first = row;
      this.#shown.push(current);
    }
    current.last = row;
  }

  finish(header: ProfileHeader, mappings: MemoryMapping[]): Profile {
    const lines = new Map(this.#lines);
    for (const { sample, first, last } of this.#shown) {
      const { stack } = sample;
      const hidden = stack.indexOf(first);
      for (let i = 0; i < hidden; i++) {
        if (!lines.has(stack[i]!)) lines.set(stack[i]!, { name: "runtime.(hidden)", filename: "", line: 0 });
      }
      if (stack.length > 1 && stack.at(-2) === last && !this.#lines.has(stack.at(-1)!))
        sample.stack = stack.slice(0, -1);
    }
    return this.#samples.finish(header, mappings, this.#samples.usedRows(), lines);
  }
}

/** `function+0xOFFSET`, then a file and a line. */
function parseFrame(text: string): AddressLine {
  const [name, place] = text.split(/\t+/, 2);
  const offset = name!.lastIndexOf("+0x");
  const line = LINE.exec(place ?? "");
  return {
    name: offset < 0 ? name! : name!.slice(0, offset),
    filename: line?.[1] ?? "",
    line: Number(line?.[2] ?? 0),
  };
}
