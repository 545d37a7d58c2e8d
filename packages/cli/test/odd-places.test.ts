import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { encode, ProfileBuilder, type ProfileHeader } from "@pprof-ts/profile";
import { defaultOptions, report } from "@pprof-ts/report";
import { expect, test } from "vitest";
import { makeDirectory } from "../src/host/file/file-name.ts";
import { knownSettingsFile, readConfigs, saveConfig } from "../src/pages/saved-configs.ts";
import { draw } from "../src/picture/picture.ts";
import { directory, hotBytes, pprof, serve } from "./tool.ts";

const onLinux = test.skipIf(process.platform !== "linux");

onLinux("a home where nothing can be written is said, and is no end (Linux has /proc)", async () => {
  await using server = await serve((_, response) => response.end(hotBytes));
  for (const HOME of ["/proc", "/dev/null"]) {
    const temporary = mkdtempSync(path.join(tmpdir(), "pprof-home-"));
    const env = { HOME, PPROF_TMPDIR: "", TMPDIR: temporary };
    const { status, stderr } = await pprof(["-top", `${server.origin}/x`], { env });
    expect(stderr).toContain(`Could not use temp dir ${HOME}/pprof: `);
    expect(stderr).toContain(`Saved profile in ${temporary}/pprof.`);
    expect(status).toBe(0);
    const settings = knownSettingsFile({ HOME })!;
    expect(readConfigs(settings)).toEqual([]);
    expect(() => saveConfig(settings, "name", defaultOptions)).toThrow();
    rmSync(temporary, { recursive: true });
  }
  expect(knownSettingsFile({})).toBeUndefined();
});

onLinux(
  "a working directory that is gone is no end for any output",
  () => {
    using made = directory({ prof: hotBytes });
    const tool = fileURLToPath(new URL("../bin/pprof.js", import.meta.url));
    const script = 'mkdir "$2/gone" && cd "$2/gone" && rmdir "$2/gone" && exec "$0" "$1" $3 "$2/prof"';
    const env = { ...process.env, TMPDIR: made.path };
    const run = (flags: string) =>
      spawnSync("/bin/sh", ["-c", script, process.execPath, tool, made.path, flags], { env, encoding: "latin1" });
    expect(run("-top").stdout).toContain("700ms 70.00% 70.00%      700ms 70.00%  hash");
    expect(run("-list=hash").stdout).toContain("ROUTINE ======================== hash");
    for (const flag of ["-svg", "-png", "-pdf", "-ps", "-md", "-flame=PLACE", "-html=PLACE"]) {
      const place = path.join(made.path, "made");
      const { status, stdout, stderr } = run(`${flag.replace("PLACE", place)} -symbolize=none`);
      expect([flag, status, stderr]).toEqual([flag, 0, expect.not.stringMatching(/uv_cwd|ENOENT|^pprof:/m)]);
      expect(stdout.length + (existsSync(place) ? readFileSync(place).length : 0), flag).toBeGreaterThan(100);
      rmSync(place, { force: true });
    }
    // What has a relative name is nowhere.
    expect(run("-svg -output=here.svg").stderr).toContain("pprof: cannot write the report: here.svg: no such file");
    expect(run("-html=here.html").stderr).toContain("pprof: here.html: no such file");
    expect(readdirSync(made.path)).toEqual(["prof"]);
  },
  120_000,
);

test("a port that is none is said to be that", async () => {
  using made = directory({ prof: hotBytes });
  const said = async (...args: string[]): Promise<string> => (await pprof(args, { cwd: made.path })).stderr;
  expect(await said("-http=localhost:99999", "prof")).toBe("pprof: listen tcp: address 99999: invalid port\n");
  expect(await said("-top", "127.0.0.1:99999")).toBe("pprof: 127.0.0.1:99999: address 99999: invalid port\n");
  expect(await said("-top", "https://127.0.0.1:-1/x")).toContain("address -1: invalid port\n");
  expect(await said("-top", "http://127.0.0.1:70000/x")).toContain("address 70000: invalid port\n");
});

