import type { ProfileSource, Progress } from "../../session/protocol.ts";
import { SERVER_GONE } from "../../session/server-gone.ts";

/** Hears how much of a profile has been read. */
export type Tell = (progress: Progress) => void;

/** The page is told at most once in so many milliseconds. */
const OFTEN = 80;
/** Bytes that are all there are read in parts, so that it can be told how far that is. */
const PART = 1 << 20;

/** What arrives of a source: all bytes at once where they must be unpacked first, else parts, which are decoded as they come. */
export interface Arriving {
  readonly bytes: Uint8Array | AsyncIterable<Uint8Array>;
  /** How many bytes have arrived. */
  readonly size: () => number;
  /** All bytes, once they have been asked for. */
  readonly kept: () => Promise<Uint8Array<ArrayBuffer>>;
}

/** Reads a source, whatever it is, and tells how far that is. */
export async function arriving(source: ProfileSource, tell: Tell): Promise<Arriving> {
  const counted = new Counted(source.name, tell);
  const { size } = counted;
  if ("bytes" in source) {
    const bytes = new Uint8Array(source.bytes);
    const kept = async (): Promise<Uint8Array<ArrayBuffer>> => bytes;
    // Unpacked on another thread, which tells itself how far that is.
    if (isGzip(bytes)) return { bytes, size: () => bytes.length, kept };
    return { bytes: counted.parts(partsOf(bytes), bytes.length), size, kept };
  }
  const response = await download(source);
  // Where a server compresses what it sends, Content-Length is that of what is sent, not of what arrives here.
  const isPacked = response.headers.has("content-encoding");
  const length = Number(response.headers.get("content-length") ?? 0);
  const parts = counted.parts(chunksOf(response.body!), isPacked || !(length > 0) ? undefined : length);
  const first = (await parts.next()).value;
  if (first === undefined) return { bytes: new Uint8Array(), size, kept: async () => new Uint8Array() };
  if (isGzip(first)) {
    const packed = await joined(withFirst(first, parts), length);
    return { bytes: packed, size, kept: async () => packed };
  }
  // Whoever decodes parts as they come keeps them as well.
  const arrived: Uint8Array[] = [];
  const all = keeping(withFirst(first, parts), arrived);
  return { bytes: all, size, kept: () => joined(arrived, length) };
}

class Counted {
  readonly #name: string;
  readonly #tell: Tell;
  #size = 0;
  #told = 0;

  constructor(name: string, tell: Tell) {
    this.#name = name;
    this.#tell = tell;
  }

  readonly size = (): number => this.#size;

  async *parts(
    parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    total: number | undefined,
  ): AsyncGenerator<Uint8Array, undefined> {
    for await (const part of parts) {
      this.#size += part.length;
      const now = performance.now();
      if (now - this.#told > OFTEN) {
        this.#told = now;
        this.#tell({ name: this.#name, read: this.#size, total });
      }
      yield part;
    }
    return undefined;
  }
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function* partsOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += PART) yield bytes.subarray(from, from + PART);
}

async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
}

async function* withFirst(first: Uint8Array, others: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* others;
}

async function* keeping(parts: AsyncIterable<Uint8Array>, kept: Uint8Array[]): AsyncGenerator<Uint8Array> {
  for await (const part of parts) {
    kept.push(part);
    yield part;
  }
}

/** All parts in one; `expected` bytes where that was known. */
async function joined(
  parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  expected: number,
): Promise<Uint8Array<ArrayBuffer>> {
  let all = new Uint8Array(expected || PART);
  let size = 0;
  for await (const part of parts) {
    if (size + part.length > all.length) {
      const larger = new Uint8Array(2 * (size + part.length));
      larger.set(all.subarray(0, size));
      all = larger;
    }
    all.set(part, size);
    size += part.length;
  }
  return all.subarray(0, size);
}

async function download({ url, options }: Extract<ProfileSource, { readonly url: string }>): Promise<Response> {
  const response = await fetch(url).catch(() => {
    if (options !== undefined) throw new Error(SERVER_GONE);
    throw new Error(`${url} cannot be read: its server does not answer, or does not allow this page to read it`);
  });
  if (response.ok) return response;
  // Other servers say with a page of their own what is wrong.
  const said = options === undefined ? "" : (await response.text()).trim();
  throw new Error(said || `${url}: ${response.status} ${response.statusText}`);
}
