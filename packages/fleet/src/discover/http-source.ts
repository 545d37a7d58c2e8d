import { parseConfig } from "../config/config-node.ts";
import { readGroups, withLabel } from "../config/group-config.ts";
import type { HttpDiscovery } from "../config/scrape-config.ts";
import { FleetError, messageOf } from "../error.ts";
import type { ByteBudget } from "../fetch/byte-budget.ts";
import { httpGet } from "../fetch/http-get.ts";
import type { GroupSource } from "./discovery.ts";

const LARGEST_LIST = 2 ** 24;
const HTTP_TIMEOUT = 30_000;

/** A server that answers with groups, in JSON. */
export function httpSource({ url, refreshMillis, client }: HttpDiscovery, memory: ByteBudget): GroupSource {
  const get = httpGet(client, memory);
  const { origin, pathname } = new URL(url);
  const name = origin + pathname;
  return {
    name,
    refreshMillis,
    async read(signal) {
      const { body, contentType } = await get(new URL(url), {
        timeoutMillis: HTTP_TIMEOUT,
        mostBytes: LARGEST_LIST,
        // As Prometheus asks, whose servers of targets these are.
        headers: { accept: "application/json", "x-prometheus-refresh-interval-seconds": String(refreshMillis / 1000) },
        signal,
      });
      if (!/^application\/json\b/i.test(contentType)) {
        throw new FleetError(`the answer is ${contentType || "of no type"}, and not application/json`);
      }
      const text = Buffer.from(body).toString();
      try {
        JSON.parse(text);
      } catch (error) {
        throw new FleetError(`the answer is no JSON: ${messageOf(error)}`);
      }
      return withLabel(readGroups(parseConfig(text, name)), "__meta_url", url);
    },
  };
}
