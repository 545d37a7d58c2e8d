import { ProfileError } from "./error.ts";
import type { WriteOptions } from "./format/build/sample-type.ts";
import { formats } from "./format/formats.ts";
import { gzip } from "./gzip.ts";
import type { Profile } from "./profile.ts";

export interface WriteProfileOptions extends WriteOptions {
  /** The name of a row of `formats` that writes; default `pprof`. */
  readonly format?: string;
  /** Default: profile.proto is compressed, as all its readers expect, and other formats are not. */
  readonly gzip?: boolean;
}

/** Writes a profile in a format; a name that none has, or that cannot be written, is a `ProfileError`. */
export async function writeProfile(profile: Profile, options: WriteProfileOptions = {}): Promise<Uint8Array> {
  const { format = "pprof", gzip: compressed = format === "pprof" } = options;
  const write = formats.find(({ name }) => name === format)?.write;
  if (write === undefined) {
    const names = formats.filter((row) => row.write !== undefined).map(({ name }) => name);
    throw new ProfileError(`unknown format "${format}": must be one of ${names.join(", ")}`);
  }
  const bytes = write(profile, options);
  return compressed ? await gzip(bytes) : bytes;
}
