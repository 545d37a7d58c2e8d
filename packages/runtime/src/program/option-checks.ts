import { constants } from "node:os";
import { RuntimeError } from "../error.ts";
import { MOST_RATE } from "../exchange/rates.ts";
import { TIMER_SECONDS } from "../http/call.ts";

// Options are also looked at when the program has run, which may have taken these away.
const { isInteger, isSafeInteger, MAX_SAFE_INTEGER } = Number;
const { create, entries, hasOwn } = Object;
const { isArray } = Array;
const { stringify } = JSON;
const { canParse } = URL;

/** What the value of an option has to be. */
interface Kind {
  readonly must: string;
  is(value: unknown): boolean;
}

interface Row {
  readonly name: string;
  /** Of `register`, where it has one. */
  readonly variable?: string;
  readonly kind: Kind;
  /** Of what takes the option: `listen`, the adapters; undefined: both. */
  readonly only?: "listen" | "mount";
  /** Whether no message may have the value. */
  readonly secret?: true;
}

const FLAG: Kind = { must: "true or false", is: (value) => typeof value === "boolean" };
/** A whole number of which no digit is lost; V8 ends the process where its sampler is given less than one byte. */
const COUNT: Kind = {
  must: `a whole number from 0 to ${MAX_SAFE_INTEGER}`,
  is: (value) => isSafeInteger(value) && (value as number) >= 0,
};
/** What a text says is checked as it is read. */
const DURATION: Kind = {
  must: "a number and a unit, such as 500ms, 90s or 5m, or milliseconds",
  is: (value) => typeof value === "string" || (isSafeInteger(value) && (value as number) >= 0),
};
const TEXT: Kind = { must: "a text", is: (value) => typeof value === "string" };
const PATH: Kind = {
  must: "a path",
  is: (value) => typeof value === "string" && value !== "" && !value.includes("\0"),
};
const TEXTS = (example: string): Kind => ({
  must: `a list such as ["${example}"]`,
  is: (value) => isArray(value) && value.every((one) => typeof one === "string"),
});
const within = (least: number, most: number, what: string): Kind => ({
  must: `${what} from ${least} to ${most}`,
  is: (value) => isInteger(value) && (value as number) >= least && (value as number) <= most,
});
const WARM: Kind = {
  must: `samples a second, from 1 to ${MOST_RATE}, or 0`,
  is: (value) => typeof value === "boolean" || within(0, MOST_RATE, "").is(value),
};
const MAP_HOST = /^(\[[\da-f:.]+\]|[\da-f:]*:[\da-f:.]+|[a-z\d_-]+(\.[a-z\d_-]+)*\.?)(:\d{1,5})?$/i;
const MAP_HOSTS: Kind = {
  must: 'a list of hosts, such as ["maps.example.com"], or ["localhost:8080"] for one port',
  is: (value) => TEXTS("").is(value) && (value as string[]).every((host) => MAP_HOST.test(host)),
};
/** Node cannot hear of these. */
const DEAF = ["SIGKILL", "SIGSTOP"];
const SIGNAL: Kind = {
  must: "the name of a signal, such as SIGUSR2",
  is: (value) => typeof value === "string" && hasOwn(constants.signals, value) && !DEAF.includes(value),
};

const COLLECTOR: Kind = {
  must: "an http or https address without a password, such as http://localhost:4040",
  is: (value) => {
    const url = typeof value === "string" && canParse(value) ? new URL(value) : undefined;
    return url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
  },
};
const NAME: Kind = { must: "a name, such as shop", is: (value) => typeof value === "string" && value.trim() !== "" };
const TOKEN: Kind = {
  must: "visible ASCII characters, without spaces and newlines",
  is: (value) => typeof value === "string" && /^[\x21-\x7e]+$/.test(value),
};

