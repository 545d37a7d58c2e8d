import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { messageOf, ToolError } from "../error.ts";
import { readRegularFile } from "../host/file/regular-file.ts";
import type { Ui } from "../host/terminal/ui.ts";

/** The profile.proto that perf_to_profile makes of a perf.data file. */
export function convertPerfData(file: string, maxBytes: number, ui: Ui): Uint8Array {
  ui.print(`Converting ${file} to a profile.proto... (May take a few minutes)`);
  const converted = path.join(tmpdir(), `pprof_${process.pid}_${Date.now()}.pb.gz`);
  const run = spawnSync("perf_to_profile", ["-i", file, "-o", converted, "-f"], { stdio: ["ignore", 2, 2] });
  if (run.error !== undefined || run.status !== 0) {
    const why = run.error === undefined ? `exit status ${run.status}` : messageOf(run.error);
    throw new ToolError(`cannot convert perf data, which needs perf_to_profile (perf_data_converter): ${why}`);
  }
  try {
    return readRegularFile(converted, maxBytes);
  } finally {
    rmSync(converted, { force: true });
  }
}
