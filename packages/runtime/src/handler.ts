import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { encode } from "@pprof-ts/profile";
import type { CpuProfiler } from "./cpu.ts";
import { CPU_RATE } from "./cpu.ts";
import type { Answer, Call } from "./exchange.ts";
import { download, page, refuse } from "./exchange.ts";
import { indexPage } from "./index-page.ts";

/** What the endpoints draw on. */
export interface Profilers {
  cpu(): Promise<CpuProfiler>;
}

interface Endpoint {
  readonly name: string;
  readonly description: string;
  serve(call: Call, profilers: Profilers): Promise<Answer>;
}

/** The longest delay of a timer, in seconds. */
const MAX_SECONDS = Math.floor((2 ** 31 - 1) / 1000);

const compress = promisify(gzip);

const endpoints: readonly Endpoint[] = [
  {
    name: "profile",
    description:
      "CPU profile. You can set the duration with the seconds parameter (default 30) and the samples a second with rate (default 100).",
    serve: serveCpu,
  },
];

/** Answers a call: the index, or the endpoint that it names. */
export async function handle(call: Call, profilers: Profilers): Promise<Answer> {
  if (call.name === "") return page(indexPage(endpoints));
  const endpoint = endpoints.find(({ name }) => name === call.name);
  return endpoint === undefined ? refuse(404, "Unknown profile") : endpoint.serve(call, profilers);
}

async function serveCpu({ query, signal }: Call, profilers: Profilers): Promise<Answer> {
  const seconds = integer(query.get("seconds"));
  if (seconds === undefined || seconds > MAX_SECONDS) {
    return refuse(400, 'invalid value for "seconds" - must be a positive integer');
  }
  const rate = integer(query.get("rate"));
  if (rate === undefined || rate < 0 || rate > 10_000) {
    return refuse(400, 'invalid value for "rate" - must be samples a second, from 1 to 10000');
  }
  try {
    const cpu = await profilers.cpu();
    // As in Go, no duration and one that is not positive mean the default.
    const profile = await cpu.capture(seconds > 0 ? seconds : 30, rate || CPU_RATE, signal);
    return download("profile", await compress(encode(profile)));
  } catch (error) {
    return refuse(500, `Could not enable CPU profiling: ${error instanceof Error ? error.message : error}`);
  }
}

/** A parameter as an integer: 0 where it is missing, undefined where it is none. */
function integer(text: string | null): number | undefined {
  if (text === null || text === "") return 0;
  const value = Number(text);
  return /^[+-]?\d+$/.test(text) && Number.isSafeInteger(value) ? value : undefined;
}
