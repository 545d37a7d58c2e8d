import { gunzipParts, MAX_BYTES, ProfileError } from "@pprof-ts/profile";
import type { Tell } from "./arriving.ts";

/** The name of a worker that inflates, for the one that reads profiles. */
export const INFLATER = "inflater";
/** From so many bytes of gzip on, a thread of its own is worth the 50 ms that it takes to start one. */
const WORTH_A_THREAD = 4_000_000;
/** Bytes go to that thread in slices, so that there is never a second copy of all of them. */
const SLICE = 1 << 18;
/** So many slices are sent ahead, so that the other thread has work while this one decodes. */
const AHEAD = 16;
/** No slices follow while so many inflated parts wait to be read. */
const WAITING = 128;

/** After so many slices the page is told how much has been read: some twenty times a second. */
const TOLD = 4;

/** What the inflating worker says: a part, that it has taken in a slice, that all is done, or that something is wrong. */
type Said =
  | { readonly bytes: Uint8Array }
  | { readonly taken: true }
  | { readonly end: true }
  | { readonly error: true };

/** How `readProfile` should inflate these bytes: on another thread where that pays, or in its own way. */
export function inflating(
  bytes: Uint8Array,
  name: string,
  tell: Tell,
): { gunzip?: (bytes: Uint8Array) => AsyncIterable<Uint8Array> } {
  if (bytes.length < WORTH_A_THREAD) return {};
  return { gunzip: (packed) => inflatedElsewhere(packed, (read) => tell({ name, read, total: packed.length })) };
}

/** A worker of this one's own code, where this place allows a worker to start one: a page from a file does not. */
function startedInflater(): Worker | undefined {
  try {
    return new Worker(location.href, { name: INFLATER });
  } catch {
    return undefined;
  }
}

async function* inflatedElsewhere(bytes: Uint8Array, tell: (read: number) => void): AsyncGenerator<Uint8Array> {
  const worker = startedInflater();
  if (worker === undefined) {
    yield* gunzipParts(bytes);
    return;
  }
  const parts: Said[] = [];
  let isBroken = false;
  let told = 0;
  let inFlight = 0;
  let sent = 0;
  let sliceCount = 0;
  let wake = (): void => {};
  const send = (): void => {
    for (; inFlight < AHEAD && parts.length <= WAITING && sent <= bytes.length; inFlight++) {
      // The last one is short, or empty.
      const slice = bytes.slice(sent, sent + SLICE);
      sent += SLICE;
      worker.postMessage(slice, [slice.buffer]);
    }
  };
  worker.addEventListener("message", ({ data }: MessageEvent<Said>) => {
    if ("taken" in data) {
      inFlight--;
      if (++sliceCount % TOLD === 0) tell(Math.min(sliceCount * SLICE, bytes.length));
      send();
      return;
    }
    parts.push(data);
    wake();
  });
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    isBroken = true;
    wake();
  });
  send();
  try {
    for (let taken = 0; ; taken++) {
      while (parts.length === 0 && !isBroken) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const part = parts.shift();
      if (part === undefined) {
        if (taken > 0) throw new ProfileError("the worker that decompresses ended");
        // Where the policy of the page refuses it.
        yield* gunzipParts(bytes);
        return;
      }
      if ("error" in part) {
        // It may be several streams in a row, which browsers do not know; or this says what is wrong.
        yield* gunzipParts(bytes, MAX_BYTES, told);
        return;
      }
      if ("end" in part) {
        tell(bytes.length);
        return;
      }
      send();
      if ("bytes" in part) {
        told += part.bytes.length;
        yield part.bytes;
      }
    }
  } finally {
    worker.terminate();
  }
}

/** The life of a worker that inflates: messages are slices of gzip, of which the first that is not full is the last. */
export function serveInflated(): void {
  const say = postMessage as (message: Said, transfer?: Transferable[]) => void;
  const stream = new DecompressionStream("gzip");
  const writer = stream.writable.getWriter();
  addEventListener("message", async ({ data }: MessageEvent<Uint8Array<ArrayBuffer>>) => {
    try {
      await writer.write(data);
      if (data.length < SLICE) await writer.close();
      else say({ taken: true });
    } catch {
      // Whoever reads the other end is told.
    }
  });
  const read = async (): Promise<void> => {
    try {
      for await (const bytes of partsOf(stream.readable)) say({ bytes }, [bytes.buffer as ArrayBuffer]);
      say({ end: true });
    } catch {
      say({ error: true });
    }
  };
  void read();
}

async function* partsOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
}
