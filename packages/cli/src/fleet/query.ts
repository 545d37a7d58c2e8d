import type { Profile } from "@pprof-ts/profile";
import { ToolError } from "../error.ts";
import { write } from "../host/terminal/ui.ts";
import { gather } from "../input/gather.ts";
import { generate, writeReport } from "../print/generate.ts";
import type { Session } from "../session.ts";
import { type CommandRow, commandRow } from "../words/commands.ts";
import type { Request } from "../words/request.ts";
import type { AskedFleet, Fleet } from "./ask.ts";
import { queryOf } from "./flags.ts";

export const MERGED_PATH = "/merge.pb.gz";

/** Writes the merged profile of a query, or a report on it where one is asked for. */
export async function query(asked: AskedFleet): Promise<number> {
  const { request, session } = asked;
  if (request.command !== undefined) return report(asked, request.command);
  const file = request.extra("o") || request.options.output;
  if (file === "" && session.ui.outputIsTerminal)
    throw new ToolError("a profile is no text for a terminal: -o=FILE, or a report such as -top");
  const bytes = await mergedBytes(asked.fleet, queryOf(request), session);
  if (bytes === undefined) throw new ToolError(NOTHING);
  if (file === "") write(1, bytes);
  else writeReport(file, bytes);
  return 0;
}

/** The functions that have most, as `pprof -top` prints them, of a query's profile. */
export async function top(asked: AskedFleet): Promise<number> {
  return report(asked, asked.request.command ?? commandRow("top")!);
}

const NOTHING = "no profile of what is asked for in that time: pprof fleet services says what is there";

async function report({ fleet, request, session }: AskedFleet, command: CommandRow): Promise<number> {
  const bytes = await mergedBytes(fleet, queryOf(request), session);
  if (bytes === undefined) throw new ToolError(NOTHING);
  const file = request.extra("o");
  const options = file === "" ? request.options : { ...request.options, output: file };
  const { argument, form } = request;
  await generate(await readMerged(bytes, request, session), { command, argument, options, form }, session);
  return 0;
}

/** The profile that a query gives, as it is in a file; undefined where there is none. What it lacks is said. */
export async function mergedBytes(
  fleet: Fleet,
  query: URLSearchParams,
  { ui }: Session,
): Promise<Uint8Array | undefined> {
  const said = await fleet.ask(MERGED_PATH, query);
  for (const what of said?.missing ?? []) ui.warn(ui.quoted(`missing: ${what}`));
  return said?.body;
}

/** Reads a profile as any other source. */
export function readMerged(bytes: Uint8Array, request: Request, session: Session): Promise<Profile> {
  const file = session.temporary.write("pprof", ".pb.gz", bytes);
  return gather({ ...request, sources: [file], bases: [], executable: "" }, session);
}
