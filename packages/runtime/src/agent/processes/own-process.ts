import { readFile } from "node:fs/promises";
import process from "node:process";

/** What a process says of itself to the one that serves for all. */
export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  /** When it began, in milliseconds since 1970. */
  readonly sinceMillis: number;
  /** Threads of the operating system, Node's own included; undefined where the system does not tell. */
  readonly threads: number | undefined;
  /** How many processors it has kept busy since it was asked before, or since its start. */
  readonly busy: number;
  /** Whether it has the port. */
  readonly holds: boolean;
}

/** What is remembered to say how busy the process was. */
let before = { atMillis: process.uptime() * -1000 + performance.now(), micros: 0 };
let busy = 0;
/** Asked again sooner than this, it says the same. */
const LEAST_MILLIS = 500;

export async function ownProcess(name: string, holds: boolean): Promise<ProcessInfo> {
  const { user, system } = process.cpuUsage();
  const now = { atMillis: performance.now(), micros: user + system };
  const millis = now.atMillis - before.atMillis;
  if (millis >= LEAST_MILLIS) {
    busy = (now.micros - before.micros) / (millis * 1000);
    before = now;
  }
  return {
    pid: process.pid,
    parent: process.ppid,
    name,
    sinceMillis: Math.round(Date.now() - process.uptime() * 1000),
    threads: await countThreads(),
    busy: Math.round(busy * 100) / 100,
    holds,
  };
}

/** What another process says of itself, with nothing but what belongs there. */
export function processInfo(pid: number, said: Partial<Record<keyof ProcessInfo, unknown>>): ProcessInfo {
  const { parent, name, sinceMillis, threads, busy, holds } = said;
  return {
    pid,
    parent: Number(parent),
    name: String(name),
    sinceMillis: Number(sinceMillis),
    threads: threads === undefined ? undefined : Number(threads),
    busy: Number(busy),
    holds: holds === true,
  };
}

async function countThreads(): Promise<number | undefined> {
  const status = await readFile("/proc/self/status", "latin1").catch(() => "");
  const [, digits] = /^Threads:\s+(\d+)$/m.exec(status) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
