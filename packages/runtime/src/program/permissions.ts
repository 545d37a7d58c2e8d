import process from "node:process";

/** What Node may be asked to permit: what its errors call that, and the flag. */
const PERMISSIONS = {
  worker: { error: "WorkerThreads", flag: "--allow-worker" },
  inspector: { error: "Inspector", flag: "--allow-inspector" },
  net: { error: "Net", flag: "--allow-net" },
  read: { error: "FileSystemRead", flag: "--allow-fs-read" },
  write: { error: "FileSystemWrite", flag: "--allow-fs-write" },
} as const;

/** The code of Node's errors of what is not permitted, and of ours. */
export const DENIED = "ERR_ACCESS_DENIED";

// The program may change them later.
const { permission, version } = process as typeof process & { permission?: { has(scope: string): boolean } };
/** The flags that this Node has; to ask takes a while, and is needless where all is permitted. */
const flags: ReadonlySet<string> = permission === undefined ? new Set() : process.allowedNodeEnvironmentFlags;

/** Asked on the main thread: a worker does not know of the permissions that it runs under. */
export function isInspectorPermitted(): boolean {
  return permission?.has("inspector") ?? true;
}

/** What Node starts others for and makes no inspector in: the process of `node --test`, unless tests run in it, and of `--watch`. */
const STARTS_OTHERS = /^--(test|watch|watch-path(=.*)?)$/;
const TESTS_HERE = /^--(experimental-)?test-isolation=none$/;

/** What the program lacks to use the inspector; "": nothing. */
export function missingInspectorFlag(): string {
  const { execArgv } = process;
  const starts = execArgv.find((word) => STARTS_OTHERS.test(word));
  if (starts !== undefined && !execArgv.some((word) => TESTS_HERE.test(word))) {
    return `node ${starts} starts others, and has none itself`;
  }
  if (isInspectorPermitted()) return "";
  const { flag } = PERMISSIONS.inspector;
  return flags.has(flag) ? flag : `Node ${version} has no flag that permits it, as ${flag} of later ones does`;
}

/** The flag that is missing for a port; undefined: none is. Only Node that has the flag asks for it. */
export function missingNetFlag(): string | undefined {
  const { flag } = PERMISSIONS.net;
  return permission === undefined || permission.has("net") || !flags.has(flag) ? undefined : flag;
}

/** What an error of Node's says is not permitted: its flag, in brackets; "": the error is of something else. */
export function flagOf(error: unknown): string {
  const denied = error as { readonly code?: unknown; readonly permission?: unknown } | undefined;
  if (denied?.code !== DENIED) return "";
  const known = Object.values(PERMISSIONS).find((one) => one.error === denied.permission);
  return known === undefined ? "" : ` (${known.flag})`;
}
