import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { decode, merge, type Profile } from "@pprof-ts/profile";
import { gunzip } from "../host/file/gunzip.ts";
import { readRegularFile } from "../host/file/regular-file.ts";
import { defaultMaxBytes } from "../host/limit.ts";

/** A Node process that has recorded itself. */
export interface RecordedProcess {
  readonly pid: number;
  readonly name: string;
}

/** The trace of a process, as it was written. */
export interface RecordedTrace extends RecordedProcess {
  readonly bytes: Uint8Array;
}

/** What a process had taken when it ended. */
export interface Spent {
  readonly cpuMicros: number;
  /** What it had in memory at most. */
  readonly peakBytes: number;
}

/** What all processes have left. */
export interface AllRecorded {
  /** By what they are of, such as `cpu`. */
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly traces: readonly RecordedTrace[];
  readonly processes: readonly RecordedProcess[];
  /** Those that go on: what they did until now is in the profiles. */
  readonly running: readonly RecordedProcess[];
  /** Those that were ended before they had written all of it. */
  readonly killed: readonly RecordedProcess[];
  /** Of each that ended by itself. */
  readonly spent: readonly Spent[];
  /** Why processes could not be recorded, each reason once. */
  readonly failures: readonly string[];
}

/** The intervals of which there is to be a profile each. */
export interface Intervals {
  /** 0: there are none. */
  readonly everyMillis: number;
  readonly sinceMillis: number;
  /** Hears of each that is over: its number, and a profile for each kind. */
  over(number: number, profiles: ReadonlyMap<string, Profile>): void;
}

/** `PID-STAMP.WHAT`: for each kind of profile what was written on the way, and at the end (`recorder.ts`). */
const FILE = /^((\d+)-\w+)\.(json|failed|ended|trace|([a-z]+)(?:-(\d+))?(?:\.end)?\.pb\.gz)$/;
/** For how long those that end together with the command are waited for. */
const END_MILLIS = 2_000;
/** So many processes are left to be read at the end; what more there are and have ended is read on the way. */
const MANY = 64;
/** So many profiles are merged at a time. */
const CHUNK = 64;
const SWEEP_MILLIS = 1_000;
const COMMENTS = 8;
/** Traces are read at the end: so many bytes of them are kept. */
const TRACE_BYTES = 2 ** 28;
/** How long after its end processes may still write the profile of an interval. */
const LATE_MILLIS = 3_000;

/** A process by its files. */
interface Found {
  readonly pid: number;
  readonly files: string[];
  isBegun: boolean;
  hasEnded: boolean;
  isWhole: boolean;
}

