import { ProfileError } from "../../error.ts";
import { WireReader } from "../../proto/wire.ts";
import { NO_THREAD } from "../trace.ts";
import {
  CLOCK_SNAPSHOT,
  CPU_SAMPLE,
  CPU_SAMPLES,
  END_OF_GENERATION,
  EVENT_BATCH,
  EXPERIMENTAL_BATCH,
  FREQUENCY,
  HEADER_BYTES,
  LAST_EVENT,
  MOST_BATCH,
  MOST_FRAMES,
  MOST_STRING,
  STACK,
  STACKS,
  STRING,
  STRINGS,
  SYNC,
} from "./events.ts";

/** The events of a thread, or a part of them; the first one comes `time` ticks after the clock's zero. */
export interface Batch {
  readonly time: number;
  readonly start: number;
  readonly end: number;
}

/** What ran at a time, in ticks; 0 is no goroutine. */
export interface CpuSample {
  readonly time: number;
  readonly thread: number;
  readonly goroutine: number;
  readonly stack: number;
}

/** A function and its file, as rows of the strings, and the line in it. */
export interface GoFrame {
  readonly name: number;
  readonly file: number;
  readonly line: number;
}

/** A part of a Go trace, which is read by itself: its events refer to its own tables. */
export interface Generation {
  readonly number: number;
  /** By thread. */
  readonly batches: ReadonlyMap<number, readonly Batch[]>;
  readonly strings: ReadonlyMap<number, string>;
  /** Leaf first. */
  readonly stacks: ReadonlyMap<number, readonly GoFrame[]>;
  readonly samples: readonly CpuSample[];
  readonly nanosPerTick: number;
}

/** What is read of a generation before all of it is there. */
interface Opened {
  readonly number: number;
  readonly batches: Map<number, Batch[]>;
  readonly strings: Map<number, string>;
  readonly stacks: Map<number, readonly GoFrame[]>;
  /** By their addresses: the first one that says what an address is counts. */
  readonly frames: Map<number, GoFrame>;
  readonly samples: CpuSample[];
  frequency: number;
  snapshot: boolean;
}

/** Reads the numbers of a Go trace. */
export class TraceReader extends WireReader {
  override fail(what: string, offset: number = this.pos): never {
    throw new ProfileError(`malformed trace: ${what}`, { offset });
  }

  byte(): number {
    if (this.pos >= this.end) this.fail("it ends here");
    return this.bytes[this.pos++]!;
  }
}

/** The version of a Go trace's format, such as 22 for Go 1.22; undefined: these bytes are none of it. */
export function goTraceVersion(bytes: Uint8Array): number | undefined {
  const header = new TextDecoder().decode(bytes.subarray(0, HEADER_BYTES));
  const version = /^go 1\.(\d+) trace\0+$/.exec(header)?.[1];
  return version === undefined || bytes.length < HEADER_BYTES ? undefined : Number(version);
}

/** The generations of a Go trace, one after the other; throws at what is wrong, so that those before are read. */
export function* generations(bytes: Uint8Array): Generator<Generation> {
  const version = goTraceVersion(bytes);
  if (version === undefined)
    throw new ProfileError("malformed trace: it does not begin as a Go trace does", { offset: 0 });
  const last = LAST_EVENT[version];
  if (last === undefined) {
    throw new ProfileError(`a trace of Go 1.${version}: known are those of Go 1.22 to 1.26`, { offset: 0 });
  }
  const reader: TraceReader = new TraceReader(bytes, HEADER_BYTES);
  let opened: Opened | undefined;
  while (reader.pos < bytes.length) {
    const at = reader.pos;
    const type = reader.byte();
    if (type === END_OF_GENERATION && last >= END_OF_GENERATION) {
      if (opened === undefined) reader.fail("a generation ends that has not begun", at);
      yield closed(reader, opened, version);
      opened = undefined;
      continue;
    }
    if (type !== EVENT_BATCH && type !== EXPERIMENTAL_BATCH) reader.fail(`a batch begins with ${type}`, at);
    if (type === EXPERIMENTAL_BATCH) reader.byte();
    const number = reader.size();
    const thread = threadOf(reader);
    const time = reader.size();
    const size = reader.size();
    if (number === 0) reader.fail("a generation has the number 0", at);
    if (size > MOST_BATCH) reader.fail(`a batch has ${size} bytes, and at most ${MOST_BATCH} are read`, at);
    if (size > bytes.length - reader.pos) reader.fail(`a batch of ${size} bytes is cut off`, at);
    if (opened !== undefined && number === opened.number + 1 && version < 26) {
      yield closed(reader, opened, version);
      opened = undefined;
    } else if (opened !== undefined && number !== opened.number) {
      reader.fail(`generation ${number} comes after ${opened.number}`, at);
    }
    opened ??= open(number);
    const batch = { time, start: reader.pos, end: reader.pos + size };
    if (type === EVENT_BATCH) readBatch(new TraceReader(bytes, batch.start, batch.end), opened, thread, batch, version);
    reader.pos = batch.end;
  }
  if (opened === undefined) return;
  if (version >= 26) reader.fail("the last generation has no end");
  yield closed(reader, opened, version);
}

