import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { ToolError } from "../error.ts";
import { homeDirectory } from "../host/file/temp-file.ts";
import { oneLine } from "../host/terminal/printable.ts";
import type { Asker, Desk } from "./desk.ts";
import type { OpenedKind } from "./opened.ts";

/** A profile that can be read without being asked for by a tool. */
export interface ResourceRow {
  readonly uri: string;
  readonly name: string;
  readonly description: string;
  readonly mimeType: string;
}

const OPENED = "pprof://opened/";
const SAVED = "pprof://saved/";
/** The newest ones. */
const MOST_SAVED = 100;
const SAVED_FILE = /^pprof\..*\.pb\.gz$|^pprof\.trace\.\d+\.out$/;

/** What was opened, and what the tool has saved of what it fetched. */
export function resources({ opened, env }: Desk): ResourceRow[] {
  const row = (uri: string, name: string, description: string): ResourceRow => ({
    uri,
    name: oneLine(name),
    description: oneLine(description),
    mimeType: "text/markdown",
  });
  return [
    ...opened.all().map(({ handle, files }) => row(`${OPENED}${handle}`, handle, files.join(", "))),
    ...savedFiles(savedIn(env)).map((file) =>
      row(`${SAVED}${encodeURIComponent(file)}`, file, "saved when it was fetched"),
    ),
  ];
}

/** A profile as Markdown, or what a trace shows. */
export function readResource(uri: string, desk: Desk, asker: Asker): Promise<string> {
  if (uri.startsWith(OPENED)) {
    const handle = uri.slice(OPENED.length);
    const { kind, files, lead } = desk.opened.get(handle, handle.startsWith("trace-") ? "trace" : "profile");
    return desk.markdown(kind, files, lead, asker);
  }
  const directory = savedIn(desk.env);
  const file = savedFiles(directory).find((name) => `${SAVED}${encodeURIComponent(name)}` === uri);
  if (file === undefined || directory === undefined) {
    throw new ToolError(
      `unknown resource ${JSON.stringify(uri.slice(0, 200))}: resources/list names those that there are`,
    );
  }
  const kind: OpenedKind = file.endsWith(".out") ? "trace" : "profile";
  return desk.markdown(kind, [path.join(directory, file)], [], asker);
}

/** Where fetched profiles are; nothing is made. */
function savedIn(env: Desk["env"]): string | undefined {
  const home = homeDirectory(env);
  return env.PPROF_TMPDIR || (home && path.join(home, "pprof"));
}

function savedFiles(directory: string | undefined): string[] {
  try {
    const files = readdirSync(directory ?? "").filter((name) => SAVED_FILE.test(name));
    const dated = files.flatMap((name) => {
      const stats = statSync(path.join(directory!, name), { throwIfNoEntry: false });
      return stats?.isFile() ? [{ name, at: stats.mtimeMs }] : [];
    });
    return dated
      .sort((a, b) => b.at - a.at)
      .slice(0, MOST_SAVED)
      .map(({ name }) => name);
  } catch {
    // Nothing was saved yet.
    return [];
  }
}
