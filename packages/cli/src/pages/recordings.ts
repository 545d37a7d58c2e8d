import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { combine, filterSamples, type Profile, subtract } from "@pprof-ts/profile";

/** A profile of this session; number 0 is the one that the tool was started with. */
export interface Recording {
  readonly name: string;
  readonly profile: Promise<Profile>;
  /** The profile without its samples. */
  readonly empty: Profile;
  /** Tells it from any other, of another run of the tool, too. */
  readonly tag: string;
}

/** A profile of the session under the name that pages show; `whole`: it with all of its names, where those are still looked for. */
export function recordingNamed(
  name: string,
  profile: Profile,
  whole: Promise<Profile> = Promise.resolve(profile),
): Recording {
  return { name, profile: whole, empty: filterSamples(profile, () => false), tag: `"${randomUUID()}"` };
}

/** What a recording is called: its kind, how long it is where it took time, and when it ended, by the clock on the wall. */
export function nameOf(kind: string, { durationNanos }: Profile, took: boolean): string {
  const seconds = Math.round(Number(durationNanos) / 1e9);
  return `${kind}${took && seconds > 0 ? ` ${seconds}s` : ""} ${new Date().toTimeString().slice(0, 8)}`;
}

/** A longer recording is made of pieces of so many seconds, so that it can be stopped and what there is be kept. */
const PIECE = 10;
/** What a program may record only while it is asked for it; the others are sums that it has at any time. */
const ASKED_FOR: ReadonlySet<string> = new Set(["profile", "allocs"]);
/** Asks for what there is at once. */
const NOW = -1;

/** How a recording ends before its time. */
export interface Ending {
  /** With what has been recorded. */
  readonly stopped: AbortSignal;
  /** With nothing. */
  readonly cancelled: AbortSignal;
}

/** Asks a program for a profile of so many seconds, or for what there is. */
type Take = (seconds: number, signal: AbortSignal) => Promise<Profile>;

/** Records so many seconds, or less where it is stopped before; without any, what there is. */
export function record(kind: string, seconds: number, ending: Ending, take: Take): Promise<Profile> {
  if (seconds === 0) return take(NOW, ending.cancelled);
  return ASKED_FOR.has(kind) ? recordPieces(seconds, ending, take) : recordDifference(seconds, ending, take);
}

/** What came in these seconds: what there is then, less what there was before. So it can be stopped at any time. */
async function recordDifference(seconds: number, { stopped, cancelled }: Ending, take: Take): Promise<Profile> {
  const before = await take(NOW, cancelled);
  await setTimeout(1000 * seconds, undefined, { signal: AbortSignal.any([stopped, cancelled]) }).catch(() => {});
  cancelled.throwIfAborted();
  const after = await take(NOW, cancelled);
  const { timeNanos } = after;
  return { ...subtract(after, before), timeNanos, durationNanos: timeNanos - before.timeNanos };
}

/** Records piece by piece; where a later piece fails, what was recorded before is what there is. */
async function recordPieces(seconds: number, { stopped, cancelled }: Ending, take: Take): Promise<Profile> {
  const pieces: Profile[] = [];
  for (let left = seconds; left > 0 && !stopped.aborted; left -= PIECE) {
    // Without a first piece there is nothing to keep.
    const signal = pieces.length === 0 ? cancelled : AbortSignal.any([stopped, cancelled]);
    try {
      pieces.push(await take(Math.min(left, PIECE), signal));
    } catch (error) {
      if (pieces.length === 0 || cancelled.aborted) throw error;
      break;
    }
  }
  return pieces.length === 1 ? pieces[0]! : combine(pieces);
}
