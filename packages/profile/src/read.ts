import { Parts } from "./bytes.ts";
import { ProfileError } from "./error.ts";
import { Input } from "./format/build/input.ts";
import { LONGEST_TEXT } from "./format/build/lines.ts";
import { type Format, formats } from "./format/formats.ts";
import { describeOther } from "./format/known-others.ts";
import { gunzipParts, gzipSize, isGzip, MAX_BYTES, tooLargeWhenUnpacked } from "./gzip.ts";
import type { Profile } from "./profile.ts";
import { AheadDecoder } from "./proto/ahead.ts";
import { validate } from "./validate.ts";

export interface ReadOptions {
  /**
   * Decompresses gzip; default: the platform's streams. On Node, `zlib.gunzipSync` with `maxOutputLength` is faster for
   * small profiles; for large ones a `zlib.createGunzip` is, whose parts are decoded while its thread makes the next.
   */
  readonly gunzip?: (
    bytes: Uint8Array,
    maxBytes: number,
  ) => Uint8Array | Promise<Uint8Array> | AsyncIterable<Uint8Array>;
  /** The largest size that is read, decompressed, in bytes; default 4 GiB. */
  readonly maxBytes?: number;
  /**
   * How many bytes the stacks, values and labels of samples may take where each is written out, in formats in which many samples
   * share a stack; default 72 times the input and 4 MiB, but no more than `maxBytes`.
   */
  readonly maxStackBytes?: number;
  /**
   * Keep when each sample was taken, in formats that tell it: a row for each sample, with a label `end_timestamp_ns`
   * on the clock of the format. Default: equal stacks are one row.
   */
  readonly timestamps?: boolean;
  /**
   * Hears of what cannot be read and is left out, a sentence each: a line of a text format, with its number. Default: the
   * first is an error.
   */
  readonly warn?: (sentence: string) => void;
  /**
   * Reads stacks as `samples.shared`, where that can be: that of a large profile.proto that comes in parts, or gzipped.
   * `samples.locations` is then made only when someone looks at it.
   */
  readonly sharesStacks?: boolean;
  /** Is told the format, where that is not the one that is decoded while it arrives. */
  readonly recognised?: (format: Format) => void;
}

/** Where a profile is read from: its bytes, or a stream of them such as a file's, standard input or a response's body. */
export type ProfileSource = Uint8Array | AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

/** Compressed again by a proxy, and once more: no deeper. */
const MOST_GZIP_LAYERS = 3;
/** Profiles expand so far at most, and room for what is decoded is made for no more. */
const MOST_EXPANDED = 16;
/** From so many bytes on, a profile is decoded while it arrives: enough to know its format by. */
const AHEAD = 1 << 16;
/** From this size on, a whole message is read faster where stacks are told apart as they are written; below it the engine compiles more. */
const SHARED = 1 << 22;

/**
 * Reads and validates a profile in any known format, gzipped or not, recognised by its content. Errors are
 * `ProfileError`s. Memory stays below 256 times the decompressed input and 64 MB. Of a profile.proto that comes in parts, what has arrived is decoded while the rest is on its way.
 */
export async function readProfile(source: ProfileSource, options: ReadOptions = {}): Promise<Profile> {
  const arrived = await readAll(source, options, true);
  const profile = arrived instanceof Uint8Array ? await read(inputOf(arrived, options), options) : arrived;
  validate(profile);
  return profile;
}

/** The format of this input, recognised by its content. */
export async function recogniseFormat(source: ProfileSource, options: ReadOptions = {}): Promise<Format> {
  const arrived = await readAll(source, options, false);
  return recognise(inputOf(arrived as Uint8Array, options));
}

async function read(input: Input, { recognised }: ReadOptions): Promise<Profile> {
  const format = recognise(input);
  const { read, title } = format;
  recognised?.(format);
  if (read === undefined) throw new ProfileError(`unreadable profile format: ${title}`);
  try {
    const profile = read(input);
    input.finish(profile.samples.length);
    return profile;
  } catch (cause) {
    // What is beyond JavaScript itself, such as a map of more than 16 million entries.
    if (!(cause instanceof RangeError)) throw cause;
    throw new ProfileError(`the profile is too large to be read: ${cause.message}`, { cause });
  }
}

function recognise(input: Input): Format {
  const format = formats.find((row) => row.recognise(input));
  // Any bytes may begin as a message of protobuf does.
  const other = format === undefined || format.name === "pprof" ? describeOther(input) : undefined;
  if (other !== undefined) throw new ProfileError(`unrecognized profile format: ${other}`);
  if (format === undefined) throw new ProfileError("unrecognized profile format");
  return format;
}

