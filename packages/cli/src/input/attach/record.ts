import { setTimeout as sleep } from "node:timers/promises";
import { type Attached, attached, type Program } from "@pprof-ts/runtime/attach";
import { messageOf, ToolError } from "../../error.ts";
import { patience, tooLate } from "../../host/limit.ts";
import { showRecording } from "../../host/terminal/progress.ts";
import type { Ui } from "../../host/terminal/ui.ts";
import type { InspectorClient } from "./inspector-client.ts";
import { attach } from "./inspector-port.ts";

const DEFAULT_SECONDS = 30;
const CPU_RATE = 1000;
const HEAP_INTERVAL = 32768;
/** What would end the tool, and leave the inspector open. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

interface Recording {
  /** Whether it takes the seconds that it is asked for. */
  readonly lasts: boolean;
  record(asked: Asked): Promise<Uint8Array>;
}

interface Asked {
  readonly client: InspectorClient;
  readonly collectors: Attached;
  readonly seconds: number;
  readonly full: boolean;
  /** Aborts when Ctrl-C is pressed, or the process has ended. */
  readonly signal: AbortSignal;
}

const recordings: Readonly<Record<string, Recording>> = {
  profile: { lasts: true, record: ({ collectors, seconds, signal }) => collectors.cpu(seconds, CPU_RATE, signal) },
  goroutine: { lasts: false, record: ({ collectors, full }) => collectors.goroutine(full) },
  heap: {
    lasts: true,
    // V8's own format: what is allocated meanwhile and kept.
    async record({ client, seconds, signal }) {
      await client.post("HeapProfiler.enable");
      await client.post("HeapProfiler.startSampling", { samplingInterval: HEAP_INTERVAL });
      await sleep(seconds * 1000, undefined, { signal });
      const { profile } = await client.post<{ profile: object }>("HeapProfiler.stopSampling");
      return Buffer.from(JSON.stringify(profile));
    },
  },
};

/**
 * Records a profile of a process that need not have been prepared for it. `source` is `pid:1234`, `pid:1234/heap` for what
 * it allocates meanwhile and keeps, or `pid:1234/goroutine` for what waits in it (`?full=1`: however large its heap is).
 */
export async function recordProcess(
  source: string,
  { seconds, timeout, ui }: { readonly seconds: number; readonly timeout: number; readonly ui: Ui },
): Promise<Uint8Array> {
  const [, pid = "", kind = "profile", full] = /^pid:(\d+)(?:\/(\w+)(\?full=1)?)?$/.exec(source) ?? [];
  if (pid === "") throw new ToolError("a process is named as pid:1234, pid:1234/heap or pid:1234/goroutine");
  const recording = Object.hasOwn(recordings, kind) ? recordings[kind] : undefined;
  if (recording === undefined) {
    throw new ToolError(`unknown profile "${kind}" of a process: must be one of ${Object.keys(recordings).join(", ")}`);
  }
  const duration = seconds > 0 ? seconds : DEFAULT_SECONDS;
  const { client, opened } = await attach(Number(pid));
  using _ = client;
  const ending = new AbortController();
  const { signal } = ending;
  const ended = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const interrupt = (): void => ending.abort(new ToolError("interrupted"));
  for (const name of SIGNALS) process.once(name, interrupt);
  const wait = patience(timeout);
  const timer = setTimeout(() => ending.abort(tooLate(wait)), ((recording.lasts ? duration : 0) + wait) * 1000);
  void client.closed.then((error) => ending.abort(error));
  ui.print(`Attached to process ${pid}`);
  const stop = recording.lasts ? showRecording(ui, duration) : undefined;
  try {
    const collectors = attached(client, ...(await Promise.race([programOf(client), ended])));
    const asked = { client, collectors, seconds: duration, full: full !== undefined, signal };
    return await Promise.race([recording.record(asked), ended]);
  } catch (error) {
    throw error instanceof ToolError ? error : new ToolError(messageOf(error));
  } finally {
    stop?.();
    clearTimeout(timer);
    for (const name of SIGNALS) process.off(name, interrupt);
    // As it was found: nobody else can attach.
    if (opened) await closeInspector(client);
  }
}

/** What runs in the process, and what its environment says that counts here. */
export async function programOf(client: InspectorClient): Promise<[Program, { NODE_V8_COVERAGE: string }]> {
  const { result } = await client.post<{ result: { value: [string, string[], string] } }>("Runtime.evaluate", {
    expression: '[process.execPath, process.argv, process.env.NODE_V8_COVERAGE ?? ""]',
    returnByValue: true,
  });
  const [execPath, commandLine, NODE_V8_COVERAGE] = result.value;
  return [{ script: commandLine[1] ?? execPath, execPath, commandLine }, { NODE_V8_COVERAGE }];
}

/** Leaves the inspector as it was found, where it was opened for us. */
export async function closeInspector(client: InspectorClient): Promise<void> {
  // The answer may come, or the connection may end before it does.
  const closed = client.post("Runtime.evaluate", { expression: "process._debugEnd()" }).catch(() => {});
  await Promise.race([closed, sleep(1000, undefined, { ref: false })]);
}
