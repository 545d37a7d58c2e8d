import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { encode, ProfileBuilder } from "@pprof-ts/profile";
import { expect, test } from "vitest";
import { completer } from "../src/shell/complete.ts";
import { directory, hot, hotBytes, pprof, profileOf } from "./tool.ts";

const greeting = `File: app.js
Type: cpu
Entering interactive mode (type "help" for commands, "o" for options)
`;

async function shell(...lines: string[]): Promise<{ stdout: string; stderr: string; files: string[] }> {
  using made = directory({ prof: hotBytes });
  const { status, stdout, stderr } = await pprof(["prof"], { cwd: made.path, input: lines.join("\n") });
  expect(status).toBe(0);
  expect(stderr.startsWith(greeting)).toBe(true);
  const files = ["out.txt", "profile001.pb.gz"].filter((name) => existsSync(path.join(made.path, name)));
  return { stdout, stderr: stderr.slice(greeting.length), files };
}

test("choices are set as bare words, and stay set", async () => {
  const { stdout, stderr } = await shell("lines", "cum", "top1");
  expect(stdout).toContain("0     0%     0%         1s   100%  main /srv/main.js:1");
  expect(stderr).toBe("");
});

test("what a line says for itself does not stay", async () => {
  const { stdout } = await shell("top1 hash", "top1");
  expect(stdout.match(/focus=hash/g)).toHaveLength(1);
});

test("a report goes to a file, binary ones never to standard output", async () => {
  const { stdout, stderr, files } = await shell("top1 >out.txt", "top1 > out.txt", "proto");
  expect(stdout).toBe("");
  expect(files).toEqual(["out.txt", "profile001.pb.gz"]);
  expect(stderr).toBe(`${"Generating report in out.txt\n".repeat(2)}Generating report in profile001.pb.gz\n`);
});

test.each([
  ["tpo", 'unrecognized command: "tpo" (did you mean top?)'],
  ["xyzzy", 'unrecognized command: "xyzzy"'],
  ["focus", "please specify a value, e.g. focus=<val>"],
  ["nodecount 3", "did you mean: nodecount=3"],
  ["granularity=words", 'invalid "granularity" value "words"'],
  ["trim=maybe", 'illegal value "maybe" for bool variable'],
  ["sample_index=bytes", 'sample_index "bytes" must be one of: [samples cpu]'],
  ["peek (", "parsing argument regexp (: error parsing regexp: missing closing ): `(`"],
  ["peek nothing", "no matches found for regexp: nothing"],
])("%s is answered, and the shell goes on", async (line, answer) => {
  const { stdout, stderr } = await shell(line, "comments", "top1");
  expect(stderr).toBe(`${answer}\n`);
  expect(stdout).toContain("hash");
});

test("completion knows commands, options, values, sample types and functions", () => {
  const complete = completer(hot);
  expect(complete("to")).toEqual([["top", "topproto"], "to"]);
  expect(complete("pee")).toEqual([["peek "], "pee"]);
  expect(complete("focus=ars")).toEqual([["parse"], "ars"]);
  expect(complete("granul")).toEqual([["granularity="], "granul"]);
  expect(complete("granularity=fi")).toEqual([["filefunctions", "files"], "fi"]);
  expect(complete("sample_index=")).toEqual([["cpu", "samples"], ""]);
  expect(complete("help nodec")).toEqual([["nodecount"], "nodec"]);
  expect(complete("peek ars")).toEqual([["parse"], "ars"]);
  expect(complete("top -ren")).toEqual([["-render"], "-ren"]);
  expect(complete("tags ha")).toEqual([[], "ha"]);
  expect(complete("json tr")).toEqual([["traces", "tree"], "tr"]);
  expect(complete("csv peek ars")).toEqual([["parse"], "ars"]);
});

test("a name that is no expression is completed to one that finds it: spaces become points", () => {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
  for (const name of ["(anonymous namespace)::Pool::take(int)", "pkg.(*Type).Run"]) {
    builder.sample([builder.location({ lines: [{ function: builder.function({ name }), line: 1 }] })], [1]);
  }
  const complete = completer(builder.build());
  const pool = "\\(anonymous.namespace\\)::Pool::take\\(int\\)";
  expect(complete("peek (ano")).toEqual([[pool], "(ano"]);
  expect(complete("peek \\(anonymous.na")).toEqual([[pool], "\\(anonymous.na"]);
  expect(complete("top -Type")).toEqual([["-pkg.\\(\\*Type\\).Run"], "-Type"]);
});

