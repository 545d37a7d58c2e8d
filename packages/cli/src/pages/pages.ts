import { existsSync, realpathSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Profile } from "@pprof-ts/profile";
import { analyze, disassemblies, type Options, outputRow, SourceReader, withOverrides } from "@pprof-ts/report";
import { fileName } from "../host/file-name.ts";
import { browsers, view } from "../host/viewer.ts";
import { workingDirectory } from "../host/working-directory.ts";
import { gather } from "../input/gather.ts";
import { withDisassemblies } from "../native/frame/binaries.ts";
import { world } from "../print/world.ts";
import type { Session } from "../session.ts";
import { AllowedSources } from "../source/allowed-sources.ts";
import { SourceFinder } from "../source/find-source.ts";
import type { Request } from "../words/request.ts";
import { sourceUrl, withoutCredentials } from "../words/source-url.ts";
import { pageFiles } from "./page-files.ts";
import type { Served } from "./routes.ts";
import { knownSettingsFile, queryOf } from "./saved-configs.ts";
import { serve } from "./server.ts";
import { page } from "./single-file.ts";

/** A page shows the assembly of so many symbols: each is a run of objdump. */
const SHOWN_SYMBOLS = 20;

/** Writes the pages of a profile into one file. */
export function writePage(profile: Profile, { html, sources, options }: Request, { ui }: Session): void {
  ui.print(`Generating report in ${html}`);
  writeFileSync(
    fileName(html),
    page(profile, `${path.basename(withoutCredentials(sources[0] ?? ""))} · pprof`, searchOf(options), pageFiles()),
  );
}

/** The part of an address that sets these options. */
function searchOf(options: Options): string {
  const set = Object.entries({ ...queryOf(options), si: options.sample_index }).filter(([, value]) => value);
  return new URLSearchParams(set).toString();
}

/** How the program behind the only source is recorded again; nothing where the source is a file. */
function recorder(request: Request, session: Session): Pick<Served, "record"> {
  const [source = "", ...others] = request.sources;
  const address = existsSync(fileName(source)) || others.length > 0 ? undefined : sourceUrl(source, 0, 0);
  if (address === undefined) return {};
  return {
    record(kind, seconds) {
      const url = new URL(address.url);
      url.pathname = url.pathname.replace(/(\/debug\/pprof\/).*$|\/[^/]*$/, (_, prefix) => `${prefix ?? "/"}${kind}`);
      // The page of time wants to know when samples were taken; programs that do not know the key leave it be.
      url.search = kind === "profile" ? "timeline=1" : "";
      return gather({ ...request, sources: [url.href], bases: [], seconds: seconds > 0 ? seconds : -1 }, session);
    },
  };
}

/** Serves the pages of a profile until the tool is interrupted, and opens them in a browser unless told not to. */
export async function servePages(profile: Profile, request: Request, session: Session): Promise<void> {
  const { ui, env } = session;
  const { source_path } = request.options;
  const searchPath = source_path === "" ? [] : source_path.split(":");
  const allowed = new AllowedSources(workingDirectory(), searchPath);
  let last: string | undefined;
  const read = (file: string): string | undefined => {
    const text = allowed.read(file);
    if (text !== undefined) last = file;
    return text;
  };
  // Each is read once: where it was is kept.
  const places = new Map<string, string>();
  const finder = new SourceFinder(workingDirectory(), searchPath, read);
  const sources = new SourceReader({ ...world(undefined, finder), readSource: read }, request.options);
  const { url } = await serve(
    request.http,
    {
      profile,
      options: request.options,
      readSource(path) {
        last = undefined;
        const source = sources.read(path);
        // The reference tool's search cuts a path where a directory in it is called as the working directory is.
        const text = "lines" in source ? source.lines.join("\n") : read(path);
        if (last !== undefined) places.set(path, last);
        if ("lines" in source) return text!;
        const refused = [path, ...(finder.misses.get(path) ?? [])].flatMap(
          (place) => allowed.refusals.get(place) ?? [],
        );
        return text ?? (refused[0] === undefined ? undefined : { refused: refused[0] });
      },
      lookedFor: (path) => finder.misses.get(path) ?? [],
      placeOf(path) {
        const file = places.get(path);
        const stats = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
        return stats && { file: realpathSync(file!), changed: stats.mtime };
      },
      async disassemble(profile, options, pattern) {
        const analysis = analyze(profile, withOverrides(outputRow("disasm")!, options), pattern || ".");
        return withDisassemblies(await session.binaries(), (binaries) =>
          disassemblies(analysis, world(binaries), SHOWN_SYMBOLS),
        );
      },
      settings: knownSettingsFile(env),
      ...recorder(request, session),
    },
    { names: request.httpNames, prefix: request.httpPrefix },
  );
  ui.print(`Serving web UI on ${url.replace(/\/ui\/$/, "")}`);
  if (!request.noBrowser) {
    const search = searchOf(request.options);
    const address = search === "" ? url : `${url}?${search}`;
    await view(browsers(env), address, false).catch(() => ui.print(`Open ${address} in a browser`));
  }
  await new Promise<never>(() => {});
}
