import { setTimeout as sleep } from "node:timers/promises";
import { groupOfPort } from "../../exchange/folder-candidates.ts";
import type { Address } from "../../exchange/listen-address.ts";
import type { Answer, Call } from "../../http/call.ts";
import type { OpenResponses } from "../../http/open-responses.ts";
import { ownProcess, type ProcessInfo } from "./own-process.ts";
import { Processes } from "./processes.ts";
import { unableProcesses } from "./unable.ts";

/** How often the port is tried by those that do not have it: the kernel says at once whether it is taken. */
const RETRY_MILLIS = 400;
/** How long the process that has the port may take to be found: it may have begun just now. */
const FIND_MILLIS = 3_000;

/** What listens, and stops. */
export interface Listening {
  listen(): Promise<Address>;
  close(): Promise<void>;
}

/** A port that this process has, or waits for. */
export interface OpenPort {
  readonly address: Address;
  /** Whether another process has it, and serves for this one. */
  readonly served: boolean;
  close(): Promise<void>;
}

/** A port of this process alone. */
export async function openPort(server: Listening): Promise<OpenPort> {
  return { address: await server.listen(), served: false, close: () => server.close() };
}

/**
 * One address for all processes of a user that have this setting: whoever has the port serves for all, and when it ends another
 * takes it. No other port is opened.
 *
 * `answer` is for this process alone; `serve` makes what listens, for all of a group or, where processes cannot find each other,
 * for this one. Rejects where the port is taken by something else (`EADDRINUSE`).
 */
export async function sharePort(
  wanted: Address,
  name: string,
  answer: (call: Call) => Promise<Answer>,
  open: OpenResponses,
  serve: (processes: Processes | undefined) => Listening,
): Promise<OpenPort> {
  let holds = false;
  const describe = (): Promise<ProcessInfo> => ownProcess(name, holds);
  let why = "";
  const { port } = wanted;
  const processes = await Processes.join(groupOfPort(port), describe, answer, open, () => unableProcesses(port)).catch(
    (error: Error) => {
      why = `; ${error.message}`;
      return undefined;
    },
  );
  const server = serve(processes);
  let retry: NodeJS.Timeout | undefined;
  const take = async (): Promise<Address> => {
    const address = await server.listen();
    holds = true;
    clearInterval(retry);
    return address;
  };
  const close = async (): Promise<void> => {
    clearInterval(retry);
    processes?.leave();
    await server.close();
  };
  try {
    return { address: await take(), served: false, close };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || !(await isHeld(processes))) {
      processes?.leave();
      throw Object.assign(error as Error, { message: `${(error as Error).message}${why}` });
    }
  }
  retry = setInterval(() => void take().catch(() => {}), RETRY_MILLIS);
  return { address: wanted, served: true, close };
}

/** Whether a process of the group has the port. */
async function isHeld(processes: Processes | undefined): Promise<boolean> {
  for (let waited = 0; processes !== undefined && waited < FIND_MILLIS; waited += 100) {
    const { peers } = await processes.joined();
    if (peers.some(({ info }) => info.holds)) return true;
    await sleep(100);
  }
  return false;
}
