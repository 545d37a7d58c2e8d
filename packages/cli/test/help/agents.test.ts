import { existsSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { encode, ProfileBuilder, traceFormats } from "@pprof-ts/profile";
import { expect, test } from "vitest";
import { rounds } from "../../../profile/test/trace/rounds.ts";
import { AGENTS_HELP } from "../../src/help/agents.ts";
import { TRACE_VIEWS } from "../../src/trace/print-trace.ts";
import { FLAGS } from "../../src/words/flag-table.ts";
import { directory, pprof } from "../tool.ts";

/** A profile of two functions whose source is beside it, on a thread with a name. */
function profile(parse: number, render: number): Uint8Array {
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: "samples", unit: "count" },
      { type: "cpu", unit: "nanoseconds" },
    ],
  });
  for (const [name, times] of [
    ["parse", parse],
    ["render", render],
  ] as const) {
    const line = { function: builder.function({ name, filename: "parse.js" }), line: 1 };
    builder.sample([builder.location({ lines: [line] })], [times, times * 1e7], [{ key: "thread", value: "main" }]);
  }
  return gzipSync(encode(builder.build()));
}

/** The lines that stand to be typed, each without what it is for. */
const commands = [...AGENTS_HELP.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, text = ""]) =>
  text
    .trim()
    .split("\n")
    .map((line) => line.replace(/ +#.*/, "")),
);

test("pprof help agents prints it, in 80 columns", async () => {
  const { status, stdout } = await pprof(["help", "agents"]);
  expect([status, stdout]).toEqual([0, AGENTS_HELP]);
  expect(AGENTS_HELP.split("\n").filter((line) => line.length > 80)).toEqual([]);
  expect(commands.length).toBeGreaterThan(15);
});

test.each(commands)("%s runs, and says something", async (command) => {
  using made = directory({
    "cpu.pb.gz": profile(50, 50),
    "old.pb.gz": profile(10, 90),
    "trace.out": traceFormats[0]!.write(rounds(25)),
    "parse.js": "function parse() {}\n",
    "app.js": "for (let end = Date.now() + 300; Date.now() < end; );\n",
  });
  const [program, ...words] = command.replaceAll("'", "").split(" ");
  expect(program).toBe("pprof");
  const { PATH } = process.env;
  const { status, stdout, stderr } = await pprof(words, { cwd: made.path, env: { PATH } });
  expect([status, stderr]).toEqual([0, expect.not.stringContaining("no matches")]);
  expect(stdout.length + Number(existsSync(`${made.path}/prof`)) + stderr.length).toBeGreaterThan(0);
  expect(`${stdout}${stderr}`).not.toContain("no such file");
});

test("names no flag that there is not", () => {
  const known = new Set(
    [...FLAGS, ...TRACE_VIEWS, { name: "pprof" }, { name: "save" }, { name: "o" }].map(({ name }) => name),
  );
  const named = [...AGENTS_HELP.matchAll(/(?<=^|[\s(])-([a-z_]+)/gm)].map(([, name]) => name!);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});
