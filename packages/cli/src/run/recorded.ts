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

/** What all processes have left. */
export interface AllRecorded {
  /** By what they are of, such as `cpu`. */
  readonly profiles: ReadonlyMap<string, Profile>;
  /** In the order in which they began. */
  readonly processes: readonly RecordedProcess[];
  /** Those that go on: what they did until now is in the profiles. */
  readonly running: readonly RecordedProcess[];
  /** Why processes could not be recorded, each reason once. */
  readonly failures: readonly string[];
}

/** `PID-STAMP.json`, `.failed`, and for each kind of profile what was written on the way, and at the end (`recorder.ts`). */
const FILE = /^((\d+)-\w+)\.(?:(json)|(failed)|(\w+?)(\.end)?\.pb\.gz)$/;
/** For how long those that end together with the command are waited for. */
const END_MILLIS = 2_000;
/** So many processes are left to be read at the end; what more there are and have ended is read on the way. */
const MANY = 64;
/** So many profiles are merged at a time. */
const CHUNK = 64;
const SWEEP_MILLIS = 2_000;

interface Found {
  readonly pid: number;
  readonly files: string[];
  isBegun: boolean;
  hasEnded: boolean;
}

/** The private folder to which the processes of one run write, and what was read of it. */
export class Recorded implements Disposable {
  readonly directory: string = mkdtempSync(path.join(tmpdir(), "pprof-run-"));
  readonly #profiles = new Map<string, Profile[]>();
  readonly #processes: RecordedProcess[] = [];
  readonly #running: RecordedProcess[] = [];
  readonly #failures = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#sweep(), SWEEP_MILLIS);
    this.#timer.unref();
  }

  /** Reads all that there is, when processes that are about to end have done so. */
  async finish(): Promise<AllRecorded> {
    clearInterval(this.#timer);
    for (const until = performance.now() + END_MILLIS; performance.now() < until; await sleep(20)) {
      if (this.#find().every(({ hasEnded }) => hasEnded)) break;
    }
    for (const found of this.#find()) this.#take(found);
    const profiles = new Map([...this.#profiles].map(([kind, parts]) => [kind, merge(parts)]));
    return {
      profiles,
      processes: this.#processes,
      running: this.#running,
      failures: [...this.#failures],
    };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Of very many processes, reads those that have ended, so that neither files nor memory grow with their number. */
  #sweep(): void {
    const ended = this.#find().filter(({ hasEnded }) => hasEnded);
    if (ended.length >= MANY) for (const found of ended) this.#take(found);
  }

  #find(): Found[] {
    const found = new Map<string, Found>();
    for (const name of readdirSync(this.directory)) {
      const [, stem, pid, json, , , end] = FILE.exec(name) ?? [];
      if (stem === undefined) continue;
      let one = found.get(stem);
      if (one === undefined) {
        one = { pid: Number(pid), files: [], isBegun: false, hasEnded: false };
        found.set(stem, one);
      }
      one.files.push(name);
      one.isBegun ||= json !== undefined;
      one.hasEnded ||= end !== undefined;
    }
    const all = [...found.values()];
    for (const one of all) one.hasEnded ||= !isAlive(one.pid);
    return all.sort((a, b) => a.files[0]!.localeCompare(b.files[0]!));
  }

  #take({ pid, files, isBegun, hasEnded }: Found): void {
    for (const name of files) {
      const [, , , json, failed, kind = ""] = FILE.exec(name) ?? [];
      const file = path.join(this.directory, name);
      try {
        if (json !== undefined) {
          const one = { pid, name: String(JSON.parse(readFileSync(file, "utf8")).name) };
          this.#processes.push(one);
          if (!hasEnded) this.#running.push(one);
        } else if (failed !== undefined) {
          if (!isBegun) this.#processes.push({ pid, name: "node" });
          this.#failures.add(readFileSync(file, "utf8"));
        } else this.#add(kind, readRecorded(file));
      } catch {
        // Written anew in just this moment, or nothing of ours.
      }
      if (hasEnded) rmSync(file, { force: true });
    }
  }

  #add(kind: string, profile: Profile): void {
    if (profile.samples.length === 0) return;
    const parts = this.#profiles.get(kind) ?? [];
    parts.push(profile);
    this.#profiles.set(kind, parts.length < CHUNK ? parts : [merge(parts)]);
  }
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
