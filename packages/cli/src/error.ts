/** What stops the tool, in a sentence for whoever started it: printed after `pprof: `, exit status 2. */
export class ToolError extends Error {
  override readonly name: string = "ToolError";
}

const systemMessages: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EISDIR: "is a directory",
  ENOENT: "no such file or directory",
  ENOTDIR: "no such file or directory",
  ENOSPC: "no space left on the disk",
};

/** What an error of any kind says; faults of the file system in words. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, path } = error as NodeJS.ErrnoException;
  const known = code === undefined ? undefined : systemMessages[code];
  if (known === undefined) return error.message;
  return path === undefined ? known : `${path}: ${known}`;
}
