import type { Options } from "@pprof-ts/report";
import type { Session } from "./session.ts";
import type { Query } from "./state.ts";

/** What the server says beside the profile. */
export interface Settings {
  readonly configs: readonly SavedConfig[];
  /** Options of the command line that addresses do not hold. */
  readonly options: Partial<Options>;
  /** What can be recorded; nothing where the profile came from a file. */
  readonly kinds: readonly string[];
  /** The names of this session's profiles, by number. */
  readonly recordings: readonly string[];
}

/** A saved configuration: the keys of an address that it sets; "" takes one away. */
export interface SavedConfig {
  readonly name: string;
  readonly query: Query;
}

/** Saves what is active under a name; the server answers with what is wrong, if anything is. */
export async function saveConfig(session: Session, name: string): Promise<void> {
  const { query } = session.nav.place.value;
  await send(session, "POST", `./saveconfig?${new URLSearchParams({ ...query, config: name })}`);
}

export async function deleteConfig(session: Session, name: string): Promise<void> {
  await send(session, "DELETE", `./deleteconfig?${new URLSearchParams({ config: name })}`);
}

async function send(session: Session, method: string, address: string): Promise<void> {
  const answer = await fetch(address, { method });
  session.error.value = answer.ok ? "" : await answer.text();
  await readSettings(session);
}

export async function readSettings(session: Session): Promise<void> {
  session.settings.value = await (await fetch("./settings")).json();
}

/** Whether an address has everything that a configuration sets. */
export function isCurrent(config: SavedConfig, query: Query): boolean {
  return Object.entries(config.query).every(([key, value]) => (query[key] ?? "") === value);
}
