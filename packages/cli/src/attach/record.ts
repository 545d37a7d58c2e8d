import { setTimeout as sleep } from "node:timers/promises";
import { ToolError } from "../error.ts";
import { showRecording } from "../recording.ts";
import type { Ui } from "../ui.ts";
import type { InspectorClient } from "./inspector-client.ts";
import { attach } from "./inspector-port.ts";

const DEFAULT_SECONDS = 30;

/** How a kind of profile is recorded through the inspector: its calls before and after, and the answer that is it. */
interface Recording {
  readonly before: readonly (readonly [method: string, params?: Record<string, unknown>])[];
  readonly after: string;
}

const recordings: Readonly<Record<string, Recording>> = {
  profile: {
    before: [["Profiler.enable"], ["Profiler.setSamplingInterval", { interval: 1000 }], ["Profiler.start"]],
    after: "Profiler.stop",
  },
  heap: {
    before: [["HeapProfiler.enable"], ["HeapProfiler.startSampling", { samplingInterval: 32768 }]],
    after: "HeapProfiler.stopSampling",
  },
};

/**
 * Records a profile of a process that need not have been prepared for it, as V8 writes it. `source` is `pid:1234`, or
 * `pid:1234/heap` for what it allocates meanwhile and keeps.
 */
export async function recordProcess(source: string, seconds: number, ui: Ui): Promise<Uint8Array> {
  const [, pid = "", kind = "profile"] = /^pid:(\d+)(?:\/(\w+))?$/.exec(source) ?? [];
  if (pid === "") throw new ToolError("a process is named as pid:1234, or pid:1234/heap");
  const recording = Object.hasOwn(recordings, kind) ? recordings[kind] : undefined;
  if (recording === undefined) {
    throw new ToolError(`unknown profile "${kind}" of a process: must be one of ${Object.keys(recordings).join(", ")}`);
  }
  const duration = seconds > 0 ? seconds : DEFAULT_SECONDS;
  const { client, opened } = await attach(Number(pid));
  using _ = client;
  ui.print(`Attached to process ${pid}`);
  try {
    for (const [method, params] of recording.before) await client.call(method, params);
    const stop = showRecording(ui, duration);
    await sleep(duration * 1000);
    stop();
    const { profile } = await client.call(recording.after);
    return Buffer.from(JSON.stringify(profile));
  } finally {
    // As it was found: nobody else can attach.
    if (opened) await closeInspector(client);
  }
}

async function closeInspector(client: InspectorClient): Promise<void> {
  // The answer may come, or the connection may end before it does.
  const closed = client.call("Runtime.evaluate", { expression: "process._debugEnd()" }).catch(() => {});
  await Promise.race([closed, sleep(1000)]);
}
