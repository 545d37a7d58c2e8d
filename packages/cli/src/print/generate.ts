import { closeSync, openSync, writeSync } from "node:fs";
import type { Profile } from "@pprof-ts/profile";
import {
  type Body,
  chunkText,
  type Form,
  type Options,
  outputRow,
  ProfileIndex,
  type ReportResult,
  report,
  wholeBody,
} from "@pprof-ts/report";
import { messageOf, ToolError } from "../error.ts";
import { fileName } from "../host/file/file-name.ts";
import { gzip } from "../host/file/gzip.ts";
import { writeNumbered } from "../host/file/temp-file.ts";
import { interruptible, untilInterrupt } from "../host/interrupt.ts";
import { oneLine, printable } from "../host/terminal/printable.ts";
import type { TerminalStyle } from "../host/terminal/terminal-table.ts";
import { type Ui, write } from "../host/terminal/ui.ts";
import { view } from "../host/viewer.ts";
import { workingDirectory } from "../host/working-directory.ts";
import type { Session } from "../session.ts";
import type { AllowedSources } from "../source/allowed-sources.ts";
import type { SourceFinder } from "../source/find-source.ts";
import type { CommandRow } from "../words/commands.ts";
import { world } from "./world.ts";

/** Outputs that read the binaries behind a profile. */
const NATIVE: ReadonlySet<string> = new Set(["disasm", "weblist"]);

/** Outputs that show sources. */
const SOURCES: ReadonlySet<string> = new Set(["list", "weblist"]);
const SHOWN_PLACES = 6;

/** How sources are found and, where not all may be shown, which. */
interface Sources {
  readonly finder: SourceFinder;
  readonly allowed: AllowedSources | undefined;
}

async function sourcesOf({ source_path }: Options, { isPassedOn }: Ui): Promise<Sources> {
  const { SourceFinder } = await import("../source/find-source.ts");
  const searchPath = source_path === "" ? [] : source_path.split(":");
  if (!isPassedOn) return { finder: new SourceFinder(workingDirectory(), searchPath), allowed: undefined };
  const { AllowedSources } = await import("../source/allowed-sources.ts");
  const allowed = new AllowedSources(workingDirectory(), searchPath);
  return { finder: new SourceFinder(workingDirectory(), searchPath, (file) => allowed.read(file)), allowed };
}

function missing(file: string, places: readonly string[]): string {
  const more = places.length > SHOWN_PLACES ? `, and ${places.length - SHOWN_PLACES} more places` : "";
  return `no source of ${file}: looked for ${places.slice(0, SHOWN_PLACES).join(", ")}${more}; -source_path names a directory to look in`;
}

/** What is asked for. */
export interface WantedReport {
  readonly command: CommandRow;
  /** The regular expression or the number of lines of commands that take one. */
  readonly argument: string | undefined;
  readonly options: Options;
  readonly form: Form;
}

/** Makes a report and brings it where it belongs: a file, a viewer, or standard output. */
export async function generate(
  profile: Profile | ProfileIndex,
  { command, argument, options, form }: WantedReport,
  session: Session,
): Promise<void> {
  const { ui } = session;
  const binaries = NATIVE.has(command.output) ? await session.binaries() : undefined;
  const { finder, allowed } = SOURCES.has(command.output)
    ? await sourcesOf(options, ui)
    : { finder: undefined, allowed: undefined };
  const onTerminal = goesToTerminal(command, options, form, session);
  const here = {
    ...world(binaries, finder, (profile instanceof ProfileIndex ? profile.profile : profile).strings),
    ...(allowed === undefined ? {} : { readSource: (file: string) => allowed.read(file) }),
    ...(onTerminal || ui.isPassedOn ? { shown: oneLine } : {}),
  };
  const make = (): ReportResult => report(profile, command.output, options, here, argument, form);
  const { body, messages } = session.interactive ? interruptible(make) : make();
  for (const message of messages) ui.warn(ui.quoted(message));
  for (const refusal of allowed?.refusals.values() ?? []) ui.print(ui.quoted(refusal));
  for (const [file, places] of finder?.misses ?? []) ui.print(ui.quoted(missing(file, places)));
  const isOwn = form === "own";
  const data = isOwn ? await finish(command, body, session) : body;
  const deliver = (): Promise<void> | void => bring(data, command, options, isOwn, onTerminal, session);
  // A long report is made while it is written.
  await (session.interactive ? interruptible(deliver) : deliver());
}

/** Whether people read the report where it is written, and not a program or a file. */
function goesToTerminal({ viewers, extension }: CommandRow, { output }: Options, form: Form, { ui }: Session): boolean {
  if (output !== "" || !ui.outputIsTerminal) return false;
  return form !== "own" || (viewers === undefined && extension === undefined);
}

function bring(
  data: Body,
  command: CommandRow,
  options: Options,
  isOwn: boolean,
  onTerminal: boolean,
  session: Session,
): Promise<void> | void {
  const { ui } = session;
  const whole = (): string | Uint8Array => wholeBody(data);
  if (options.output !== "") {
    ui.print(`Generating report in ${options.output}`);
    writeReport(options.output, data);
  } else if (onTerminal) {
    if (isOwn && command.onTerminal !== undefined) {
      write(1, command.onTerminal(printable(String(whole())), terminalStyle(session)));
    } else {
      // A carriage return at the end of a line is the line's, as in CSV, and no text's.
      for (const piece of pieces(data)) write(1, printable(chunkText(piece).replaceAll("\r\n", "\n")));
    }
  } else if (!isOwn) {
    for (const piece of pieces(data)) write(1, piece);
  } else if (command.viewers !== undefined) {
    const file = session.temporary.write("pprof", `.${command.extension}`, whole());
    return view(command.viewers(session.env), file, !session.interactive);
  } else if (command.extension !== undefined && (ui.outputIsTerminal || session.interactive)) {
    const file = writeNumbered("", "profile", `.${command.extension}`, whole());
    ui.print(`Generating report in ${file}`);
  } else for (const piece of pieces(data)) write(1, piece);
}

function terminalStyle({ env, full }: Session): TerminalStyle {
  const columns = Number(env.COLUMNS) || process.stdout.columns || 80;
  return { columns, color: !env.NO_COLOR && env.TERM !== "dumb", full };
}

/** A long report is written piece by piece and is never in memory at once. */
function pieces(body: Body): Iterable<string | Uint8Array> {
  return typeof body === "object" && "chunks" in body ? body.chunks : [body];
}

async function finish(command: CommandRow, body: Body, { interactive, ui }: Session): Promise<Body> {
  if (command.picture !== undefined) {
    const [{ draw }, format] = [await import("../picture/picture.ts"), command.picture];
    const dot = String(wholeBody(body));
    const options = { warn: (line: string) => ui.warn(line) };
    return interactive
      ? untilInterrupt((signal) => draw(dot, format, { ...options, signal }))
      : draw(dot, format, options);
  }
  if (outputRow(command.output)?.format !== "proto") return body;
  const message = wholeBody(body);
  return gzip(typeof message === "string" ? Buffer.from(message) : message);
}

/** Writes a report into a file. */
export function writeReport(path: string, body: Body): void {
  try {
    const file = openSync(fileName(path), "w");
    try {
      for (const piece of pieces(body)) {
        let rest = typeof piece === "string" ? Buffer.from(piece) : piece;
        while (rest.length > 0) rest = rest.subarray(writeSync(file, rest));
      }
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw new ToolError(`cannot write the report: ${messageOf(error)}`);
  }
}
