import { type Address, parseAddress } from "./address.ts";
import { RuntimeError } from "./error.ts";
import type { ListenOptions } from "./listen.ts";

/** An option of `listen`, by its environment variable for `register`. */
interface Setting {
  readonly name: string;
  readonly read: (text: string, name: string) => ListenOptions;
}

/** Every option that `register` takes from the environment. */
export const settings: readonly Setting[] = [
  { name: "PPROF_ADDR", read: (text): Address => parseAddress(text) },
  { name: "PPROF_TOKEN", read: (token) => ({ token }) },
  { name: "PPROF_ALLOW", read: (text) => ({ allow: text.split(/[\s,]+/).filter((entry) => entry !== "") }) },
  { name: "PPROF_INSECURE", read: (text, name) => ({ insecure: flag(text, name) }) },
  { name: "PPROF_MEM_RATE", read: (text, name) => ({ memProfileRate: whole(text, name) }) },
  { name: "PPROF_ALLOCS", read: (text, name) => ({ allocs: flag(text, name) }) },
  { name: "PPROF_BLOCK_RATE", read: (text, name) => ({ blockProfileRate: whole(text, name) }) },
  { name: "PPROF_MUTEX_FRACTION", read: (text, name) => ({ mutexProfileFraction: whole(text, name) }) },
  { name: "PPROF_GOROUTINE_HEAP", read: (text, name) => ({ goroutineHeap: whole(text, name) }) },
  { name: "PPROF_KEEP", read: (keep) => ({ keep }) },
  { name: "PPROF_STALL", read: (onStall) => ({ onStall }) },
  { name: "PPROF_STALL_DIR", read: (stallDirectory) => ({ stallDirectory }) },
];

/** The options that these variables set; one that means nothing is an error. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): ListenOptions {
  return Object.assign({}, ...settings.map(({ name, read }) => (env[name] ? read(env[name], name) : {})));
}

function whole(text: string, name: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new RuntimeError(`invalid ${name} "${text}": must be a whole number`);
  return Number(text);
}

function flag(text: string, name: string): boolean {
  if (!/^(0|1|true|false)$/.test(text)) throw new RuntimeError(`invalid ${name} "${text}": must be 1 or 0`);
  return text === "1" || text === "true";
}