function open(number: number): Opened {
  return {
    number,
    batches: new Map(),
    strings: new Map(),
    stacks: new Map(),
    frames: new Map(),
    samples: [],
    frequency: 0,
    snapshot: false,
  };
}

function closed(reader: TraceReader, opened: Opened, version: number): Generation {
  const { number, batches, strings, stacks, samples, frequency } = opened;
  if (frequency === 0) reader.fail(`generation ${number} does not say how many ticks a second has`);
  if (version >= 25 && !opened.snapshot) reader.fail(`generation ${number} does not say what time it is`);
  for (const [stack, frames] of stacks) {
    const missing = frames
      .flatMap(({ name, file }) => [name, file])
      .find((string) => string !== 0 && !strings.has(string));
    if (missing !== undefined)
      reader.fail(`stack ${stack} of generation ${number} names string ${missing}, which is not there`);
  }
  for (const { stack } of samples) {
    if (stack !== 0 && !stacks.has(stack))
      reader.fail(`a CPU sample of generation ${number} has the unknown stack ${stack}`);
  }
  return { number, batches, strings, stacks, samples, nanosPerTick: 1e9 / frequency };
}

/** A batch is a table's by its first byte, and else a thread's. */
function readBatch(reader: TraceReader, opened: Opened, thread: number, batch: Batch, version: number): void {
  const kind = reader.bytes[reader.pos];
  const read = reader.pos < reader.end && TABLES.find((table) => table.kind === kind && version >= table.since);
  if (read) {
    read.read(reader, opened);
    return;
  }
  const batches = opened.batches.get(thread);
  if (batches === undefined) opened.batches.set(thread, [batch]);
  else batches.push(batch);
}

interface Table {
  readonly kind: number;
  readonly since: number;
  read(reader: TraceReader, opened: Opened): void;
}

const TABLES: readonly Table[] = [
  { kind: STRINGS, since: 22, read: rowsOf(STRING, readString) },
  { kind: STACKS, since: 22, read: rowsOf(STACK, readStack) },
  { kind: CPU_SAMPLES, since: 22, read: rowsOf(CPU_SAMPLE, readSample) },
  { kind: FREQUENCY, since: 22, read: readSync },
  { kind: SYNC, since: 25, read: readSync },
];

function rowsOf(type: number, read: (reader: TraceReader, opened: Opened) => void): Table["read"] {
  return (reader, opened) => {
    reader.pos++;
    while (reader.pos < reader.end) {
      const at = reader.pos;
      if (reader.byte() !== type) reader.fail(`a table has a row that begins with ${reader.bytes[at]}`, at);
      read(reader, opened);
    }
  };
}

function readString(reader: TraceReader, { strings }: Opened): void {
  const at = reader.pos;
  const number = reader.size();
  const length = reader.size();
  if (length > MOST_STRING) reader.fail(`a string of ${length} bytes, and at most ${MOST_STRING} are read`, at);
  if (length > reader.end - reader.pos) reader.fail("a string is cut off", at);
  if (strings.has(number)) reader.fail(`string ${number} is there twice`, at);
  strings.set(number, new TextDecoder().decode(reader.bytes.subarray(reader.pos, reader.pos + length)));
  reader.pos += length;
}

function readStack(reader: TraceReader, { stacks, frames }: Opened): void {
  const at = reader.pos;
  const number = reader.size();
  const depth = reader.size();
  if (depth > MOST_FRAMES) reader.fail(`a stack of ${depth} frames, and at most ${MOST_FRAMES} are read`, at);
  if (stacks.has(number)) reader.fail(`stack ${number} is there twice`, at);
  const own: GoFrame[] = [];
  for (let i = 0; i < depth; i++) {
    const address = reader.size();
    const read = { name: reader.size(), file: reader.size(), line: reader.size() };
    const frame = frames.get(address) ?? read;
    frames.set(address, frame);
    own.push(frame);
  }
  stacks.set(number, own);
}

function readSample(reader: TraceReader, { samples }: Opened): void {
  const time = reader.size();
  const thread = threadOf(reader);
  // On which proc.
  reader.varint();
  samples.push({ time, thread, goroutine: reader.size(), stack: reader.size() });
}

function readSync(reader: TraceReader, opened: Opened): void {
  if (reader.bytes[reader.pos] === SYNC) reader.pos++;
  while (reader.pos < reader.end) {
    const at = reader.pos;
    const type = reader.byte();
    if (type === FREQUENCY) {
      if (opened.frequency !== 0) reader.fail("a generation has two frequencies", at);
      opened.frequency = reader.size();
    } else if (type === CLOCK_SNAPSHOT) {
      for (let i = 0; i < 4; i++) reader.varint();
      opened.snapshot = true;
    } else reader.fail(`what a generation says of its clock begins with ${type}`, at);
  }
}

/** All bits set mean none. */
function threadOf(reader: TraceReader): number {
  const thread = reader.size();
  return thread > Number.MAX_SAFE_INTEGER ? NO_THREAD : thread;
}
