import type { Profile } from "@pprof-ts/profile";
import type { Request } from "./args.ts";
import { serve } from "./serve.ts";
import type { Session } from "./session.ts";
import { queryOf, settingsFile } from "./settings.ts";
import { browsers, view } from "./viewer.ts";
import { world } from "./world.ts";

/** Serves the pages of a profile until the tool is interrupted, and opens them in a browser unless told not to. */
export async function servePages(profile: Profile, request: Request, { ui, env }: Session): Promise<void> {
  const { readSource } = world();
  const { url } = await serve(request.http, {
    profile,
    options: request.options,
    readSource: (path) => readSource?.(path),
    settings: settingsFile(env),
  });
  ui.print(`Serving web UI on ${url.replace(/\/ui\/$/, "")}`);
  if (!request.noBrowser) {
    const search = new URLSearchParams(
      Object.entries({ ...queryOf(request.options), si: request.options.sample_index }).filter(([, value]) => value),
    );
    const address = `${url}?${search}`.replace(/\?$/, "");
    await view(browsers(env), address, false).catch(() => ui.print(`Open ${address} in a browser`));
  }
  await new Promise<never>(() => {});
}
