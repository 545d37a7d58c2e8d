import path from "node:path";

/** Where processes of one user look for each other, whatever their environment: the first that all of a machine's have. */
const PARENTS = (uid: number): readonly string[] => [`/run/user/${uid}`, "/tmp", "/dev/shm"];

/** Where the folder of this user may be, below these folders; nowhere on systems that are not POSIX. */
export function folderCandidates(parents?: readonly string[]): string[] {
  const uid = process.getuid?.();
  return uid === undefined ? [] : (parents ?? PARENTS(uid)).map((parent) => path.join(parent, `pprof-${uid}`));
}

/** What the folder of those is called that share a port. */
export function groupOfPort(port: number): string {
  return `port-${port}`;
}

/** The process that has a socket of this name there; undefined: it is none. */
export function processOfSocket(name: string): number | undefined {
  const [, pid] = /^(\d+)-[\da-f]{8}$/.exec(name) ?? [];
  return pid === undefined ? undefined : Number(pid);
}
