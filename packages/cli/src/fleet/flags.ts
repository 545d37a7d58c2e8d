import type { Flag } from "../words/flags.ts";
import type { Request } from "../words/request.ts";

/** What is said in a query's address, and as a flag. */
const QUERY_KEYS = ["service", "type", "label", "match", "from", "to"] as const;

export const FLEET_FLAGS: readonly Flag[] = [
  ...QUERY_KEYS,
  ...["by", "ago", "old", "new", "old_from", "old_to", "n", "step", "o", "tenant"],
].map((name) => ({ name, kind: "string" }));

/** The keys of a query's address that the flags of a command line say. */
export function queryOf({ extras }: Request): URLSearchParams {
  const query = new URLSearchParams();
  for (const key of QUERY_KEYS) for (const value of extras(key)) query.append(key, value);
  return query;
}

/** The same with other values of some keys. */
export function withKeys(query: URLSearchParams, keys: Readonly<Record<string, string>>): URLSearchParams {
  const changed = new URLSearchParams(query);
  for (const [key, value] of Object.entries(keys)) changed.set(key, value);
  return changed;
}
