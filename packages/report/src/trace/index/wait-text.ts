import { isRealWait, type Trace } from "@pprof-ts/profile";
import { goroutineName, NO_ROW, SPAN_STATE, SPAN_STATE_NAMES, type SpanState, type TraceIndex } from "./trace-index.ts";

/** The frames of a stack, leaf first, as rows of `Trace.frames`. */
export function stackFrames({ stacks }: Trace, stack: number): Uint32Array {
  return stacks.frame.subarray(stacks.start[stack]!, stacks.start[stack + 1]!);
}

/** The frames of a stack, leaf first, as `name file:line`. */
export function stackTexts(trace: Trace, stack: number): string[] {
  return Array.from(stackFrames(trace, stack), (frame) => frameText(trace, frame));
}

function frameText({ frames, strings }: Trace, frame: number): string {
  const line = frames.line[frame]!;
  return `${strings[frames.function[frame]!]!}${line > 0 ? ` ${strings[frames.file[frame]!]!}:${line}` : ""}`;
}

/** Whether a frame has a line, and that is not in one of Node's own files. */
export function isOfProgram({ frames, strings }: Trace, frame: number): boolean {
  return frames.line[frame]! > 0 && !strings[frames.file[frame]!]!.startsWith("node:");
}

/** For each of the strings, whether a wait for that reason is one for something. */
export function realWaits({ strings }: Trace): boolean[] {
  return strings.map(isRealWait);
}

/**
 * What a wait was for, as our recorder tells it: by a leaf frame without a line in the file `node`, such as `(file)` or the host that
 * is called. A row of the strings; `NO_ROW` where the stack tells no such thing.
 */
export function toldOfWait({ stacks, frames, strings }: Trace, stack: number): number {
  const leaf = stacks.start[stack]!;
  if (stacks.start[stack + 1]! - leaf < 2) return NO_ROW;
  const frame = stacks.frame[leaf]!;
  return frames.line[frame] === 0 && strings[frames.file[frame]!] === "node" ? frames.function[frame]! : NO_ROW;
}

/** A span in words. */
export interface SpanTold {
  readonly state: SpanState;
  /** Why it waits, and for what. */
  readonly why: string;
  readonly stack: readonly string[];
  /** Who woke it; "" where nobody is known. */
  readonly waker: string;
  readonly wakerId: number;
}

export function spanTold(index: TraceIndex, span: number): SpanTold {
  const { spans, goroutines, trace } = index;
  const state = spans.state[span]!;
  const reason = spans.reason[span]!;
  const stack = spans.stack[span]!;
  const waker = spans.waker[span]!;
  return {
    state: SPAN_STATE_NAMES[state]!,
    why: state === SPAN_STATE.waiting ? waitText(trace, reason, stack) : trace.strings[reason]!,
    stack: stackTexts(trace, stack),
    waker: waker === NO_ROW ? "" : goroutineName(index, waker),
    wakerId: waker === NO_ROW ? 0 : goroutines.id[waker]!,
  };
}

/** Stacks have numbers below this. */
const MOST_STACKS = 2 ** 26;

/** One number for the reason and the stack of a wait, to sum waits up by. */
export function waitKey(reason: number, stack: number): number {
  return reason * MOST_STACKS + stack;
}

/** What `waitText` says of the waits of such a number. */
export function waitKeyText(trace: Trace, key: number): string {
  return waitText(trace, Math.floor(key / MOST_STACKS), key % MOST_STACKS);
}

/** The same in two parts, `network: db:5432` and `load cart.js:12`, which is "" where no place is known. */
export function waitKeyParts(trace: Trace, key: number): WaitParts {
  return waitParts(trace, Math.floor(key / MOST_STACKS), key % MOST_STACKS);
}

interface WaitParts {
  readonly what: string;
  readonly place: string;
}

/** Frames by which nobody knows a wait: those of the runtime, and of what all waits go through. */
const OF_WAITING = /^(runtime\.|sync\.|internal\/|syscall\.|os\.|io\.)| node:/;

/**
 * A wait in words: its reason and the innermost frame of its stack by which a reader knows it, such as
 * `chan receive: main.worker main.go:7`. Of our recorder's traces what was waited for, and where: `network: db:5432 at load cart.js:12`.
 */
export function waitText(trace: Trace, reason: number, stack: number): string {
  return textOfParts(waitParts(trace, reason, stack));
}

export function textOfParts({ what, place }: WaitParts): string {
  return place === "" ? what : `${what} at ${place}`;
}

function waitParts(trace: Trace, reason: number, stack: number): WaitParts {
  const text = trace.strings[reason]! || "waits";
  const frames = stackFrames(trace, stack);
  if (frames.length < 2) return { what: text, place: "" };
  const told = toldOfWait(trace, stack);
  if (told === NO_ROW) {
    const texts = stackTexts(trace, stack);
    return { what: `${text}: ${texts.find((frame) => !OF_WAITING.test(frame)) ?? texts[0]!}`, place: "" };
  }
  const place = frames.find((frame) => isOfProgram(trace, frame));
  return { what: `${text}: ${trace.strings[told]!}`, place: place === undefined ? "" : frameText(trace, place) };
}
