// Hot: 100 MB are decompressed by another thread and decoded meanwhile in 1.1 s, in 327 MB of memory. See bench/src/codec.ts.

import { concat } from "../bytes.ts";
import { ProfileError } from "../error.ts";
import type { Profile } from "../profile.ts";
import { areRowNumbers } from "../validate.ts";
import { decode } from "./decode.ts";
import { irregular } from "./irregular.ts";
import { SampleColumns } from "./samples.ts";
import { BYTES, VARINT } from "./wire.ts";

const SAMPLE_TYPE = (1 << 3) | BYTES;
const SAMPLE = (2 << 3) | BYTES;
/** Any string: which there are is known at the end. */
const ANY = 2 ** 32;
/** More than any field has that a producer writes, and than a stretch of bytes has changes from samples to other fields. */
const LARGEST_FIELD = 1 << 20;
const MOST_RUNS = 8;

/**
 * Decodes a profile.proto message while its bytes arrive, in the order in which nearly all producers write it: sample
 * types, then samples, with locations numbered from 1. What is not so, or is broken, is left to `decode`: then `finish`
 * gives back nothing.
 */
export class AheadDecoder {
  readonly #expected: number;
  readonly #sharesStacks: boolean;
  #samples: SampleColumns | undefined;
  #types = 0;
  /** The fields that are not samples. */
  readonly #others: Uint8Array[] = [];
  /** The beginning of a field whose end has not arrived. */
  #begun: Uint8Array = new Uint8Array(0);
  #isRegular = true;

  /** `expected` is how many bytes there may be in all. `sharesStacks`: stacks are read as what they do not share. */
  constructor(expected: number, sharesStacks = false) {
    this.#expected = expected;
    this.#sharesStacks = sharesStacks;
  }

  /** Whether all is as nearly all producers write it, so far. */
  get isRegular(): boolean {
    return this.#isRegular;
  }

  add(part: Uint8Array): void {
    if (!this.#isRegular) return;
    // A plain array, also of what is a `Buffer`: a loop over one kind of array can be compiled for that kind.
    const bytes = new Uint8Array(part.buffer, part.byteOffset, part.length);
    try {
      let from = 0;
      while (this.#begun.length > 0 && from < bytes.length) {
        const whole = fieldEnd(this.#begun, 0);
        const more = Math.max(whole > 0 ? whole - this.#begun.length : 16, 1);
        this.#begun = concat([this.#begun, bytes.subarray(from, from + more)]);
        from += Math.min(more, bytes.length - from);
        const done = this.#take(this.#begun, 0);
        this.#begun = this.#begun.subarray(done);
      }
      if (from < bytes.length) this.#begun = bytes.slice(this.#take(bytes, from));
    } catch (error) {
      if (!(error instanceof ProfileError)) throw error;
      this.#isRegular = false;
    }
  }

  /** The profile, or undefined where `decode` has to see all of the bytes. */
  finish(): Profile | undefined {
    if (!this.#isRegular || this.#begun.length > 0) return undefined;
    try {
      const profile = decode(concat(this.#others));
      const samples = this.#samples;
      if (samples === undefined) return profile;
      const isWhole =
        profile.sampleTypes.length === this.#types &&
        areRowNumbers(profile.locations.id) &&
        samples.fits(profile.locations.length, profile.strings.length);
      return isWhole ? { ...profile, samples: samples.finish() } : undefined;
    } catch (error) {
      if (error instanceof ProfileError) return undefined;
      throw error;
    }
  }

  /** Takes all whole fields from `start` on and gives back where the first that is not whole begins. */
  #take(bytes: Uint8Array, start: number): number {
    let pos = start;
    for (let runs = 1; pos < bytes.length; runs++) {
      if (runs > MOST_RUNS) irregular();
      const from = pos;
      const isSample = bytes[pos] === SAMPLE;
      let count = 0;
      let size = 0;
      let end = 0;
      // A run of samples, or of fields that are none.
      while (pos < bytes.length && (bytes[pos] === SAMPLE) === isSample) {
        end = fieldEnd(bytes, pos);
        if (end === 0 || end > bytes.length) break;
        count++;
        size += end - pos;
        if (bytes[pos] === SAMPLE_TYPE) this.#types++;
        pos = end;
      }
      if (count > 0 && isSample) {
        this.#samples ??= new SampleColumns(this.#types, ANY, this.#expected, undefined, this.#sharesStacks);
        this.#samples.read(bytes, { start: from, end: pos, count, bytes: size });
        if (this.#samples.hasUnknown) irregular();
      } else if (count > 0) this.#others.push(bytes.slice(from, pos));
      if (pos < bytes.length && (end === 0 || end > bytes.length)) return pos;
    }
    return pos;
  }
}

/** Where the field at `pos` ends, maybe beyond `bytes`; 0 where its tag and length are not all there. */
function fieldEnd(bytes: Uint8Array, pos: number): number {
  const tag = bytes[pos++]!;
  const isMessage = (tag & 7) === BYTES;
  if (tag >= 0x80 || (!isMessage && (tag & 7) !== VARINT)) irregular();
  let length = 0;
  for (let scale = 1; scale < 2 ** 64; scale *= 128) {
    if (pos >= bytes.length) return 0;
    const byte = bytes[pos++]!;
    length += (byte & 0x7f) * scale;
    if (byte >= 0x80) continue;
    if (isMessage && length > LARGEST_FIELD) irregular();
    return isMessage ? pos + length : pos;
  }
  irregular();
}