function inputOf(bytes: Uint8Array, { warn, ...options }: ReadOptions): Input {
  if (bytes.length === 0) throw new ProfileError("empty input file");
  const tell = warn && ((sentence: string): void => warn(`${sentence}: left out`));
  return new Input(asUtf8(bytes), { ...options, warn: tell });
}

/** Everything that a source gives, decompressed; as a profile, where it may and can be decoded while it arrives. */
async function readAll(source: ProfileSource, options: ReadOptions, mayDecode: boolean): Promise<Uint8Array | Profile> {
  const { maxBytes = MAX_BYTES, gunzip = gunzipParts, sharesStacks = false } = options;
  const tooMany = `the profile is larger than ${maxBytes} bytes: raise maxBytes to read it`;
  const kept = mayDecode ? { expected: 0, keep: true, sharesStacks } : undefined;
  let arrived: Uint8Array | Profile =
    source instanceof Uint8Array
      ? source
      : (await collect("getReader" in source ? chunks(source) : source, { maxBytes, tooMany, size: 0 }, kept))!;
  for (let layer = 0; layer < MOST_GZIP_LAYERS && arrived instanceof Uint8Array && isGzip(arrived); layer++) {
    const packed: Uint8Array = arrived;
    const parts = async (): Promise<Iterable<Uint8Array> | AsyncIterable<Uint8Array>> => {
      const unpacked = await gunzip(packed, maxBytes);
      return unpacked instanceof Uint8Array ? [unpacked] : unpacked;
    };
    const first = await parts();
    const whole: Uint8Array | undefined = Array.isArray(first) ? first[0] : undefined;
    const mayAhead = mayDecode && (whole === undefined || (sharesStacks && whole.length >= SHARED));
    const size = gzipSize(packed, maxBytes);
    const expected = Math.min(size, MOST_EXPANDED * packed.length);
    const ahead = mayAhead ? { expected, keep: whole !== undefined, sharesStacks } : undefined;
    const limit = { maxBytes, tooMany: tooLargeWhenUnpacked(maxBytes), size };
    arrived = (await collect(first, limit, ahead)) ?? (await collect(await parts(), limit))!;
  }
  return arrived;
}

/** How many bytes may come, what is said of more, and how many there will be, 0 where nobody knows. */
interface Limit {
  readonly maxBytes: number;
  readonly tooMany: string;
  readonly size: number;
}

/** How parts are decoded while they arrive: how many bytes there may be, and whether parts are kept beside. */
interface Ahead {
  readonly expected: number;
  readonly keep: boolean;
  readonly sharesStacks: boolean;
}

/**
 * All parts that come, no more than `maxBytes`; as a profile where they could be decoded ahead. Nothing, where they could
 * not and were not kept.
 */
async function collect(
  parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { maxBytes, tooMany, size: expected }: Limit,
  ahead?: Ahead,
): Promise<Uint8Array | Profile | undefined> {
  let kept = new Parts(expected);
  let size = 0;
  let decoder: AheadDecoder | undefined;
  for await (const part of parts) {
    const before = size;
    size += part.length;
    if (size > maxBytes) throw new ProfileError(tooMany);
    if (decoder === undefined || ahead?.keep) kept.add(part);
    if (decoder !== undefined) decoder.add(part);
    else if (ahead !== undefined && before < AHEAD && size >= AHEAD) {
      const first = new Input(kept.joined());
      // Text is recognised by all of it.
      if (first.isText || formats.find((row) => row.recognise(first))?.name !== "pprof") continue;
      decoder = new AheadDecoder(ahead.expected, ahead.sharesStacks);
      decoder.add(first.bytes);
      if (!ahead.keep) kept = new Parts(0);
    }
    if (decoder?.isRegular === false && !ahead?.keep) return undefined;
  }
  const profile = decoder?.finish();
  if (profile !== undefined) return profile;
  return decoder === undefined || ahead?.keep ? kept.joined() : undefined;
}

/** A web stream's chunks; not every platform iterates one by itself. */
async function* chunks(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}

/** Text without its byte order mark, as UTF-8. */
function asUtf8(bytes: Uint8Array): Uint8Array {
  const [a, b, c] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return bytes.subarray(3);
  const isLittle = a === 0xff && b === 0xfe;
  if (!isLittle && !(a === 0xfe && b === 0xff)) return bytes;
  if (bytes.length > 2 * LONGEST_TEXT) {
    throw new ProfileError(`the UTF-16 of ${bytes.length} bytes is longer than the longest string, ${LONGEST_TEXT}`);
  }
  return new TextEncoder().encode(new TextDecoder(isLittle ? "utf-16le" : "utf-16be").decode(bytes));
}
