import type { ProfileHeader } from "../../builder.ts";
import { ProfileError } from "../../error.ts";
import type { Profile } from "../../profile.ts";
import { AddressSamples } from "../build/address-samples.ts";
import type { Input } from "../build/input.ts";
import { LineReader } from "../build/lines.ts";
import { readMemoryMap } from "../build/memory-map.ts";
import { readJavaSymbols } from "./java-symbols.ts";

/** How words are laid out: 32 or 64 bits, little or big end first. */
interface Layout {
  readonly size: 4 | 8;
  readonly little: boolean;
}

const LAYOUTS: readonly Layout[] = [
  { size: 4, little: true },
  { size: 4, little: false },
  { size: 8, little: true },
  { size: 8, little: false },
];
const HEADER_WORDS = 5;
/** Up to so many frames of the signal handler stand above the leaf. */
const HANDLER_FRAMES = 2;
/** One sample in so many may differ in them. */
const SIMILAR_SAMPLES = 32;

/** Reads words, as numbers where they are exact. */
class WordReader {
  at = 0;
  readonly #view: DataView;
  readonly #layout: Layout;

  constructor(bytes: Uint8Array, layout: Layout) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#layout = layout;
  }

  get left(): number {
    return Math.floor((this.#view.byteLength - this.at) / this.#layout.size);
  }

  word(): number | bigint {
    const { size, little } = this.#layout;
    if (this.at + size > this.#view.byteLength) {
      throw new ProfileError("malformed profile: the CPU profile ends within a sample", { offset: this.at });
    }
    const first = this.#view.getUint32(this.at, little);
    if (size === 4) {
      this.at += 4;
      return first;
    }
    const second = this.#view.getUint32(this.at + 4, little);
    this.at += 8;
    const [hi, lo] = little ? [second, first] : [first, second];
    return hi < 0x200000 ? hi * 4294967296 + lo : (BigInt(hi) << 32n) | BigInt(lo);
  }
}

/** The header of a binary CPU profile: 0, 3, 0 (or 1 from Java), the period in microseconds, 0. */
function header(bytes: Uint8Array): { layout: Layout; isJava: boolean; period: bigint } | undefined {
  for (const layout of LAYOUTS) {
    const words = new WordReader(bytes, layout);
    if (words.left < HEADER_WORDS) continue;
    const [zero, three, kind, period, padding] = Array.from({ length: HEADER_WORDS }, () => words.word());
    if (zero !== 0 || three !== 3 || (kind !== 0 && kind !== 1) || padding !== 0 || period === 0) continue;
    return { layout, isJava: kind === 1, period: BigInt(period!) };
  }
  return undefined;
}

export function isLegacyCpu(input: Input): boolean {
  return header(input.bytes) !== undefined;
}

/** Reads the binary CPU profile of gperftools, of Go before 1.9 and of Java agents, with the memory map or symbols after it. */
export function readLegacyCpu(input: Input): Profile {
  return readCpu(input, true);
}

/** `guesses` takes out the frames that nearly all samples share above the leaf, which names tell better. */
export function readCpu(input: Input, guesses: boolean): Profile {
  const { layout, isJava, period } = header(input.bytes)!;
  const words = new WordReader(input.bytes, layout);
  for (let i = 0; i < HEADER_WORDS; i++) words.word();
  const nanoseconds = BigInt.asIntN(64, period * 1000n);
  const samples = readSamples(words, nanoseconds, !isJava);
  const profile: ProfileHeader = {
    sampleTypes: [
      { type: "samples", unit: "count" },
      { type: "cpu", unit: "nanoseconds" },
    ],
    periodType: { type: "cpu", unit: "nanoseconds" },
    period: nanoseconds,
  };
  const lines = new LineReader(input.bytes, words.at);
  if (isJava) return readJavaSymbols(lines, samples, profile);
  if (guesses) dropHandlerFrames(samples);
  const used = samples.usedRows();
  const mappings = readMemoryMap(lines);
  dropDuplicateLeaves(samples);
  return samples.finish(profile, mappings, used);
}

/** Samples are a count, a depth and as many addresses; the last one is 0, 1, 0. */
function readSamples(words: WordReader, period: bigint, areCalls: boolean): AddressSamples {
  const samples = new AddressSamples();
  while (words.left > 0) {
    const count = words.word();
    const depth = words.word();
    if (depth > words.left) {
      throw new ProfileError(`malformed profile: a sample of ${depth} frames, but ${words.left} words left`, {
        offset: words.at,
      });
    }
    const addresses = Array.from({ length: Number(depth) }, () => words.word());
    if (count === 0 && depth === 1 && addresses[0] === 0) break;
    const value = BigInt.asIntN(64, BigInt(count));
    samples.add(
      addresses.map((address, i) => (areCalls && i > 0 ? samples.callRow(address) : samples.row(address))),
      [value, BigInt.asIntN(64, value * period)],
    );
  }
  return samples;
}

/** Takes out a frame above the leaf that nearly all samples share: the profiler's signal handler. */
function dropHandlerFrames({ samples }: AddressSamples): void {
  const enough = samples.length - Math.floor(samples.length / SIMILAR_SAMPLES);
  for (let i = 0; i < HANDLER_FRAMES; i++) {
    const counts = new Map<number, number>();
    for (const { stack } of samples) {
      if (stack.length > 1) counts.set(stack[1]!, (counts.get(stack[1]!) ?? 0) + 1);
    }
    for (const [row, count] of counts) {
      if (count < enough) continue;
      for (const sample of samples) if (sample.stack[1] === row) sample.stack = withoutSecond(sample.stack);
      break;
    }
  }
}

/** Takes out the frame above the leaf where it is the leaf again, seen as a call. */
export function dropDuplicateLeaves({ samples, addresses }: AddressSamples): void {
  for (const sample of samples) {
    const [leaf, caller] = sample.stack;
    if (caller !== undefined && addresses[leaf!] === BigInt.asUintN(64, addresses[caller]! + 1n)) {
      sample.stack = withoutSecond(sample.stack);
    }
  }
}

function withoutSecond(stack: readonly number[]): readonly number[] {
  return [stack[0]!, ...stack.slice(2)];
}
