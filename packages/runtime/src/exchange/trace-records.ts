/**
 * What the main thread notes of itself while it is traced; by their place here both threads know them. Each has a time, a small
 * `value` (24 bits), the numbers `id` and `other`, and a text.
 */
export const TRACE_RECORDS = [
  /** The event loop has turned; `id`: for how many microseconds it slept since it turned before. */
  "turn",
  /** Before the first of the others since it turned, and where that had not slept, before the first that is no timer; `id`: for how many microseconds it has slept by now. */
  "woke",
  /** The request `id` has come: `text` is its method and address. */
  "request",
  /** Its handler has returned. */
  "returned",
  /** Its answer was given out with the status `value` (0: it was given up); `text`: its route, where the program's framework tells. */
  "answered",
  /** The program asks another server, as `id`, for the sake of `other` (0: nobody that is known): `text` is whom and what. */
  "call",
  /** That has answered with the status `value`; 0: it was given up. */
  "called",
  /** Garbage was collected from this time on, in the way `value` of V8, for `id` microseconds. */
  "collection",
  /** The heap holds `id` KiB, and the process `other`. */
  "heap",
  /** What `text` says has happened. */
  "happened",
  /**
   * For the request or task `id` (0: none) something runs from now on, in `WAKERS[value & 0xff]`, `other` microseconds after it was due;
   * for what it has awaited, that began so long before, at the stack `value >> 8`.
   */
  "runs",
  /** The program begins the task `id`, a part of `other`, called `text`. */
  "task",
  "task-end",
  /** The program begins the region `id` of the task `other`, called `text`. */
  "region",
  /** `value`: 1 where it has waited for something. */
  "region-end",
  /** The program says of the task `id`, before a zero in `text`, what it says after. */
  "log",
  /** The request or task `id` has awaited something at the stack `other`. */
  "awaits",
  /** The frame `id`: in `text`, a line each, what a `SiteFrame` has. */
  "frame",
  /** The stack `id`: in `text` its frames, leaf first. */
  "stack",
] as const;

export type TraceRecordName = (typeof TRACE_RECORDS)[number];

/** By its name, the number that stands for it. */
export const TRACE_RECORD: Readonly<Record<TraceRecordName, number>> = numbered();

/** By syntax alone: in the main thread it is loaded when the program may have replaced the rest of the language. */
function numbered(): Readonly<Record<TraceRecordName, number>> {
  const numbers: Record<string, number> = { __proto__: null as never };
  for (let number = 0; number < TRACE_RECORDS.length; number++) numbers[TRACE_RECORDS[number]!] = number;
  return numbers as Record<TraceRecordName, number>;
}

/** What may wake a request, as Node calls its own resources; row 0 is nothing that is known, the last one any other. */
export const WAKERS = [
  "",
  "Timeout",
  "Immediate",
  "TCPWRAP",
  "TLSWRAP",
  "PIPEWRAP",
  "TCPCONNECTWRAP",
  "PIPECONNECTWRAP",
  "WRITEWRAP",
  "SHUTDOWNWRAP",
  "HTTPINCOMINGMESSAGE",
  "HTTPCLIENTREQUEST",
  "GETADDRINFOREQWRAP",
  "GETNAMEINFOREQWRAP",
  "QUERYWRAP",
  "UDPWRAP",
  "UDPSENDWRAP",
  "FSREQCALLBACK",
  "FSREQPROMISE",
  "FILEHANDLECLOSEREQ",
  "FSEVENTWRAP",
  "PBKDF2REQUEST",
  "RANDOMBYTESREQUEST",
  "SCRYPTREQUEST",
  "HASHREQUEST",
  "ZLIB",
  "MESSAGEPORT",
  "WORKER",
  "PROCESSWRAP",
  "await",
  "other",
] as const;

/** The row of `WAKERS` of a promise that was awaited. */
export const AWAIT: number = WAKERS.length - 2;

/**
 * They go through a ring in shared memory, in slots of 8 bytes: the time in milliseconds of `performance.now`; kind and value, and
 * `id`; `other`, and how long the text is; then the text, four units of UTF-16 a slot. Before the slots stand numbers of its own.
 */
export const RECORD_SLOTS = 3;
export const TEXT_UNITS = 4;
export const RING_SLOTS: number = 2 ** 17;
export const RING_START = 4;
/** No text is longer. */
export const MOST_TEXT = 1024;

/** Of the ring's own numbers, int32: how many slots were written, how many are read, both cut to 32 bits, and how many records had no room. */
export const WRITTEN = 0;
export const READ = 1;
export const LOST = 2;

export function newRing(): SharedArrayBuffer {
  return new SharedArrayBuffer((RING_START + RING_SLOTS) * 8);
}
