import { describe, expect, test } from "vitest";
import { outputRow, report, wholeBody } from "../src/index.ts";
import { type Case, fetchProfile, kit, parseArgs, referenceCases } from "./reference.ts";

// The tool itself replays all of these too; here each is a call of `report`, so that a difference shows in its place.

// What the kit writes for the directory of a run.
const world = { directory: ["$", "{CWD}"].join("") };

describe.skipIf(kit === undefined)(
  "the recorded runs of the reference tool (skipped without ../shared/reference-2026-11)",
  () => {
    const groups = new Map<string, Case[]>();
    for (const recorded of kit === undefined ? [] : referenceCases(kit)) {
      // The tool takes names that look like addresses, as C:\\x.exe does, from mappings before it reports.
      if (recorded.set === "shell" || recorded.profile === "quote.pb.gz") continue;
      const name = recorded.args.join(" ");
      groups.set(name, [...(groups.get(name) ?? []), recorded]);
    }
    for (const [name, cases] of groups) {
      const request = parseArgs(cases[0]!.args);
      if (outputRow(request.output) === undefined) continue;
      test(`${name} (${cases.length})`, async () => {
        for (const recorded of cases) {
          let stdout: string;
          let exit = 0;
          try {
            const profile = await fetchProfile(kit!, recorded.profile, request);
            stdout = String(wholeBody(report(profile, request.output, request.options, world, request.argument).body));
          } catch (error) {
            if (recorded.exit === 0) throw error;
            [stdout, exit] = ["", 2];
          }
          expect.soft(stdout, recorded.profile).toBe(recorded.stdout);
          expect.soft(exit === 0, recorded.profile).toBe(recorded.exit === 0);
        }
      });
    }
  },
);
