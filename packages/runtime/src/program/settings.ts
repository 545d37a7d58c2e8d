import { RuntimeError } from "../error.ts";
import { type Address, parseAddress } from "../exchange/listen-address.ts";
import type { ListenOptions } from "./listen.ts";

/** An option of `listen`, by its environment variable for `register`. */
interface Setting {
  readonly name: string;
  readonly options: readonly (keyof ListenOptions)[];
  readonly read: (text: string, name: string) => ListenOptions;
  /** Whether it says who may ask: an empty one is an error, for it may be a secret that was not filled in. */
  readonly guards?: true;
}

/** Every option that `register` takes from the environment. */
export const settings: readonly Setting[] = [
  { name: "PPROF_ADDR", options: ["host", "port"], read: (text): Address => parseAddress(text) },
  { name: "PPROF_TOKEN", options: ["token"], guards: true, read: (token) => ({ token }) },
  { name: "PPROF_ALLOW", options: ["allow"], guards: true, read: (text) => ({ allow: words(text) }) },
  {
    name: "PPROF_ALLOWED_HOSTS",
    options: ["allowedHosts"],
    guards: true,
    read: (text) => ({ allowedHosts: words(text) }),
  },
  { name: "PPROF_INSECURE", options: ["insecure"], read: (text, name) => ({ insecure: flag(text, name) }) },
  { name: "PPROF_PROCESSES", options: ["processes"], read: (text, name) => ({ processes: flag(text, name) }) },
  {
    name: "PPROF_MEM_RATE",
    options: ["memProfileRate"],
    read: (text, name) => ({ memProfileRate: whole(text, name) }),
  },
  { name: "PPROF_ALLOCS", options: ["allocs"], read: (text, name) => ({ allocs: flag(text, name) }) },
  {
    name: "PPROF_BLOCK_RATE",
    options: ["blockProfileRate"],
    read: (text, name) => ({ blockProfileRate: whole(text, name) }),
  },
  {
    name: "PPROF_MUTEX_FRACTION",
    options: ["mutexProfileFraction"],
    read: (text, name) => ({ mutexProfileFraction: whole(text, name) }),
  },
  { name: "PPROF_STALL_BUDGET", options: ["stallBudget"], read: (stallBudget) => ({ stallBudget }) },
  {
    name: "PPROF_STALL_BUDGET_PER_MINUTE",
    options: ["stallBudgetPerMinute"],
    read: (stallBudgetPerMinute) => ({ stallBudgetPerMinute }),
  },
  { name: "PPROF_MAX_SECONDS", options: ["maxSeconds"], read: (text, name) => ({ maxSeconds: whole(text, name) }) },
  { name: "PPROF_WARM", options: ["warm"], read: (text, name) => ({ warm: rate(text, name) }) },
  { name: "PPROF_KEEP", options: ["keep"], read: (keep) => ({ keep }) },
  { name: "PPROF_KEEP_HEAP", options: ["keepHeap"], read: (keepHeap) => ({ keepHeap }) },
  { name: "PPROF_KEEP_GOROUTINE", options: ["keepGoroutine"], read: (keepGoroutine) => ({ keepGoroutine }) },
  { name: "PPROF_KEEP_TRACE", options: ["keepTrace"], read: (keepTrace) => ({ keepTrace }) },
  { name: "PPROF_SLOW", options: ["onSlow"], read: (onSlow) => ({ onSlow }) },
  {
    name: "PPROF_SOURCE_MAP_HOSTS",
    options: ["sourceMapHosts"],
    read: (text) => ({ sourceMapHosts: text === "none" ? [] : words(text) }),
  },
  { name: "PPROF_STALL", options: ["onStall"], read: (onStall) => ({ onStall }) },
  { name: "PPROF_STALL_DIR", options: ["stallDirectory"], read: (stallDirectory) => ({ stallDirectory }) },
  { name: "PPROF_ON_EXIT", options: ["onExit"], read: (onExit) => ({ onExit }) },
  { name: "PPROF_ON_SIGNAL", options: ["onSignal"], read: (onSignal) => ({ onSignal }) },
  { name: "PPROF_PUSH", options: ["push"], read: (push) => ({ push }) },
  { name: "PPROF_PUSH_EVERY", options: ["pushEvery"], read: (pushEvery) => ({ pushEvery }) },
  { name: "PPROF_PUSH_NAME", options: ["pushName"], read: (pushName) => ({ pushName }) },
  { name: "PPROF_PUSH_TOKEN", options: ["pushToken"], guards: true, read: (pushToken) => ({ pushToken }) },
];

/** The options that these variables set; one that means nothing is an error. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): ListenOptions {
  const read = settings.map(({ name, guards, read }) => {
    const text = env[name];
    if (text === undefined || (text === "" && !guards)) return {};
    if (guards && /^[\s,]*$/.test(text))
      throw new RuntimeError(`invalid ${name} ${JSON.stringify(text)}: must not be empty`);
    return read(text, name);
  });
  return Object.assign({}, ...read);
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

function whole(text: string, name: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new RuntimeError(`invalid ${name} "${text}": must be a whole number`);
  return Number(text);
}

/** Samples a second; 1 and 0 are yes and no, as elsewhere. */
function rate(text: string, name: string): boolean | number {
  return /^[2-9]$|^[1-9]\d{1,14}$/.test(text) ? Number(text) : flag(text, name);
}

function flag(text: string, name: string): boolean {
  if (!/^(0|1|true|false)$/.test(text)) throw new RuntimeError(`invalid ${name} "${text}": must be 1 or 0`);
  return text === "1" || text === "true";
}