/** The private folder to which the processes of one run write, and what was read of it. */
export class Recorded implements Disposable {
  readonly directory: string = mkdtempSync(path.join(tmpdir(), "pprof-run-"));
  readonly #intervals: Intervals;
  /** By interval, and by kind. */
  readonly #parts = new Map<number, Map<string, Profile[]>>();
  readonly #total = new Map<string, Profile[]>();
  readonly #processes = new Map<number, RecordedProcess>();
  readonly #traces: RecordedTrace[] = [];
  #traceBytes = 0;
  readonly #killed = new Set<number>();
  readonly #spent: Spent[] = [];
  readonly #failures = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  constructor(intervals: Intervals) {
    this.#intervals = intervals;
    this.#timer = setInterval(() => this.#sweep(), SWEEP_MILLIS);
    this.#timer.unref();
  }

  /** Reads all that there is, when processes that are about to end have done so. */
  async finish(): Promise<AllRecorded> {
    clearInterval(this.#timer);
    for (const until = performance.now() + END_MILLIS; performance.now() < until; await sleep(20)) {
      if (this.#find().every(({ hasEnded }) => hasEnded)) break;
    }
    const running: RecordedProcess[] = [];
    for (const found of this.#find()) {
      this.#take(found);
      const process = this.#processes.get(found.pid);
      if (!found.hasEnded && process !== undefined) running.push(process);
    }
    this.#close(Number.POSITIVE_INFINITY);
    return {
      profiles: merged(this.#total),
      traces: this.#traces,
      processes: [...this.#processes.values()],
      running,
      killed: [...this.#processes.values()].filter(({ pid }) => this.#killed.has(pid)),
      spent: this.#spent,
      failures: [...this.#failures],
    };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Reads what is over, so that neither files nor memory grow with the number of processes and the time. */
  #sweep(): void {
    const found = this.#find();
    const ended = found.filter(({ hasEnded }) => hasEnded);
    if (ended.length >= MANY) for (const one of ended) this.#take(one);
    const { everyMillis, sinceMillis } = this.#intervals;
    if (everyMillis === 0) return;
    const next = Math.floor((Date.now() - LATE_MILLIS - sinceMillis) / everyMillis);
    for (const one of found) this.#take(one, next);
    this.#close(next);
  }

  #find(): Found[] {
    const found = new Map<string, Found>();
    for (const name of readdirSync(this.directory)) {
      const [, stem, pid, what] = FILE.exec(name) ?? [];
      if (stem === undefined) continue;
      let one = found.get(stem);
      if (one === undefined) {
        one = { pid: Number(pid), files: [], isBegun: false, hasEnded: false, isWhole: false };
        found.set(stem, one);
      }
      one.files.push(name);
      one.isBegun ||= what === "json";
      one.isWhole ||= what === "ended";
      one.hasEnded ||= what === "ended";
    }
    const all = [...found.values()];
    for (const one of all) one.hasEnded ||= !isAlive(one.pid);
    return all;
  }

  /** Reads what a process has written, or, of one that goes on, its profiles of the intervals before this one. */
  #take({ pid, files, isBegun, hasEnded, isWhole }: Found, before = Number.POSITIVE_INFINITY): void {
    for (const name of files) {
      const [, , , what = "", kind, interval = "0"] = FILE.exec(name) ?? [];
      if (before < Number.POSITIVE_INFINITY && (kind === undefined || Number(interval) >= before)) continue;
      const file = path.join(this.directory, name);
      try {
        if (kind !== undefined) this.#add(Number(interval), kind, readRecorded(file));
        else this.#note(pid, what, isBegun, readFileSync(file));
      } catch {
        // Written anew in just this moment, or nothing of ours.
      }
      if (hasEnded || before < Number.POSITIVE_INFINITY) rmSync(file, { force: true });
    }
    if (hasEnded && isBegun && !isWhole) this.#killed.add(pid);
  }

  #note(pid: number, what: string, isBegun: boolean, bytes: Uint8Array): void {
    const text = (): string => Buffer.from(bytes).toString();
    if (what === "json") this.#processes.set(pid, { pid, name: String(JSON.parse(text()).name) });
    else if (what === "ended") {
      const { cpuMicros, peakKilobytes } = JSON.parse(text());
      this.#spent.push({ cpuMicros: Number(cpuMicros), peakBytes: Number(peakKilobytes) * 2 ** 10 });
    } else if (what === "failed") {
      if (!isBegun) this.#processes.set(pid, { pid, name: "node" });
      this.#failures.add(text());
    } else if (what === "trace") {
      this.#traceBytes += bytes.length;
      if (this.#traceBytes > TRACE_BYTES) this.#failures.add(`traces beyond ${TRACE_BYTES / 2 ** 20} MB in all`);
      else this.#traces.push({ pid, name: this.#processes.get(pid)?.name ?? "node", bytes });
    }
  }

  #add(interval: number, kind: string, profile: Profile): void {
    if (profile.samples.length === 0) return;
    const parts = this.#parts.get(interval) ?? new Map<string, Profile[]>();
    this.#parts.set(interval, parts);
    put(parts, kind, profile);
  }

  /** The intervals before this one are over. */
  #close(before: number): void {
    for (const [interval, parts] of [...this.#parts].sort(([a], [b]) => a - b)) {
      if (interval >= before) continue;
      this.#parts.delete(interval);
      const profiles = merged(parts);
      if (this.#intervals.everyMillis > 0) this.#intervals.over(interval, profiles);
      for (const [kind, profile] of profiles) put(this.#total, kind, profile);
    }
  }
}

function put(parts: Map<string, Profile[]>, kind: string, profile: Profile): void {
  const all = [...(parts.get(kind) ?? []), profile];
  parts.set(kind, all.length < CHUNK ? all : [merge(all)]);
}

function merged(parts: ReadonlyMap<string, readonly Profile[]>): Map<string, Profile> {
  return new Map(Array.from(parts, ([kind, profiles]) => [kind, withFewComments(merge(profiles))]));
}

/** Each process may have some of its own, such as when its sampling began. */
function withFewComments(profile: Profile): Profile {
  const { comments } = profile;
  const rest = comments.length - COMMENTS;
  if (rest <= 0) return profile;
  return { ...profile, comments: [...comments.slice(0, COMMENTS), `and ${rest} more comments, of other processes`] };
}

function readRecorded(file: string): Profile {
  const most = defaultMaxBytes();
  return decode(gunzip(readRegularFile(file, most), most));
}

/** Whether the process is there, and is not one that has ended and nobody has asked how. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return process.platform !== "linux";
  }
}
