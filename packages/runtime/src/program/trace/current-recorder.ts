import { parts } from "#parts";
import type { TraceClock } from "../../exchange/messages.ts";
// What the recorder needs of the language it finds there, from before the program.
import "./early.ts";
import type { TraceRecordName } from "../../exchange/trace-records.ts";

/** What notes what this thread does, see `TraceRecorder`. */
export interface Recorder {
  readonly offsetMillis: number;
  readonly isExact: boolean;
  current(): number;
  run<Result>(task: number, act: () => Result): Result;
  begin(kind: TraceRecordName, other: number, text: string): number;
  note(kind: TraceRecordName, value: number, id: number, text?: string): void;
  stop(): void;
}

export type MakeRecorder = new (ring: SharedArrayBuffer, exact: boolean | undefined) => Recorder;

/** The one that notes what this thread does; undefined: it is not traced. */
let recorder: Recorder | undefined;
/** What is noted into, or will be, once what notes is loaded: most programs are never traced. */
let into: SharedArrayBuffer | null = null;
let RecorderOf: MakeRecorder | undefined;

export function currentRecorder(): Recorder | undefined {
  return recorder;
}

/** Begins to note what this thread does, or, null, ends that; undefined where nothing is noted. */
export async function recordInto(
  ring: SharedArrayBuffer | null,
  exact: boolean | undefined,
): Promise<TraceClock | undefined> {
  recorder?.stop();
  recorder = undefined;
  into = ring;
  if (ring === null) return undefined;
  try {
    RecorderOf ??= await parts.recorder();
    // Another one, or none, was wanted meanwhile.
    if (into !== ring) return undefined;
    recorder = new RecorderOf(ring, exact);
    return { offsetMillis: recorder.offsetMillis, isExact: recorder.isExact };
  } catch {
    // The program goes on, untraced.
    return undefined;
  }
}
