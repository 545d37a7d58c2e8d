import { RuntimeError } from "../error.ts";
import { PROFILES } from "../exchange/profile-names.ts";
import { CPU_RATE, MOST_RATE } from "../exchange/rates.ts";
import { agentThread } from "./agent-instance.ts";
import { put } from "./destination.ts";
import type { CustomProfile, Destination } from "./record/custom-profile.ts";
import { addProfile, registry } from "./record/registry.ts";

/** A profile of this process by its name. */
export interface NamedProfile {
  readonly name: string;
  /**
   * Writes the profile and resolves with its bytes. `debug` 0, the default, is gzipped profile.proto, 1 text; 2 is for
   * `goroutine` a stack dump. Rejects where the budgets for stalls (`stallBudget` of `listen`) have no room for it.
   */
  writeTo(destination?: Destination, debug?: 0 | 1 | 2): Promise<Uint8Array>;
}

const NAMES: readonly string[] = PROFILES;
let cpuDestination: Destination | undefined;

/** The profile of this name, the program's own included; undefined where there is none. */
export function lookup(name: string): NamedProfile | undefined {
  if (!NAMES.includes(name) && !registry().custom.has(name)) return undefined;
  return { name, writeTo: async (destination, debug = 0) => put(await read(`${name}`, `debug=${debug}`), destination) };
}

/** Every profile of this process, by name. */
export function profiles(): NamedProfile[] {
  return [...NAMES, ...registry().custom.keys()].sort().map((name) => lookup(name)!);
}

/** Makes a profile of the program's own, served by its name; a name that is taken is an error. */
export function newProfile(name: string): CustomProfile {
  return addProfile(name, (of, destination, debug) => lookup(of)!.writeTo(destination, debug));
}

/**
 * Begins a CPU profile of all threads; rejects while the program has begun another one, and beside captures of the debug port
 * for which fewer samples are taken than this one wants. `rate` is in samples a second, default 100; starting stops the program for 1 ms per
 * MB of its heap, unless the profiler is kept running at that rate (`warm` of `listen`).
 */
export async function startCpuProfile(destination?: Destination, rate: number = CPU_RATE): Promise<void> {
  if (!(Number.isInteger(rate) && rate >= 1 && rate <= MOST_RATE)) {
    throw new RuntimeError(`invalid rate "${rate}": must be samples a second, from 1 to ${MOST_RATE}`);
  }
  await agentThread().ask("startCpu", { rate, lines: "auto", timeline: false });
  cpuDestination = destination;
}

/** Ends the CPU profile, writes it to where `startCpuProfile` was told, and resolves with its bytes. */
export async function stopCpuProfile(): Promise<Uint8Array> {
  const bytes = await agentThread().ask("stopCpu", null);
  const destination = cpuDestination;
  cpuDestination = undefined;
  return put(bytes, destination);
}

/** Writes the heap profile, as `lookup("heap")` does. */
export async function writeHeapProfile(destination?: Destination): Promise<Uint8Array> {
  return put(await read("heap", ""), destination);
}

async function read(name: string, rawQuery: string): Promise<Uint8Array> {
  const call = { method: "GET", name, rawQuery, accept: "", body: "", timeoutMillis: 0 };
  const { status, body } = await agentThread().ask("call", call);
  if (status !== 200) throw new RuntimeError(String(body).trim());
  return typeof body === "string" ? new TextEncoder().encode(body) : body;
}
