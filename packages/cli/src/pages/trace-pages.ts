import { writeFileSync } from "node:fs";
import path from "node:path";
import { type Profile, ProfileBuilder } from "@pprof-ts/profile";
import { ToolError } from "../error.ts";
import { fileName } from "../host/file/file-name.ts";
import type { Session } from "../session.ts";
import type { Request } from "../words/request.ts";
import { withoutCredentials } from "../words/source-url.ts";
import { pageFiles } from "./page-files.ts";
import { pageSources } from "./page-sources.ts";
import { openBrowser, searchOf } from "./pages.ts";
import { knownSettingsFile } from "./saved-configs.ts";
import { serve } from "./server.ts";
import { page } from "./single-file.ts";

/** Serves the pages of a trace until the tool is interrupted; the browser reads it. */
export async function serveTracePages(trace: Uint8Array, request: Request, session: Session): Promise<void> {
  const { ui, env } = session;
  const { url } = await serve(
    request.http,
    {
      trace,
      profile: derivable(),
      options: request.options,
      ...pageSources(request.options),
      disassemble: async () => [],
      settings: knownSettingsFile(env),
      name: nameOf(request),
    },
    { names: request.httpNames, prefix: request.httpPrefix },
  );
  ui.print(`Serving web UI on ${url.replace(/\/ui\/$/, "")}`);
  if (!request.noBrowser) await openBrowser(url, request, session);
  await new Promise<never>(() => {});
}

/** Writes the pages of a trace into one file. */
export function writeTracePage(trace: Uint8Array, request: Request, { ui }: Session): void {
  const { html, options, withSources } = request;
  if (withSources) throw new ToolError("-with_sources is for profiles: a trace names too few of its sources");
  ui.print(`Generating report in ${html}`);
  const title = `${nameOf(request)} · pprof`;
  const text = page({ shown: { trace }, title, search: searchOf(options), sources: undefined }, pageFiles());
  writeFileSync(fileName(html), text);
}

function nameOf({ sources }: Request): string {
  return path.basename(withoutCredentials(sources[0] ?? "")) || "the trace";
}

/** No samples, of the types that profiles of a trace have: filters are tried on it. */
function derivable(): Profile {
  const sampleTypes = [
    { type: "samples", unit: "count" },
    { type: "contentions", unit: "count" },
    { type: "delay", unit: "nanoseconds" },
  ];
  return new ProfileBuilder({ sampleTypes }).build();
}
