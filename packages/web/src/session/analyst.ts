import workerAddress from "../worker/worker.ts?worker&url";
import type { Questions, Reply, Request } from "./protocol.ts";

/** Asks the worker and gives its answers. */
export interface Analyst {
  readonly ask: <N extends keyof Questions>(
    name: N,
    argument: Parameters<Questions[N]>[0],
    transfer?: Transferable[],
  ) => Promise<ReturnType<Questions[N]>>;
}

/** Starts the worker: from the page's own text where it holds it, as a page in one file does, else from its file. */
export function startAnalyst(): Analyst {
  const worker = new Worker(embeddedScript("worker") ?? new URL(workerAddress, import.meta.url));
  const waiting = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>();
  let id = 0;
  worker.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
    const asked = waiting.get(data.id);
    waiting.delete(data.id);
    if ("error" in data) asked?.reject(new Error(data.error));
    else asked?.resolve(data.answer as never);
  });
  worker.addEventListener("error", (event) => {
    const error = new Error(event.message || "the worker that reads the profile ended");
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  });
  return {
    ask: (name, argument, transfer = []) =>
      new Promise((resolve, reject) => {
        waiting.set(++id, { resolve, reject });
        worker.postMessage({ id, name, argument } satisfies Request, transfer);
      }),
  };
}

/** The address of a script that this page holds in an element of its own, or undefined. */
export function embeddedScript(name: string): string | undefined {
  const text = document.getElementById(`pprof-${name}`)?.textContent;
  return text ? URL.createObjectURL(new Blob([text], { type: "text/javascript" })) : undefined;
}
