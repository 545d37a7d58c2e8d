import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf, ToolError } from "../error.ts";
import { InspectorClient } from "./inspector-client.ts";

/** Where Node's inspector listens unless it is told otherwise. */
const DEFAULT_PORT = 9229;
const PATIENCE = 5000;
const LISTEN = "0A";

/** Connects to the inspector of a running Node process, which opens it on SIGUSR1 if it was not open. */
export async function attach(pid: number): Promise<{ client: InspectorClient; opened: boolean }> {
  for (const port of listeningPorts(pid)) {
    const client = await tryConnect(port, pid);
    if (client !== undefined) return { client, opened: false };
  }
  requireNode(pid);
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
  throw new ToolError(
    `process ${pid} opened no inspector: is it Node, does it handle SIGUSR1 itself, is port ${DEFAULT_PORT} taken?`,
  );
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
    const answer = await client.call("Runtime.evaluate", { expression: "process.pid", returnByValue: true });
    if ((answer.result as { value?: unknown }).value === pid) return client;
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
