import { lstat, readdir, readFile } from "node:fs/promises";
import process from "node:process";
import { DEFAULT_ADDRESS, parseAddress } from "../../exchange/listen-address.ts";

/** A process that is not heard, and why. */
export interface Silent {
  readonly pid: number;
  readonly reason: string;
}

/** What has a process load the profiler before its program. */
const LOADS = /^(--import|--require|-r)(=|$)/;
const PROFILER = /\bpprof-ts\/runtime\/|\/runtime\/dist\/register\.js$/;
const RESTRICTED = /^--(experimental-)?permission$/;

/** The flags without which a process under `--permission` cannot join, and what it lacks then. */
const NEEDED: readonly (readonly [flag: string, lack: string])[] = [
  ["--allow-worker", "it may have no thread for the profiler"],
  ["--allow-net", "it may not listen"],
];

/**
 * The processes of this user that load the profiler with this port and may not join, as the system tells of them: such a one
 * may have nothing by which it could say so itself. None where there is no `/proc`.
 */
export async function unableProcesses(port: number): Promise<Silent[]> {
  const uid = process.getuid?.();
  const names = await readdir("/proc").catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => {
      const pid = Number(name);
      if (!/^\d+$/.test(name) || pid === process.pid) return [];
      const folder = `/proc/${name}`;
      try {
        if ((await lstat(folder)).uid !== uid) return [];
        const words = textsOf(await readFile(`${folder}/cmdline`));
        // A kernel's own has none.
        if (words.length === 0) return [];
        const reason = whyUnable(words.slice(1), textsOf(await readFile(`${folder}/environ`)), port);
        return reason === undefined ? [] : [{ pid, reason }];
      } catch {
        // It has gone, or may not be looked at.
        return [];
      }
    }),
  );
  return found.flat();
}

/** Why a process that was started by these words, with these variables (`NAME=value`), cannot join; undefined: it can, or would not. */
export function whyUnable(words: readonly string[], variables: readonly string[], port: number): string | undefined {
  const value = (name: string): string | undefined =>
    variables.find((text) => text.startsWith(`${name}=`))?.slice(name.length + 1) || undefined;
  // Node reads an underscore in a flag as a dash.
  const options = [...(value("NODE_OPTIONS") ?? "").split(/\s+/), ...words].map((word) =>
    word.startsWith("--") ? word.replace(/^[^=]*/, (flag) => flag.replaceAll("_", "-")) : word,
  );
  if (!options.some((option) => RESTRICTED.test(option))) return undefined;
  const loads = options.some((option, at) => LOADS.test(option) && PROFILER.test(`${option} ${options[at + 1] ?? ""}`));
  if (!loads || /^(0|false)$/.test(value("PPROF_PROCESSES") ?? "")) return undefined;
  if (portOf(value("PPROF_ADDR")) !== port) return undefined;
  const known = process.allowedNodeEnvironmentFlags;
  const lacks = NEEDED.find(([flag]) => known.has(flag) && !options.includes(flag));
  return lacks && `${lacks[1]} (--permission without ${lacks[0]})`;
}

function portOf(address: string | undefined): number | undefined {
  try {
    return address === undefined ? DEFAULT_ADDRESS.port : parseAddress(address).port;
  } catch {
    return undefined;
  }
}

/** Texts that each end in a zero. */
function textsOf(bytes: Uint8Array): string[] {
  return Buffer.from(bytes)
    .toString()
    .split("\0")
    .filter((text) => text !== "");
}
