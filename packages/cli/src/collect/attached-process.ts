import { programName, type ScrapeTarget } from "@pprof-ts/fleet";
import { encode, readProfile } from "@pprof-ts/profile";
import { attached } from "@pprof-ts/runtime/attach";
import type { InspectorClient } from "../input/attach/inspector-client.ts";
import { attach } from "../input/attach/inspector-port.ts";
import { closeInspector, programOf } from "../input/attach/record.ts";

/** A process that is attached to, until it is let go of. */
export interface AttachedProcess {
  readonly targets: readonly ScrapeTarget[];
  close(): Promise<void>;
}

/** As the profiler in a service has it. */
const CPU_RATE = 100;
const CPU_INTERVAL = 10_000;
/** A second less than from one to the next, so that the next begins on time. */
const CPU_SECONDS = 9;
const HEAP_INTERVAL = 60_000;
/** Bytes between two samples of the heap, as in Go. */
const HEAP_RATE = 512 * 1024;

/** What a Node process that nobody prepared is asked for again and again; its inspector stays open meanwhile. */
export async function attachProcess(pid: number, tenant: string): Promise<AttachedProcess> {
  const { client, opened } = await attach(pid);
  const [program, env] = await programOf(client);
  const { cpu } = attached(client, program, env);
  await client.post("HeapProfiler.enable");
  await client.post("HeapProfiler.startSampling", { samplingInterval: HEAP_RATE });
  const labels = new Map([
    ["service_name", programName(program.commandLine.join("\0"))],
    ["instance", `pid:${pid}`],
  ]);
  const target = (name: string, intervalMillis: number, take: ScrapeTarget["take"]): ScrapeTarget => ({
    key: `pid:${pid} ${name}`,
    tenant,
    labels,
    name,
    shown: `pid:${pid}`,
    intervalMillis,
    keep: [],
    isDelta: name === "process_cpu",
    take: (signal) => whileThere(take(signal), client, signal),
  });
  return {
    targets: [
      target("process_cpu", CPU_INTERVAL, (signal) => cpu(CPU_SECONDS, CPU_RATE, signal)),
      target("memory", HEAP_INTERVAL, () => heap(client)),
    ],
    async close() {
      using _ = client;
      // The process may have ended meanwhile.
      await client.post("HeapProfiler.stopSampling").catch(() => {});
      if (opened) await closeInspector(client);
    },
  };
}

/** What is taken, unless the process or who takes it ends first: what was asked of it then may never be answered. */
async function whileThere<T>(taken: Promise<T>, { closed }: InspectorClient, signal: AbortSignal): Promise<T> {
  const over = new Promise<never>((_, reject) => {
    const give = (): void => reject(signal.reason);
    if (signal.aborted) give();
    signal.addEventListener("abort", give, { once: true });
    void closed.then(reject);
    // Whatever comes first, nothing is left behind.
    void taken.catch(() => {}).finally(() => signal.removeEventListener("abort", give));
  });
  return Promise.race([taken, over]);
}

/** What is in memory of what was allocated since it was attached to. */
async function heap(client: InspectorClient): Promise<Uint8Array> {
  const { profile } = await client.post<{ profile: object }>("HeapProfiler.getSamplingProfile");
  return encode(await readProfile(Buffer.from(JSON.stringify(profile))));
}