test("json and csv in front of a report: how it is written; all of top where none is named", async () => {
  const { stdout, stderr } = await shell("json", "csv", "csv 1", "json tree 1", "csv peek hash", "csv flame", "json x");
  const whole = '{\n  "schema"';
  expect(stdout.split(whole).length - 1).toBe(2);
  expect(stdout).toContain('"report": "tree"');
  expect(stdout.match(/^"?hash"?,/gm)?.length ?? 0).toBeGreaterThan(1);
  expect(stderr).toBe('flame is no table and cannot be written as CSV\nunrecognized command: "x"\n');
});

const typist = fileURLToPath(new URL("terminal.py", import.meta.url));
const tool = fileURLToPath(new URL("../bin/pprof.js", import.meta.url));
const hasPty = spawnSync("python3", ["-c", "import pty"]).status === 0;
const onTerminal = hasPty ? test : test.skip;
if (!hasPty) console.warn("shell.test.ts: python3 with pty is not there: the shell on a terminal is not tested");

/** What is on the terminal after these steps: text to wait for, and what is typed then. */
function type(steps: readonly (readonly [string, string])[], cwd: string): { status: number | null; screen: string } {
  const env = { PATH: process.env.PATH, HOME: cwd, TERM: "xterm", COLUMNS: "80", NO_COLOR: "1" };
  const args = [typist, JSON.stringify(steps), process.execPath, tool, "prof"];
  const { status, stdout } = spawnSync("python3", args, { cwd, env, encoding: "utf8" });
  return { status, screen: stdout };
}

onTerminal("on a terminal: completion, Ctrl-C, bars, and a history that lasts", () => {
  using made = directory({ prof: hotBytes });
  const first = type(
    [
      ["(pprof) ", "gran\t"],
      ["ularity=", "li\t"],
      ["nes", "\n"],
      ["(pprof) ", "forgotten"],
      ["forgotten", "\x03"],
      ["(pprof) ", "top1\n"],
      ["(pprof) ", "\x04"],
    ],
    made.path,
  );
  expect(first.status).toBe(0);
  expect(first.screen).toContain("700ms 70.00% █████ 70.00%      700ms 70.00%  hash /srv/hash.js:1");
  const history = path.join(made.path, ".local", "state", "pprof", "history");
  expect(readFileSync(history, "utf8")).toBe("granularity=lines\ntop1\n");
  const second = type(
    [
      ["(pprof) ", "\x1b[A"],
      ["top1", "\n"],
      ["(pprof) ", "quit\n"],
    ],
    made.path,
  );
  expect(second).toMatchObject({ status: 0, screen: expect.stringContaining("hash") });
});

onTerminal("Ctrl-C ends a long report, and the shell goes on", () => {
  // Traces of 200,000 samples: far more than is written before the key is seen.
  const long = profileOf(Array.from({ length: 200_000 }, (_, i) => [`main f${i % 100} g${i % 7}`, i + 1] as const));
  using made = directory({ prof: encode(long) });
  const { status, screen } = type(
    [
      ["(pprof) ", "traces\n"],
      ["-----------+-----", "\x03"],
      ["interrupted", ""],
      ["(pprof) ", "top1\n"],
      ["(pprof) ", "quit\n"],
    ],
    made.path,
  );
  expect(status).toBe(0);
  expect(screen.split("-----------+-----").length).toBeLessThan(150_000);
  expect(screen).toContain("Showing top 1 nodes");
});

test("Ctrl-C ends a calculation and not the process", async () => {
  const module = new URL("../dist/host/interrupt.js", import.meta.url).href;
  // Written at once: a stream that is interrupted while it writes never writes again.
  const script = `import { writeSync } from "node:fs";
    const { interruptible } = await import(${JSON.stringify(module)});
    const say = (text) => writeSync(1, text + "\\n");
    try { interruptible(() => { say("running"); for (;;); }); } catch (error) { say(error.message); }
    say("still here " + interruptible(() => 6 * 7));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (output === "") child.kill("SIGINT");
    output += text;
  });
  const status = await new Promise((resolve) => child.once("close", resolve));
  expect({ status, output }).toEqual({ status: 0, output: "running\ninterrupted\nstill here 42\n" });
});
