import path from "node:path";
import { ToolError } from "../error.ts";
import { type NodeProcess, nodeProcesses } from "../ps/processes.ts";

/** What the words of a command line name: addresses that are scraped, and processes that are attached to. */
export interface Sources {
  readonly addresses: readonly string[];
  readonly pids: readonly number[];
}

/** Understands sources: addresses, `pid:1234`, and words of the command lines of Node processes. */
export async function findSources(words: readonly string[]): Promise<Sources> {
  const addresses: string[] = [];
  const pids: number[] = [];
  let running: readonly NodeProcess[] | undefined;
  for (const word of words) {
    const pid = /^pid:(\d{1,10})$/.exec(word)?.[1];
    if (pid !== undefined) pids.push(Number(pid));
    else if (isAddress(word)) addresses.push(word);
    else {
      running ??= await nodesOfThisMachine(word);
      for (const source of sourcesNamed(word, running)) {
        if (source.startsWith("pid:")) pids.push(Number(source.slice(4)));
        else addresses.push(source);
      }
    }
  }
  return { addresses: [...new Set(addresses)], pids: [...new Set(pids)] };
}

function isAddress(word: string): boolean {
  return /^https?:\/\//i.test(word) || /^(?:\[[\da-f:.]+\]|[\w.-]+):\d{1,5}(?:\/.*)?$/i.test(word);
}

async function nodesOfThisMachine(word: string): Promise<readonly NodeProcess[]> {
  if (process.platform === "linux") return await nodeProcesses();
  throw new ToolError(
    `${JSON.stringify(word)} is no address: processes are found by name on Linux alone; pid:NUMBER names one elsewhere`,
  );
}

/** How those are asked whose command line has this word, or a file of this name. */
function sourcesNamed(name: string, running: readonly NodeProcess[]): string[] {
  const found = running.filter(({ words }) =>
    words.slice(1).some((word) => word === name || path.basename(word) === name),
  );
  if (found.length === 0) {
    throw new ToolError(
      `${JSON.stringify(name)} is no address, and no Node process has it in its command line: pprof ps lists them`,
    );
  }
  return found.map(({ pid, source, why }) => {
    if (source === undefined) throw new ToolError(`pid ${pid}: ${why}`);
    return source;
  });
}
