import { traceFormats } from "@pprof-ts/profile";
import { ToolError } from "../error.ts";
import { gunzip, gunzipHead } from "../host/file/gunzip.ts";

/** What was to be a profile is a trace. Reports say so; pages show it. */
export class FoundTrace extends ToolError {
  /** The trace, unpacked. */
  readonly bytes: Uint8Array;

  constructor(message: string, bytes: Uint8Array) {
    super(message);
    this.bytes = bytes;
  }
}

/** The trace that these bytes are, which may be packed by gzip; undefined: they are none, or cannot be unpacked. */
export function traceIn(bytes: Uint8Array, maxBytes: number): Uint8Array | undefined {
  try {
    const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
    // What is none is not unpacked again to say so.
    const head = isPacked ? gunzipHead(bytes) : bytes;
    if (!traceFormats.some(({ recognises }) => recognises(head))) return undefined;
    return isPacked ? gunzip(bytes, maxBytes) : bytes;
  } catch {
    return undefined;
  }
}
