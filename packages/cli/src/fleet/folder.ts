import { existsSync } from "node:fs";
import path from "node:path";
import { EmbeddedStore, fleetRoutes } from "@pprof-ts/fleet";
import { ToolError } from "../error.ts";
import type { Session } from "../session.ts";
import type { Request } from "../words/request.ts";
import { type Fleet, saidBy } from "./ask.ts";

/** Whose profiles a collector keeps that has no tenants. */
const DEFAULT_TENANT = "default";
/** What every store has. */
const MARK = "store.json";

/** A store in a folder, asked as a collector is; nobody else may have it open. */
export async function openFolder({ sources: [folder = ""], extra }: Request, { ui }: Session): Promise<Fleet> {
  if (!existsSync(path.join(folder, MARK))) {
    throw new ToolError(`${folder}: is a directory, and no store of pprof collect, which has a file ${MARK}`);
  }
  const onTrouble = (sentence: string): void => ui.warn(ui.quoted(sentence));
  const store = await EmbeddedStore.open(folder, { maintainMillis: 0, onTrouble });
  const routes = fleetRoutes(store);
  const tenant = extra("tenant") || DEFAULT_TENANT;
  return {
    store: { all: store, tenant },
    async ask(at, query) {
      const route = routes.find((row) => row.path === at)!;
      const answer = await route.answer({ query, headers: {}, tenant, body: async () => new Uint8Array(0) });
      const { status, headers } = answer;
      const body = typeof answer.body === "string" ? Buffer.from(answer.body) : answer.body;
      return saidBy(folder, { status, statusText: "", headers, body });
    },
    close: () => store.close(),
  };
}
