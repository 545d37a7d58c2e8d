import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Profile } from "@pprof-ts/profile";
import { type Options, outputRow, type ReportResult, report } from "@pprof-ts/report";
import type { CommandRow } from "./commands.ts";
import { messageOf, ToolError } from "./error.ts";
import { interruptible } from "./interrupt.ts";
import type { Session } from "./session.ts";
import { writeNumbered } from "./temp-file.ts";
import { write } from "./ui.ts";
import { view } from "./viewer.ts";
import { world } from "./world.ts";

/** Outputs that read the binaries behind a profile. */
const NATIVE: ReadonlySet<string> = new Set(["disasm", "weblist"]);

/** Makes a report and brings it where it belongs: a file, a viewer, or standard output. */
export async function generate(
  profile: Profile,
  command: CommandRow,
  argument: string | undefined,
  options: Options,
  session: Session,
): Promise<void> {
  const { ui } = session;
  const binaries = NATIVE.has(command.output) ? await session.binaries() : undefined;
  const make = (): ReportResult => report(profile, command.output, options, world(binaries), argument);
  const { body, messages } = session.interactive ? interruptible(make) : make();
  for (const message of messages) ui.warn(message);
  const data = await finish(command, body);
  if (options.output !== "") {
    ui.print(`Generating report in ${options.output}`);
    writeReport(options.output, data);
  } else if (command.viewers !== undefined) {
    const file = session.temporary.write("pprof", `.${command.extension}`, data);
    await view(command.viewers(session.env), file, !session.interactive);
  } else if (command.extension !== undefined && (ui.outputIsTerminal || session.interactive)) {
    const file = writeNumbered("", "profile", `.${command.extension}`, data);
    ui.print(`Generating report in ${file}`);
  } else write(1, data);
}

async function finish(command: CommandRow, body: string | Uint8Array): Promise<string | Uint8Array> {
  if (command.picture !== undefined) {
    const { draw } = await import("./picture.ts");
    return draw(String(body), command.picture);
  }
  return outputRow(command.output)?.format === "proto" ? gzipSync(body) : body;
}

function writeReport(file: string, data: string | Uint8Array): void {
  try {
    writeFileSync(file, data);
  } catch (error) {
    throw new ToolError(`cannot write the report: ${messageOf(error)}`);
  }
}
