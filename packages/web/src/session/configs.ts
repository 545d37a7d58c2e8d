import { addressKey, OPTIONS } from "@pprof-ts/report";
import type { Query } from "./address/state.ts";
import { askServer } from "./ask-server.ts";
import { storage } from "./preference/storage.ts";
import type { Session } from "./session.ts";
import type { SavedConfig } from "./settings.ts";

/** The keys that a configuration keeps: those of the options that the tool writes to its settings. */
const SAVED: readonly string[] = OPTIONS.filter(({ saved }) => saved).flatMap((row) => addressKey(row) ?? []);

/** What is active and what is not, as a configuration keeps it: "" takes a key away. */
function configured(query: Query): Query {
  return Object.fromEntries(SAVED.map((key) => [key, query[key] ?? ""]));
}

/** Saves what is active under a name; the server answers with what is wrong, if anything is. */
export async function saveConfig(session: Session, name: string): Promise<void> {
  const { query } = session.nav.place.value;
  if (!session.nav.isServed) keep(session, [...without(session, name), { name, query: configured(query) }]);
  else await send(session, "POST", `./saveconfig?${new URLSearchParams({ ...query, config: name })}`);
}

export async function deleteConfig(session: Session, name: string): Promise<void> {
  if (!session.nav.isServed) keep(session, without(session, name));
  else await send(session, "DELETE", `./deleteconfig?${new URLSearchParams({ config: name })}`);
}

async function send(session: Session, method: string, address: string): Promise<void> {
  try {
    const answer = await askServer(session, address, { method });
    session.error.value = answer.ok ? "" : await answer.text();
    await readSettings(session);
  } catch (error) {
    session.error.value = (error as Error).message;
  }
}

/** Without a server the browser keeps configurations. */
export async function readSettings(session: Session): Promise<void> {
  session.settings.value = session.nav.isServed
    ? await (await askServer(session, "./settings")).json()
    : { configs: kept(), options: {}, kinds: [], recordings: [] };
}

const store = storage("pprof.configs");

function kept(): readonly SavedConfig[] {
  try {
    const configs: unknown = JSON.parse(store.get() ?? "[]");
    return Array.isArray(configs) ? configs.filter((config) => typeof config?.name === "string" && config.query) : [];
  } catch {
    return [];
  }
}

function without(session: Session, name: string): readonly SavedConfig[] {
  return (session.settings.value?.configs ?? []).filter((config) => config.name !== name);
}

function keep(session: Session, configs: readonly SavedConfig[]): void {
  session.settings.value = { options: {}, kinds: [], recordings: [], ...session.settings.value, configs };
  store.set(JSON.stringify(configs));
}

/** Whether an address has everything that a configuration sets. */
export function isCurrent(config: SavedConfig, query: Query): boolean {
  return Object.entries(config.query).every(([key, value]) => (query[key] ?? "") === value);
}
