import { ToolError } from "../error.ts";
import type { Environment } from "../host/environment.ts";
import { TemporaryFiles } from "../host/file/temp-file.ts";
import type { Ui } from "../host/terminal/ui.ts";
import { FoundTrace } from "../input/found-trace.ts";
import { type Ahead, gatherAhead } from "../input/gather.ts";
import { lazyBinaries } from "../native/frame/lazy-binaries.ts";
import { servePages } from "../pages/pages.ts";
import { serveTracePages } from "../pages/trace-pages.ts";
import { parseArguments } from "../words/request.ts";

/** Serves the pages of a file until the tool is interrupted. */
export async function showPages(
  file: string,
  http: string,
  noBrowser: boolean,
  ui: Ui,
  env: Environment,
): Promise<void> {
  const words = [`-http=${http}`, ...(noBrowser ? ["-no_browser"] : []), "--", file];
  const request = parseArguments(words, env, () => false);
  if (!("sources" in request)) throw new ToolError(`invalid -http "${http}"`);
  const temporary = new TemporaryFiles();
  const session = { ui, env, temporary, binaries: lazyBinaries(""), full: false, interactive: false };
  const ahead = await gatherAhead(request, session).catch((error: unknown): Ahead | FoundTrace => {
    if (error instanceof FoundTrace) return error;
    throw error;
  });
  if (ahead instanceof FoundTrace) await serveTracePages(ahead.bytes, request, session);
  else await servePages(ahead, request, session);
}
