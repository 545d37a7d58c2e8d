import { decode } from "./decode.ts";
import { ProfileError } from "./error.ts";
import { gunzip, isGzip, MAX_BYTES } from "./gzip.ts";
import type { Profile } from "./profile.ts";

export interface ReadOptions {
  /** Decompresses gzip; default: the platform's streams. On Node, `zlib.gunzipSync` with `maxOutputLength` is faster. */
  readonly gunzip?: (bytes: Uint8Array, maxBytes: number) => Uint8Array | Promise<Uint8Array>;
  /** The largest decompressed size that is read, in bytes; default 4 GiB. */
  readonly maxBytes?: number;
}

/** Reads a profile in any known format, gzipped or not, recognised by its content. Errors are `ProfileError`s. */
export async function readProfile(bytes: Uint8Array, options: ReadOptions = {}): Promise<Profile> {
  const maxBytes = options.maxBytes ?? MAX_BYTES;
  if (bytes.length === 0) throw new ProfileError("empty input file");
  const raw = isGzip(bytes) ? await (options.gunzip ?? gunzip)(bytes, maxBytes) : bytes;
  return decode(raw);
}
