import { ProfileError } from "./error.ts";
import { Input } from "./format/input.ts";
import { type Format, formats } from "./formats.ts";
import { gunzip, isGzip, MAX_BYTES } from "./gzip.ts";
import type { Profile } from "./profile.ts";
import { validate } from "./validate.ts";
import { concat } from "./wire.ts";

export interface ReadOptions {
  /** Decompresses gzip; default: the platform's streams. On Node, `zlib.gunzipSync` with `maxOutputLength` is faster. */
  readonly gunzip?: (bytes: Uint8Array, maxBytes: number) => Uint8Array | Promise<Uint8Array>;
  /** The largest size that is read, decompressed, in bytes; default 4 GiB. */
  readonly maxBytes?: number;
  /**
   * Keep when each sample was taken, in formats that tell it: a row for each sample, with a label `end_timestamp_ns`
   * on the clock of the format. Default: equal stacks are one row.
   */
  readonly timestamps?: boolean;
}

/** Where a profile is read from: its bytes, or a stream of them such as a file's, standard input or a response's body. */
export type ProfileSource = Uint8Array | AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

/** Compressed again by a proxy, and once more: no deeper. */
const MOST_GZIP_LAYERS = 3;

/** Reads and validates a profile in any known format, gzipped or not, recognised by its content. Errors are `ProfileError`s. */
export async function readProfile(source: ProfileSource, options: ReadOptions = {}): Promise<Profile> {
  const input = await readInput(source, options);
  const { read, title } = recognise(input);
  if (read === undefined) throw new ProfileError(`unreadable profile format: ${title}`);
  const profile = await read(input);
  validate(profile);
  return profile;
}

/** The format of this input, recognised by its content. */
export async function recogniseFormat(source: ProfileSource, options: ReadOptions = {}): Promise<Format> {
  return recognise(await readInput(source, options));
}

function recognise(input: Input): Format {
  const format = formats.find((row) => row.recognise(input));
  if (format === undefined) throw new ProfileError("unrecognized profile format");
  return format;
}

async function readInput(source: ProfileSource, options: ReadOptions): Promise<Input> {
  const maxBytes = options.maxBytes ?? MAX_BYTES;
  let bytes = source instanceof Uint8Array ? source : await readAll(source, maxBytes);
  for (let layer = 0; layer < MOST_GZIP_LAYERS && isGzip(bytes); layer++) {
    bytes = await (options.gunzip ?? gunzip)(bytes, maxBytes);
  }
  if (bytes.length === 0) throw new ProfileError("empty input file");
  return new Input(asUtf8(bytes), options.timestamps);
}

/** Everything that a stream gives, no more than `maxBytes`. */
async function readAll(source: Exclude<ProfileSource, Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of "getReader" in source ? chunks(source) : source) {
    size += part.length;
    if (size > maxBytes)
      throw new ProfileError(`the profile is larger than ${maxBytes} bytes: raise maxBytes to read it`);
    parts.push(part);
  }
  return concat(parts);
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
  if (a === 0xff && b === 0xfe) return new TextEncoder().encode(new TextDecoder("utf-16le").decode(bytes));
  if (a === 0xfe && b === 0xff) return new TextEncoder().encode(new TextDecoder("utf-16be").decode(bytes));
  return bytes;
}
