import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Profile } from "@pprof-ts/profile";
import { analyze, disassemblies, type Options, outputRow, withOverrides } from "@pprof-ts/report";
import { messageOf } from "../error.ts";
import { fileName } from "../host/file/file-name.ts";
import { saveDirectory } from "../host/file/temp-file.ts";
import { browsers, view } from "../host/viewer.ts";
import { type Ahead, gather } from "../input/gather.ts";
import { withDisassemblies } from "../native/frame/binaries.ts";
import { world } from "../print/world.ts";
import type { Session } from "../session.ts";
import type { Request } from "../words/request.ts";
import { sourceUrl, withoutCredentials } from "../words/source-url.ts";
import { packedSentences, packSources } from "./packed-sources.ts";
import { pageFiles } from "./page-files.ts";
import { pageSources } from "./page-sources.ts";
import { nameOf, record } from "./recordings.ts";
import type { Served } from "./routes.ts";
import { knownSettingsFile, queryOf } from "./saved-configs.ts";
import { serve } from "./server.ts";
import { page } from "./single-file.ts";

/** A page shows the assembly of so many symbols: each is a run of objdump. */
const SHOWN_SYMBOLS = 20;

/** Writes the pages of a profile into one file, with its sources where they are asked for. */
export function writePage(profile: Profile, request: Request, { ui }: Session): void {
  const { html, sources, options, withSources } = request;
  ui.print(`Generating report in ${html}`);
  const packed = withSources ? packSources(profile, pageSources(options)) : undefined;
  const title = `${path.basename(withoutCredentials(sources[0] ?? ""))} · pprof`;
  const text = page({ shown: { profile }, title, search: searchOf(options), sources: packed?.packed }, pageFiles());
  writeFileSync(fileName(html), text);
  for (const sentence of packed === undefined ? [] : packedSentences(packed)) ui.print(sentence);
}

/** The part of an address that sets these options. */
export function searchOf(options: Options): string {
  const set = Object.entries({ ...queryOf(options), si: options.sample_index }).filter(([, value]) => value);
  return new URLSearchParams(set).toString();
}

/** How the program behind the only source is recorded again; nothing where the source is a file. */
function recorder(request: Request, session: Session, first: Profile): Pick<Served, "record" | "name" | "copies"> {
  const [source = "", ...others] = request.sources;
  const address = existsSync(fileName(source)) || others.length > 0 ? undefined : sourceUrl(source, 0, 0);
  const file = path.basename(withoutCredentials(source));
  if (address === undefined) return { name: others.length === 0 ? file : `${file} and ${others.length} more` };
  const { env, ui } = session;
  return {
    name: `${nameOf(path.posix.basename(address.url.pathname), first, true)} (the first)`,
    copies: () => saveDirectory(env, ui),
    async record(kind, seconds, ending) {
      const url = new URL(address.url);
      url.pathname = url.pathname.replace(/(\/debug\/pprof\/).*$|\/[^/]*$/, (_, prefix) => `${prefix ?? "/"}${kind}`);
      // The page of time wants to know when samples were taken; programs that do not know the key leave it be.
      url.search = kind === "profile" ? "timeline=1" : "";
      return record(kind, seconds, ending, (seconds, signal) =>
        gather({ ...request, sources: [url.href], bases: [], seconds }, session, signal),
      );
    },
  };
}

/**
 * Serves the pages of a profile until the tool is interrupted, and opens them in a browser unless told not to: at once, while
 * names for its addresses are found.
 */
export async function servePages({ unnamed, named }: Ahead, request: Request, session: Session): Promise<void> {
  const { ui, env } = session;
  let found = (_: Profile): void => {};
  const whole = new Promise<Profile>((resolve) => {
    found = resolve;
  });
  const { url } = await serve(
    request.http,
    {
      profile: unnamed,
      whole,
      options: request.options,
      ...pageSources(request.options),
      async disassemble(profile, options, pattern) {
        const analysis = analyze(profile, withOverrides(outputRow("disasm")!, options), pattern || ".");
        return withDisassemblies(await session.binaries(), (binaries) =>
          disassemblies(analysis, world(binaries), SHOWN_SYMBOLS),
        );
      },
      settings: knownSettingsFile(env),
      ...recorder(request, session, unnamed),
    },
    { names: request.httpNames, prefix: request.httpPrefix },
  );
  ui.print(`Serving web UI on ${url.replace(/\/ui\/$/, "")}`);
  const opened = request.noBrowser ? undefined : openBrowser(url, request, session);
  found(
    await named().catch((error: unknown) => {
      ui.warn(ui.quoted(messageOf(error)));
      return unnamed;
    }),
  );
  await opened;
  await new Promise<never>(() => {});
}

/** Opens the pages in a browser, or says where they are. */
export async function openBrowser(url: string, { options }: Request, { ui, env }: Session): Promise<void> {
  const search = searchOf(options);
  const address = search === "" ? url : `${url}?${search}`;
  await view(browsers(env), address, false).catch(() => ui.print(`Open ${address} in a browser`));
}
