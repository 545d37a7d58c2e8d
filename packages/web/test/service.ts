import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const program = (name: string): string =>
  fileURLToPath(new URL(`../../../examples/service/dist/${name}.js`, import.meta.url));

/** The example service under load, with the profiler in it: a real program to record. */
export interface Service {
  /** The address of its profiles, with a slash at the end. */
  readonly profiles: string;
  readonly stop: () => void;
}

export async function startService(): Promise<Service> {
  const service = spawn(process.execPath, ["--import", "@pprof-ts/runtime/register", program("main")], {
    // A small rate: at the usual one, a busy machine's heap may be in no sample.
    env: { ...process.env, PPROF_ADDR: "localhost:0", PORT: "0", PPROF_MEM_RATE: "16384" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const announced = said(service, service.stderr, /(http:\/\/\S+\/debug\/pprof\/)/);
  const url = await said(service, service.stdout, /^shop: listening on (\S+)/m);
  const profiles = await announced;
  const load = spawn(process.execPath, [program("load"), url], { stdio: "ignore" });
  return {
    profiles,
    stop() {
      load.kill();
      service.kill();
    },
  };
}

function said(child: ChildProcess, stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    stream.setEncoding("utf8").on("data", (part) => {
      text += part;
      const found = pattern.exec(text);
      if (found) resolve(found[1]!);
    });
    child.on("exit", () => reject(new Error(`the service ended: ${text}`)));
  });
}