test("a directory is made with those that it is in, or it is an error", () => {
  using made = directory({ file: "" });
  const deep = path.join(made.path, "a", "b", "c");
  makeDirectory(deep);
  makeDirectory(deep);
  expect(existsSync(deep)).toBe(true);
  expect(() => makeDirectory(path.join(made.path, "file", "x"))).toThrow();
});

onLinux("files whose names are not UTF-8 are read and written (Linux has the command line as it was)", () => {
  using made = directory({});
  const named = (name: string): Buffer => Buffer.concat([Buffer.from(`${made.path}/`), Buffer.from(name, "latin1")]);
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
  const fn = builder.function({ name: "main", filename: "PLACE" });
  builder.sample([builder.location({ lines: [{ function: fn, line: 1 }] })], [1]);
  const source = named("s\xe9.js");
  const place = Buffer.concat([Buffer.from([source.length]), source]).toString("latin1");
  const bytes = Buffer.from(encode(builder.build())).toString("latin1").replace("\x05PLACE", place);
  writeFileSync(named("caf\xe9.pb"), Buffer.from(bytes, "latin1"));
  writeFileSync(source, "the line\n");
  const tool = fileURLToPath(new URL("../bin/pprof.js", import.meta.url));
  // Node cannot hand on such words either; a shell can.
  const script = 'exec "$0" "$1" -list=main -output="$2/$(printf "out\\351")" "$2/$(printf "caf\\351.pb")"';
  const { status, stderr } = spawnSync("/bin/sh", ["-c", script, process.execPath, tool, made.path]);
  expect(stderr.toString("latin1")).toContain(`Generating report in ${made.path}/out\xe9\n`);
  expect(status).toBe(0);
  expect(readFileSync(named("out\xe9"), "utf8")).toContain("1:the line");
});

const INT64 = { least: -(2n ** 63n), most: 2n ** 63n - 1n };

test.each(Object.entries(INT64))("the %s time that there is, in every output", async (_, time) => {
  const header: ProfileHeader = {
    sampleTypes: [{ type: "samples", unit: "count" }],
    timeNanos: time,
    durationNanos: time,
    period: time,
  };
  const builder = new ProfileBuilder(header);
  builder.sample([builder.location({ lines: [{ function: builder.function({ name: "f" }), line: 1 }] })], [1]);
  for (const profile of [builder.build(), { ...builder.build(), timeNanos: time * 1000n }]) {
    for (const output of ["top", "tree", "raw", "traces", "tags", "md", "dot", "flame", "comments", "proto", "otlp"]) {
      expect(() => report(profile, output, defaultOptions)).not.toThrow();
    }
    report(profile, "top", defaultOptions, {}, undefined, "json");
  }
});

test.each(["n", "a.b", "nn ", "\\", '"', "é😀"])("a picture of names that are a megabyte of %j", async (part) => {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
  const long = part.repeat(Math.ceil(2 ** 20 / part.length));
  const location = (name: string): number =>
    builder.location({ lines: [{ function: builder.function({ name, filename: `/x/${long}` }), line: 1 }] });
  builder.sample([location(long), location("a\0b\x01c")], [1]);
  const { body } = report(builder.build(), "dot", defaultOptions);
  expect(String(body).length).toBeGreaterThan(2 ** 20);
  const svg = String(await draw(String(body), "svg"));
  expect(svg.length).toBeLessThan(300_000);
  expect(svg).toContain("…");
  expect(svg).toContain("(100%)");
});

test("the name of a file writes nothing into a graph", async () => {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
  const mapping = builder.mapping({ filename: '/x/a" URL="javascript:alert(1)' });
  builder.sample([builder.location({ mapping, lines: [{ function: builder.function({ name: "f" }), line: 1 }] })], [1]);
  const { body } = report(builder.build(), "dot", defaultOptions);
  expect(String(await draw(String(body), "svg"))).not.toMatch(/href/);
});
