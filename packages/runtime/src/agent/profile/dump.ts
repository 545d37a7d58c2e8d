import { renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { encode, type Profile } from "@pprof-ts/profile";
import { makeDirectory, OWN_FILE } from "../cpu/make-directory.ts";
import { goroutineProfile, readGoroutines, readStacks } from "../goroutine/goroutine.ts";
import type { Profilers } from "./profilers.ts";

/** Of how many seconds the last samples are written. */
const SECONDS = 60;
const FOR_NOBODY = new AbortController().signal;

/**
 * Writes the last CPU samples, the heap and what waits to a directory, each as soon as it is there; resolves with the files.
 * `ending`: the program's event loop turns no more, so what waits is that of the last snapshot, where `keepGoroutine` takes any.
 */
export async function dump(profilers: Profilers, directory: string, ending: boolean): Promise<string[]> {
  const { cpu, heap, threads } = await profilers.inspect();
  const stamp = `${ending ? "exit" : "signal"}-${new Date().toISOString().replaceAll(":", "-")}-${process.pid}`;
  makeDirectory(directory);
  // At once: the process may end at any time, and is to leave whole files or none.
  const put = (name: string, bytes: Uint8Array): string => {
    const file = path.join(directory, `${stamp}-${name}.pb.gz`);
    writeFileSync(`${file}.part`, bytes, OWN_FILE);
    renameSync(`${file}.part`, file);
    return file;
  };
  const waiting = async (): Promise<string> => {
    const kept = ending ? profilers.snapshots.ago("goroutine", SECONDS * SECONDS) : undefined;
    if (kept !== undefined) return put("goroutine", kept);
    const goroutines = ending
      ? await readStacks(threads.main)
      : await readGoroutines(threads.main, profilers.budget, profilers.coverage, false, FOR_NOBODY);
    return put("goroutine", pack(await goroutineProfile(goroutines, profilers.surroundings, threads.main.session)));
  };
  const written = await Promise.allSettled([
    cpu.last(SECONDS).then((profile) => put("profile", pack(profile))),
    heap.heap({}, FOR_NOBODY).then((profile) => put("heap", pack(profile))),
    waiting(),
  ]);
  return written.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
}

/** Compressed here and not on another thread, which the end of the process would meet. */
function pack(profile: Profile): Uint8Array {
  return gzipSync(encode(profile));
}
