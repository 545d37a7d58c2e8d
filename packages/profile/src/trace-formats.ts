import { ProfileError } from "./error.ts";
import { goTraceVersion } from "./trace/go/generations.ts";
import { readGoTrace } from "./trace/go/read-go-trace.ts";
import { writeGoTrace } from "./trace/go/write-go-trace.ts";
import type { ReadTrace } from "./trace/read-trace.ts";
import { isChromeTraceEvents, readChromeTraceEvents } from "./trace/slices/read-chrome-trace.ts";
import { isPerfetto, readPerfetto } from "./trace/slices/read-perfetto.ts";
import type { Trace } from "./trace/trace.ts";
import { writeChromeTrace } from "./trace/write-chrome-trace.ts";
import { writePerfetto } from "./trace/write-perfetto.ts";

/** A format of traces. */
export interface TraceFormat {
  readonly name: string;
  readonly description: string;
  /** How files of it are called, after a dot. */
  readonly extension: string;
  write(trace: Trace): Uint8Array;
  /** Whether these bytes are of it. */
  recognises(bytes: Uint8Array): boolean;
  /** Of a file that is cut off, what came before. */
  read(bytes: Uint8Array): ReadTrace;
}

/** All formats of traces; the first one is what is written where none is named. */
export const traceFormats: readonly TraceFormat[] = [
  {
    name: "go",
    description: "for go tool trace of Go 1.22 to 1.26",
    extension: "trace",
    write: writeGoTrace,
    recognises: (bytes) => goTraceVersion(bytes) !== undefined,
    read: readGoTrace,
  },
  {
    name: "chrome",
    description: "JSON for DevTools, Perfetto and speedscope",
    extension: "json",
    write: writeChromeTrace,
    recognises: isChromeTraceEvents,
    read: readChromeTraceEvents,
  },
  {
    name: "perfetto",
    description: "Perfetto's protobuf",
    extension: "pftrace",
    write: writePerfetto,
    recognises: isPerfetto,
    read: readPerfetto,
  },
];

/** Reads a trace in any of the formats that are read, unpacked; throws where it is none of them. */
export function readTrace(bytes: Uint8Array): ReadTrace {
  const format = traceFormats.find(({ recognises }) => recognises(bytes));
  if (format === undefined)
    throw new ProfileError("it is no trace of Go's, nor of Perfetto's, nor one in Chrome's JSON");
  return format.read(bytes);
}
