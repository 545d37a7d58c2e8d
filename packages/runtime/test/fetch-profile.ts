import { type Profile, readProfile } from "@pprof-ts/profile";

/** The profile at this address; whatever else is answered is an error. */
export async function fetchProfile(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Profile> {
  const response = await fetch(url, { headers });
  if (response.status !== 200) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return readProfile(new Uint8Array(await response.arrayBuffer()));
}

/** The names of its functions. */
export function namesOf({ strings, functions }: Profile): Set<string> {
  return new Set(Array.from(functions.name, (row) => strings.get(row)));
}
