import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sharedPorts } from "@pprof-ts/runtime/attach";
import { whyNotAttached } from "../input/attach/inspector-port.ts";

/** A Node process that runs on this machine. */
export interface NodeProcess {
  readonly pid: number;
  /** The words of its command line. */
  readonly words: readonly string[];
  /** How many processors it keeps busy. */
  readonly busy: number;
  /** What the tool takes for a source of its profiles; undefined: it cannot be asked. */
  readonly source: string | undefined;
  /** Why it cannot. */
  readonly why: string | undefined;
}

/** For how long it is looked how busy they are. */
const LOOK_MILLIS = 300;
/** What Linux counts processor time in, a second. */
const TICKS = 100;
/** Where the times stand behind a process's name in its `stat`: of itself, and of the system for it. */
const TIMES = [11, 12];

/** The Node processes that this user sees, the busiest first; by `/proc`, which Linux alone has. */
export async function nodeProcesses(): Promise<NodeProcess[]> {
  const before = new Map(nodePids().map((pid) => [pid, ticksOf(pid)]));
  const begun = performance.now();
  const [ports] = await Promise.all([sharedPorts(), sleep(LOOK_MILLIS)]);
  const seconds = (performance.now() - begun) / 1000;
  const found = [...before].flatMap(([pid, ticks]): NodeProcess[] => {
    const words = wordsOf(pid);
    const now = ticksOf(pid);
    if (words.length === 0 || now === undefined || ticks === undefined) return [];
    const port = ports.get(pid);
    const why = port === undefined ? whyNotAttached(pid) : undefined;
    const source = port === undefined ? (why === undefined ? `pid:${pid}` : undefined) : `localhost:${port}`;
    return [{ pid, words, busy: (now - ticks) / TICKS / seconds, source, why }];
  });
  return found.sort((a, b) => b.busy - a.busy || a.pid - b.pid);
}

/** But for the tool itself. */
function nodePids(): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => pid !== process.pid && isNode(pid));
}

/** By its program where that may be seen, and else by its command line. */
function isNode(pid: number): boolean {
  let program = "";
  try {
    program = readlinkSync(`/proc/${pid}/exe`);
  } catch {
    [program = ""] = wordsOf(pid);
  }
  return /^node(js)?(-?\d+)?( \(deleted\))?$/.test(path.basename(program));
}

function wordsOf(pid: number): string[] {
  return read(pid, "cmdline").split("\0").slice(0, -1);
}

function ticksOf(pid: number): number | undefined {
  const fields = read(pid, "stat").split(") ").at(-1)!.split(" ");
  const ticks = TIMES.reduce((sum, at) => sum + Number(fields[at]), 0);
  return Number.isNaN(ticks) ? undefined : ticks;
}

/** "": it has ended. */
function read(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return "";
  }
}
