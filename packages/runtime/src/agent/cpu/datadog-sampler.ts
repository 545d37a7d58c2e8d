import { createRequire } from "node:module";
import path from "node:path";
import { decode, type Profile, toNumbers } from "@pprof-ts/profile";
import { RuntimeError } from "../../error.ts";
import { REGISTRY } from "../../exchange/registry-name.ts";
import { loadOwnCopy, useOwnCopy } from "../../target/own-copy.ts";
import type { SiteFrame } from "../../target/stack-reader.ts";
import type { LabelledRow } from "../code/recorded-rows.ts";
import { evaluate } from "../inspector/evaluate.ts";
import type { Session } from "../inspector/session.ts";
import type { LineSampler } from "./site-sampler.ts";

const PACKAGE = "@datadog/pprof";
/** Starting it stops the thread for about 1 ms per MB of its heap; above this, the call-site sampler is used, which does not. */
const MOST_HEAP = 128 * 2 ** 20;

/** The optional peer, where it is installed. */
export interface Datadog {
  readonly file: string;
  /** Below which its modules are. */
  readonly folder: string;
  readonly version: string;
}

/**
 * Looks for it beside this package, or beside the program's script where that brings the profiler's thread along as text: such a
 * thread is named as a file of the working directory, which is anybody's. Its native code is not loaded before it is used.
 */
export function findDatadog(script: string): Datadog | undefined {
  const require = createRequire(import.meta.url.endsWith("/%5Bworker%20eval%5D") ? script : import.meta.url);
  try {
    const { version } = require(`${PACKAGE}/package.json`) as { version: string };
    const folder = path.dirname(require.resolve(`${PACKAGE}/package.json`)) + path.sep;
    return { file: require.resolve(PACKAGE), folder, version };
  } catch {
    return undefined;
  }
}

/**
 * Samples the main thread with the wall profiler of `@datadog/pprof`: V8's own, in a mode that the inspector has not, with the
 * line of every frame. Unlike the call sites that the program is asked for, it sees garbage collection and native functions,
 * finds a thread anywhere and not at V8's safe points only, and costs less; but it knows no labels beside the lines.
 */
export class DatadogSampler implements LineSampler {
  readonly comments: readonly string[];
  readonly #session: Session;
  readonly #file: string;
  readonly #folder: string;
  readonly #rows = new Map<string, { -readonly [Key in keyof LabelledRow]: LabelledRow[Key] }>();

  constructor(session: Session, { file, folder, version }: Datadog) {
    this.#session = session;
    this.#file = file;
    this.#folder = folder;
    this.comments = [
      `the main thread was sampled by ${PACKAGE} ${version}: time in V8 and Node outside of functions is left out`,
    ];
  }

  async start(rate: number): Promise<void> {
    const { usedSize } = await this.#session.post<{ usedSize: number }>("Runtime.getHeapUsage");
    if (usedSize > MOST_HEAP) {
      const [used, most] = [usedSize, MOST_HEAP].map((bytes) => Math.round(bytes / 2 ** 20));
      throw new RuntimeError(`it would stop the program, for the heap has ${used} MB, more than ${most}`);
    }
    const options = { intervalMicros: Math.round(1e6 / rate), durationMillis: 60_000, lineNumbers: true };
    await this.#tell(`time.start(${JSON.stringify(options)})`);
  }

  /** It begins anew for that, without a walk of the heap. */
  rows(): Promise<readonly LabelledRow[]> {
    return this.#take("true");
  }

  stop(): Promise<readonly LabelledRow[]> {
    return this.#take("");
  }

  async #take(restart: string): Promise<readonly LabelledRow[]> {
    const text = await this.#tell(
      `process.getBuiltinModule("node:buffer").Buffer.from(time.stop(${restart}).encode()).toString("base64")`,
    );
    for (const row of rowsOf(decode(Buffer.from(String(text), "base64")))) {
      const key = JSON.stringify(row.frames);
      const known = this.#rows.get(key);
      if (known === undefined) this.#rows.set(key, { ...row });
      else {
        known.count += row.count;
        known.nanos += row.nanos;
      }
    }
    return [...this.#rows.values()].map((row) => ({ ...row }));
  }

  async #tell(act: string): Promise<unknown> {
    const expression = `(${useOwnCopy})(${loadOwnCopy}, ${JSON.stringify(this.#file)}, ${JSON.stringify(this.#folder)}, globalThis[Symbol.for(${JSON.stringify(REGISTRY)})].copies, ({ time }) => ${act}, ({ time }) => time.stop())`;
    const { result, exceptionDetails } = await evaluate(this.#session, expression, { returnByValue: true });
    if (exceptionDetails === undefined) return result.value;
    const why = exceptionDetails.exception?.description?.split("\n", 1)[0] ?? exceptionDetails.text;
    throw new RuntimeError(`${PACKAGE} failed: ${why}`);
  }
}

/** Its samples with the frames that V8 named, before it gave them names of its own. */
function rowsOf({ samples, locations, functions, strings }: Profile): LabelledRow[] {
  const [counts, nanos] = samples.values.map(toNumbers);
  const lines = toNumbers(locations.lines.line);
  const frames = Array.from({ length: locations.length }, (_, location): SiteFrame => {
    const row = locations.lineStart[location]!;
    const fn = locations.lines.function[row]!;
    const name = strings.get(functions.name[fn]!);
    const url = strings.get(functions.filename[fn]!);
    const [, line] = /^\(anonymous:L#(\d+)/.exec(name) ?? [];
    if (url === "" && line === undefined) return named(name === "Garbage Collection" ? "(garbage collector)" : name);
    return [line === undefined ? name : "", url, url === "" ? Number(line) : lines[row]!, 0, 0, 0];
  });
  return Array.from({ length: samples.length }, (_, row) => {
    const stack = samples.locations.subarray(samples.locationStart[row]!, samples.locationStart[row + 1]!);
    // The garbage collector stands under a frame for Node.js, which no other sampler has.
    const shown = Array.from(stack, (location) => frames[location]!).filter(
      ([name, url]) => name !== "Node.js" || url !== "",
    );
    return { frames: shown, count: counts![row]!, nanos: nanos![row]! };
  });
}

function named(name: string): SiteFrame {
  return [name, "", 0, 0, 0, 0];
}
