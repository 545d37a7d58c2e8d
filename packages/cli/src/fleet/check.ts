import { SERVICE_LABEL } from "@pprof-ts/fleet";
import { ToolError } from "../error.ts";
import { oneLine } from "../host/terminal/printable.ts";
import { write } from "../host/terminal/ui.ts";
import type { AskedFleet } from "./ask.ts";
import { tableText, tableWidth } from "./table-text.ts";

/** All time that dates can tell. */
const ALWAYS = { fromMillis: 0, toMillis: Date.UTC(9999, 0) };

/** Reads all that a store keeps and says what is damaged; exit status 1 where something is. */
export async function check({
  fleet: { store },
  request: { full },
  session: { ui, env },
}: AskedFleet): Promise<number> {
  if (store === undefined) throw new ToolError("check reads a store's folder, and none that a collector has open");
  const { all, tenant } = store;
  const missing = new Set<string>();
  const rows: string[][] = [];
  for (const { name: service, types, series, failures } of await all.services(tenant, ALWAYS)) {
    const selector = { tenant, matchers: [{ label: SERVICE_LABEL, operator: "=" as const, value: service }] };
    for (const name of types) {
      const merged = await all.merge({ selector, name, range: ALWAYS });
      for (const what of merged.missing) missing.add(what);
      const { profile, profiles } = merged;
      rows.push([
        service,
        name,
        String(profiles),
        String(profile?.samples.length ?? 0),
        String(series),
        String(failures),
      ]);
    }
  }
  const columns = [
    { title: "service", least: 12 },
    { title: "profile" },
    ...["profiles", "stacks", "series", "failed"].map((title) => ({ title, isNumber: true })),
  ];
  if (rows.length > 0)
    write(
      1,
      tableText(
        columns,
        rows.map((row) => row.map(oneLine)),
        tableWidth(ui, env, full),
      ),
    );
  else ui.print(`nothing is kept of the tenant ${JSON.stringify(tenant)}: -tenant names another`);
  for (const what of missing) ui.warn(ui.quoted(`damaged: ${what}`));
  if (missing.size === 0) ui.print("all of it can be read");
  return missing.size === 0 ? 0 : 1;
}
