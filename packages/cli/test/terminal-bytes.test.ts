import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { encode, ProfileBuilder } from "@pprof-ts/profile";
import { describe, expect, test } from "vitest";
import { oneLine, printable } from "../src/host/terminal/printable.ts";
import { completer } from "../src/shell/complete.ts";
import { directory, pprof, serve } from "./tool.ts";

test.each([
  ["plain ünïcödé 日本 😀", "plain ünïcödé 日本 😀"],
  ["\x1b[31m", "\\x1b[31m"],
  ["\0\x07\b\f\r\v\x7f", "\\x00\\a\\b\\f\\r\\v\\x7f"],
  ["\x85\u200e\u202e\u2066\ufeff\u2028", "\\u0085\\u200e\\u202e\\u2066\\ufeff\\u2028"],
  ["\u{e0001}", "\\U000e0001"],
  ["\udcff", "\\xff"],
  ["a\nb\tc", "a\nb\tc"],
])("%j is printable as %j", (text, shown) => {
  expect(printable(text)).toBe(shown);
  expect(oneLine(text)).toBe(shown.replace("\n", "\\n").replace("\t", "\\t"));
});

const EVIL = "ev\x1b]0title\x07il\nforged: line\r\x9b31m\u202eabc\x7f";
const SHOWN = oneLine(EVIL);

/** A profile in which every text would steer a terminal. */
function evilProfile(): Uint8Array {
  const builder = new ProfileBuilder({
    sampleTypes: [{ type: EVIL, unit: EVIL }],
    comments: [EVIL],
    docUrl: EVIL,
    periodType: { type: EVIL, unit: EVIL },
    period: 1,
  });
  const mapping = builder.mapping({ filename: `/srv/${EVIL}`, buildId: EVIL, hasFunctions: true });
  const fn = (name: string): number => builder.function({ name, filename: `/srv/${EVIL}.js` });
  const locations = [EVIL, "main"].map((name) =>
    builder.location({ mapping, lines: [{ function: fn(name), line: 1 }] }),
  );
  const labels = [
    { key: EVIL, value: EVIL },
    { key: `${EVIL}2`, value: 7, unit: EVIL },
  ];
  builder.sample(locations, [7], labels);
  return encode(builder.build());
}

const terminal = fileURLToPath(new URL("terminal.py", import.meta.url));
const tool = fileURLToPath(new URL("../bin/pprof.js", import.meta.url));
const hasPython = spawnSync("python3", ["--version"]).status === 0;

/** What a terminal gets of a run of the tool. */
function onTerminal(args: readonly string[], cwd: string, steps: readonly (readonly [string, string])[] = []): string {
  const env = { PATH: process.env.PATH, HOME: cwd, PPROF_TMPDIR: cwd, TZ: "UTC", NO_COLOR: "1", TERM: "dumb" };
  const words = [terminal, JSON.stringify(steps), process.execPath, tool, ...args];
  const { stdout, stderr } = spawnSync("python3", words, { cwd, env, encoding: "latin1" });
  expect(stderr).toBe("");
  // The terminal's own line ends.
  return Buffer.from(stdout, "latin1").toString().replaceAll("\r\n", "\n");
}

const STEERS = /[^\P{Cc}\n\t]|[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]/u;

describe.skipIf(!hasPython)("on a terminal (skipped without python3, which has one)", () => {
  const reports = ["-top", "-tree", "-traces", "-tags", "-raw", "-comments", "-peek=.", "-list=.", "-md", "-collapsed"];
  test.each([...reports, "-dot", "-json", "-csv", "-lines", "-full"])("nothing in %s steers it", (report) => {
    using made = directory({ prof: evilProfile() });
    const printed = onTerminal([report, "prof"], made.path);
    expect(printed).toContain(report === "-json" ? "\\u001b]0title" : "\\x1b]0title");
    expect(printed).not.toMatch(STEERS);
    // The tool's own line ends are none of the texts.
    expect(printed).not.toMatch(/\\r$/m);
    if (!["-json", "-dot"].includes(report)) expect(printed).toContain(SHOWN.replaceAll("`", "'"));
    expect(printed).not.toMatch(/^forged/m);
  });

  test("nor in a comparison, in messages, or in what the shell says", () => {
    using made = directory({ prof: evilProfile(), "ev\x1bil": "nothing", "a\nb": "nothing" });
    const steps = [
      ["(pprof)", "o\n"],
      ["(pprof)", "top\n"],
      ["(pprof)", "sample_index=none\n"],
      ["(pprof)", "list .\n"],
      ["(pprof)", "q\n"],
    ] as const;
    for (const printed of [
      onTerminal(["diff", "prof", "prof"], made.path),
      onTerminal(["-top", "-sample_index=none", "prof"], made.path),
      onTerminal(["-top", "ev\x1bil"], made.path),
      onTerminal(["-top", "-output=out\x1b[2J", "prof"], made.path),
      onTerminal(["prof"], made.path, steps),
    ]) {
      expect(printed).not.toMatch(STEERS);
      expect(printed).not.toMatch(/^forged/m);
      expect(printed).toMatch(/\\x1b/);
    }
  });

  test("nor in what a server answers", async () => {
    using made = directory({});
    await using server = await serve((request, response) => {
      if (request.url === "/profile") return response.end(evilProfile());
      return response.writeHead(500, { "x-go-pprof": "1", "content-type": "text/plain" }).end(EVIL);
    });
    // The server is of this process, which must not wait in between.
    const { spawn } = await import("node:child_process");
    for (const place of ["/profile", "/error"]) {
      const words = [terminal, "[]", process.execPath, tool, "-top", server.origin + place];
      const child = spawn("python3", words, { env: { ...process.env, HOME: made.path, PPROF_TMPDIR: made.path } });
      let printed = "";
      child.stdout.setEncoding("utf8").on("data", (part: string) => {
        printed += part;
      });
      await new Promise((resolve) => child.on("close", resolve));
      // The tool's own: colours, and what takes the bar of a recording away.
      printed = printed.replaceAll("\r\n", "\n").replace(/\p{Cc}\[(?:\d*m|K)|\r/gu, "");
      expect(printed).toContain(SHOWN);
      expect(printed).not.toMatch(STEERS);
    }
  });
});

test("a pipe gets the names as they are", async () => {
  using made = directory({ prof: evilProfile() });
  expect((await pprof(["-comments", "prof"], { cwd: made.path })).stdout).toBe(`${EVIL}\n`);
  expect((await pprof(["-top", "prof"], { cwd: made.path })).stdout).toContain(EVIL);
  await pprof(["-top", "-output=out.txt", "prof"], { cwd: made.path });
  expect(readFileSync(path.join(made.path, "out.txt"), "utf8")).toContain(EVIL);
});

test("what completes a name is printable, and finds it", async () => {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "a\x1bb", unit: "count" }] });
  builder.sample(
    [builder.location({ lines: [{ function: builder.function({ name: "f\x1b[m\u202e" }), line: 1 }] })],
    [1],
  );
  const profile = builder.build();
  const [[found = ""]] = completer(profile)("peek f");
  expect(found).toBe("f\\x{1b}\\[m\\x{202e}");
  using made = directory({ prof: encode(profile) });
  expect((await pprof([`-peek=${found}`, "prof"], { cwd: made.path })).status).toBe(0);
  const { stdout } = await pprof(["__complete", "functions", "f", "prof"], { cwd: made.path });
  expect(stdout).toBe(`${found}\n`);
  expect((await pprof(["__complete", "types", "a", "prof"], { cwd: made.path })).stdout).toBe("");
});
