import { readdir } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { folderCandidates, groupOfPort, processOfSocket } from "../exchange/folder-candidates.ts";
import type { Address } from "../exchange/listen-address.ts";
import { PREFIX } from "../http/prefix.ts";
import { DENIED } from "./permissions.ts";

/** For how long the process that serves for others is looked for: it may have begun just now. */
const FIND_MILLIS = 3_000;
const RETRY_MILLIS = 100;
/** What the answers of a debug port begin to forbid, and others' do not. */
const OURS = /^content-security-policy: default-src 'none'; style-src 'unsafe-inline'/im;

/**
 * Whether another process serves the profiles of this address, and lists this one, which may not join, with the reason (Linux,
 * `agent/processes/unable.ts`). Where nothing may be asked, as far as can be told: a process with a channel to its parent is one of several.
 */
async function isServedElsewhere(address: Address): Promise<boolean> {
  const found = await Promise.all(
    folderCandidates().map((folder) => lives(path.join(folder, groupOfPort(address.port)))),
  );
  if (found.includes(true)) return true;
  if (!found.includes(undefined)) return false;
  return (await answers(address)) ?? process.channel !== undefined;
}

/** Says it, but where another process does, or before the process ends; keeps nothing alive. */
export async function sayUnlessServed(address: Address, act: () => void): Promise<void> {
  if (process.platform !== "linux") return act();
  process.on("exit", act);
  for (let waited = 0; waited < FIND_MILLIS; waited += RETRY_MILLIS) {
    if (await isServedElsewhere(address)) {
      process.off("exit", act);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MILLIS).unref());
  }
  process.off("exit", act);
  act();
}

/** Whether a process lives that has a socket in this folder; undefined: it may not be read. */
async function lives(folder: string): Promise<boolean | undefined> {
  try {
    return (await readdir(folder)).some((name) => {
      const pid = processOfSocket(name);
      return pid !== undefined && isAlive(pid);
    });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === DENIED ? undefined : false;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Whether a debug port answers at this address; undefined: it may not be asked. */
function answers({ host, port }: Address): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    let said = "";
    // Few programs come here, and not all load it.
    const { connect } = process.getBuiltinModule("node:net");
    try {
      const socket = connect({ host, port }, () =>
        socket.write(`HEAD ${PREFIX} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`),
      );
      socket.unref();
      socket.setEncoding("latin1").on("data", (text) => {
        said += text;
      });
      socket.setTimeout(FIND_MILLIS, () => socket.destroy());
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code === DENIED ? undefined : false));
      socket.on("close", () => resolve(OURS.test(said)));
    } catch (error) {
      resolve((error as NodeJS.ErrnoException).code === DENIED ? undefined : false);
    }
  });
}