/** Every option, and what it may be. */
const rows: readonly Row[] = [
  {
    name: "host",
    variable: "PPROF_ADDR",
    only: "listen",
    kind: { must: "a name or an address such as localhost", is: (value) => typeof value === "string" && value !== "" },
  },
  { name: "port", variable: "PPROF_ADDR", only: "listen", kind: within(0, 65_535, "a whole number") },
  { name: "token", variable: "PPROF_TOKEN", kind: TEXT, secret: true },
  { name: "allow", variable: "PPROF_ALLOW", kind: TEXTS("10.0.0.0/8") },
  { name: "allowedHosts", variable: "PPROF_ALLOWED_HOSTS", only: "listen", kind: TEXTS("app.example.com") },
  { name: "hosts", only: "mount", kind: TEXTS("app.example.com") },
  { name: "prefix", only: "mount", kind: TEXT },
  { name: "insecure", variable: "PPROF_INSECURE", only: "listen", kind: FLAG },
  { name: "processes", variable: "PPROF_PROCESSES", kind: FLAG },
  { name: "memProfileRate", variable: "PPROF_MEM_RATE", kind: COUNT },
  { name: "allocs", variable: "PPROF_ALLOCS", kind: FLAG },
  { name: "blockProfileRate", variable: "PPROF_BLOCK_RATE", kind: COUNT },
  { name: "mutexProfileFraction", variable: "PPROF_MUTEX_FRACTION", kind: COUNT },
  { name: "stallBudget", variable: "PPROF_STALL_BUDGET", kind: DURATION },
  { name: "stallBudgetPerMinute", variable: "PPROF_STALL_BUDGET_PER_MINUTE", kind: DURATION },
  { name: "maxSeconds", variable: "PPROF_MAX_SECONDS", kind: within(1, TIMER_SECONDS, "a whole number") },
  { name: "warm", variable: "PPROF_WARM", kind: WARM },
  { name: "keep", variable: "PPROF_KEEP", kind: DURATION },
  { name: "keepHeap", variable: "PPROF_KEEP_HEAP", kind: DURATION },
  { name: "keepGoroutine", variable: "PPROF_KEEP_GOROUTINE", kind: DURATION },
  { name: "keepTrace", variable: "PPROF_KEEP_TRACE", kind: DURATION },
  { name: "onSlow", variable: "PPROF_SLOW", kind: DURATION },
  { name: "sourceMapHosts", variable: "PPROF_SOURCE_MAP_HOSTS", kind: MAP_HOSTS },
  { name: "onStall", variable: "PPROF_STALL", kind: DURATION },
  { name: "stallDirectory", variable: "PPROF_STALL_DIR", kind: PATH },
  { name: "onExit", variable: "PPROF_ON_EXIT", kind: PATH },
  { name: "onSignal", variable: "PPROF_ON_SIGNAL", kind: SIGNAL },
  { name: "push", variable: "PPROF_PUSH", kind: COLLECTOR },
  { name: "pushEvery", variable: "PPROF_PUSH_EVERY", kind: DURATION },
  { name: "pushName", variable: "PPROF_PUSH_NAME", kind: NAME },
  { name: "pushToken", variable: "PPROF_PUSH_TOKEN", kind: TOKEN, secret: true },
];

/**
 * The options of `listen` or of an adapter, without those that are undefined, and without what all objects are made to have. One
 * that is not known, or means nothing, is an error: it may be one that says who may ask.
 */
export function checkedOptions<Options extends object>(given: Options, of: "listen" | "mount"): Options {
  if (typeof given !== "object" || given === null || isArray(given)) {
    throw new RuntimeError(`invalid options ${shown(given)}: must be an object such as { token: "secret" }`);
  }
  const known = rows.filter(({ only }) => only === undefined || only === of);
  const options: Record<string, unknown> = create(null);
  for (const [name, value] of entries(given)) {
    const row = known.find((one) => one.name === name);
    if (row === undefined) {
      const names = known.map((one) => one.name).join(", ");
      throw new RuntimeError(`unknown option ${shown(name)}: must be one of ${names}`);
    }
    if (value === undefined) continue;
    const { variable, kind, secret } = row;
    if (!kind.is(value)) {
      const called = variable === undefined ? name : `${name} (${variable})`;
      const what = secret && value !== null ? `of type ${typeof value}` : shown(value);
      throw new RuntimeError(`invalid ${called} ${what}: must be ${kind.must}, or left out`);
    }
    options[name] = value;
  }
  return options as Options;
}

/** Checks a number that a function is given for this option. */
export function checkCount(name: string, value: unknown): void {
  if (!COUNT.is(value)) throw new RuntimeError(`invalid ${name} ${shown(value)}: must be ${COUNT.must}`);
}

/** A value in a message: of what is long, the beginning. */
function shown(value: unknown): string {
  let text: string;
  try {
    text =
      typeof value === "string" || (typeof value === "object" && value !== null)
        ? stringify(value)
        : `"${String(value)}"`;
  } catch {
    text = `of type ${typeof value}`;
  }
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
