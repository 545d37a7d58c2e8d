import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { encode, type Profile } from "@pprof-ts/profile";

const compress = promisify(gzip);

/** A profile as it is served: encoded and gzipped. */
export async function pack(profile: Profile): Promise<Uint8Array> {
  return compress(encode(profile));
}
