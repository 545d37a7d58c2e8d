import { writeFile } from "node:fs/promises";
import type { Destination } from "./record/custom-profile.ts";

/** Writes what was recorded to where its caller wants it, and returns it; a file that is made so is its owner's alone. */
export async function put(bytes: Uint8Array, destination: Destination | undefined): Promise<Uint8Array> {
  if (typeof destination === "string") await writeFile(destination, bytes, { mode: 0o600 });
  else destination?.write(bytes);
  return bytes;
}
