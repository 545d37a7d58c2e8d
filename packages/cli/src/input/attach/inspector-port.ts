import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf, ToolError } from "../../error.ts";
import { InspectorClient } from "./inspector-client.ts";

/** Where Node's inspector listens unless it is told otherwise. */
const DEFAULT_PORT = 9229;
const PATIENCE = 5000;
const LISTEN = "0A";
/** Its bit in a mask of signals. */
const SIGUSR1 = 1n << 9n;

/** Connects to the inspector of a running Node process, which opens it on SIGUSR1 if it was not open. */
export async function attach(pid: number): Promise<{ client: InspectorClient; opened: boolean }> {
  for (const port of listeningPorts(pid)) {
    const client = await tryConnect(port, pid);
    if (client !== undefined) return { client, opened: false };
  }
  requireNode(pid);
  requireListening(pid);
  try {
    process.kill(pid, "SIGUSR1");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ESRCH") throw new ToolError(`no process ${pid}`);
    throw new ToolError(
      `cannot signal process ${pid}: ${code === "EPERM" ? "it is somebody else's" : messageOf(error)}`,
    );
  }
  const deadline = Date.now() + PATIENCE;
  while (Date.now() < deadline) {
    const ports = process.platform === "linux" ? listeningPorts(pid) : [DEFAULT_PORT];
    for (const port of ports) {
      const client = await tryConnect(port, pid);
      if (client !== undefined) return { client, opened: true };
    }
    await sleep(25);
  }
  const port = inspectPort(pid);
  throw new ToolError(
    (await isTaken(port))
      ? `process ${pid} opened no inspector: its port ${port} is taken by another process (close that, or start yours with --inspect-port=0)`
      : `process ${pid} opened no inspector: it handles SIGUSR1 itself, is in a long call of native code, or was built without one (start it with --inspect)`,
  );
}

/** Why this process would not let itself be attached to, as far as can be known without asking it; undefined: it would. */
export function whyNotAttached(pid: number): string | undefined {
  try {
    requireNode(pid);
    requireListening(pid);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** On Linux, what can be known beforehand of a process that would not open its inspector, or where it cannot be reached. */
function requireListening(pid: number): void {
  if (process.platform !== "linux") return;
  const read = (name: string): string => {
    try {
      return readFileSync(`/proc/${pid}/${name}`, "latin1");
    } catch {
      return "";
    }
  };
  const network = (who: number | "self"): string => {
    try {
      return readlinkSync(`/proc/${who}/ns/net`);
    } catch {
      return "";
    }
  };
  if (network(pid) !== "" && network(pid) !== network("self")) {
    throw new ToolError(`process ${pid} is in a container with a network of its own: run pprof there`);
  }
  const options = `${read("cmdline")}\0${/(?:^|\0)NODE_OPTIONS=([^\0]*)/.exec(read("environ"))?.[1] ?? ""}`;
  const has = (option: string): boolean => new RegExp(`(?:^|[\\0 ])${option}(?:[\\0 =]|$)`).test(options);
  if (has("--permission") && !has("--allow-inspector")) {
    throw new ToolError(`process ${pid} runs under --permission: without --allow-inspector it opens no inspector`);
  }
  if (/^State:\s*T/m.test(read("status"))) throw new ToolError(`process ${pid} is stopped: send it SIGCONT first`);
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(read("status"))?.[1];
  // A signal that is not caught would end it.
  if (caught !== undefined && (BigInt(`0x${caught}`) & SIGUSR1) === 0n) {
    const reason = has("--disable-sigusr1") ? "was started with --disable-sigusr1" : "does not listen for SIGUSR1";
    throw new ToolError(`process ${pid} ${reason}, so it opens no inspector (start it with --inspect)`);
  }
}

/** The port at which a process would open its inspector. */
function inspectPort(pid: number): number {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, "latin1");
    return Number(/--(?:inspect|debug)-port[=\0](?:[^:\0]*:)?(\d+)/.exec(command)?.[1] ?? DEFAULT_PORT);
  } catch {
    return DEFAULT_PORT;
  }
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(true));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(false)));
  });
}

/** SIGUSR1 ends a program that does not know it: on Linux, nobody but Node gets one. */
function requireNode(pid: number): void {
  if (process.platform !== "linux") return;
  let program: string;
  try {
    program = readlinkSync(`/proc/${pid}/exe`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ToolError(code === "ENOENT" ? `no process ${pid}` : `process ${pid} is somebody else's`);
  }
  let mapped = "";
  try {
    mapped = readFileSync(`/proc/${pid}/maps`, "latin1");
  } catch {
    // Its own name must do.
  }
  if (/\bnode(js)?(-?\d+)?( \(deleted\))?$/.test(program) || /libnode\.so/.test(mapped)) return;
  throw new ToolError(`process ${pid} runs ${program}, not Node, and the signal that attaches to Node would end it`);
}

async function tryConnect(port: number, pid: number): Promise<InspectorClient | undefined> {
  try {
    const client = await InspectorClient.connect(port);
    const expression = { expression: "process.pid", returnByValue: true };
    const answer = await Promise.race([
      client.post<{ result: { value?: unknown } }>("Runtime.evaluate", expression),
      sleep(PATIENCE, undefined, { ref: false }),
    ]);
    if (answer?.result.value === pid) return client;
    client[Symbol.dispose]();
  } catch {
    // Some other service of the process, or not yet ready.
  }
  return undefined;
}

/** The ports that a process listens on, by Linux's tables; none elsewhere. */
function listeningPorts(pid: number): number[] {
  try {
    const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch {
        return "";
      }
    });
    const sockets = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
    return ["tcp", "tcp6"]
      .flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, "latin1").split("\n").slice(1))
      .flatMap((line) => {
        const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
        return state === LISTEN && sockets.has(inode) ? [Number.parseInt(local.split(":")[1] ?? "", 16)] : [];
      });
  } catch {
    return [];
  }
}
