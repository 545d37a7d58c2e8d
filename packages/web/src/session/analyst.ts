import { type Signal, signal } from "@preact/signals";
import traceWorkerAddress from "../worker/trace/trace-worker.ts?worker&url";
import workerAddress from "../worker/worker.ts?worker&url";
import type { Home } from "./home.ts";
import type { Progress, Questions, Reply, Request } from "./protocol.ts";
import type { TraceQuestions } from "./trace-protocol.ts";

/** Questions by their names. */
type Asked<Q> = { readonly [N in keyof Q]: (argument: never) => unknown };

/** Asks a worker and gives its answers. */
export interface Asker<Q extends Asked<Q>> {
  readonly ask: <N extends keyof Q & string>(
    name: N,
    argument: Parameters<Q[N]>[0],
    transfer?: Transferable[],
  ) => Promise<ReturnType<Q[N]>>;
  /** How much has been read of the profile that is being opened; undefined while none is. */
  readonly progress: Signal<Progress | undefined>;
}

export type Analyst = Asker<Questions>;
export type Tracer = Asker<TraceQuestions>;

/** Starts the worker that reads profiles. */
export function startAnalyst(home: Home): Analyst {
  return startAsker(home, embeddedScript("worker", home) ?? new URL(workerAddress, import.meta.url));
}

/** Starts the worker that reads traces. */
export function startTracer(home: Home, progress: Analyst["progress"]): Tracer {
  const script = embeddedScript("trace-worker", home) ?? new URL(traceWorkerAddress, import.meta.url);
  return startAsker(home, script, progress);
}

/** A worker's script is the page's own text where it holds it, as a page in one file does, else a file. */
function startAsker<Q extends Asked<Q>>(
  home: Home,
  script: string | URL,
  progress: Signal<Progress | undefined> = signal<Progress | undefined>(undefined),
): Asker<Q> {
  const worker = new Worker(script);
  home.ends.addEventListener("abort", () => worker.terminate());
  const waiting = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>();
  let id = 0;
  worker.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
    if ("progress" in data) {
      progress.value = data.progress;
      return;
    }
    const asked = waiting.get(data.id);
    waiting.delete(data.id);
    if ("error" in data) asked?.reject(new Error(data.error));
    else asked?.resolve(data.answer as never);
  });
  worker.addEventListener("error", (event) => {
    const error = new Error(event.message || "the worker that reads it ended");
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  });
  return {
    progress,
    ask: (name, argument, transfer = []) =>
      new Promise((resolve, reject) => {
        waiting.set(++id, { resolve, reject });
        worker.postMessage({ id, name, argument } satisfies Request, transfer);
      }),
  };
}

/** The address of a script that this page holds in an element of its own, or undefined. */
export function embeddedScript(name: string, { isOwn }: Home): string | undefined {
  if (!isOwn) return undefined;
  const text = document.getElementById(`pprof-${name}`)?.textContent;
  return text ? URL.createObjectURL(new Blob([text], { type: "text/javascript" })) : undefined;
}
